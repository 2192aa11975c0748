/*
title       = "The chain is signed with algorithms that hold, and that SCRAM can bind to"
severity    = "high"
measure     = "tls.cert_key_strength"
needs       = ["certificate", "tls_endpoint"]
rationale   = "With MD5 and SHA-1 an attacker can make two certificates of one signature, an innocent one to have signed and one for himself. Ed25519 and Ed448 signatures are sound, but no channel-binding digest is defined for them: libpq's default SCRAM log-in over TLS then fails, and clients switch channel binding or TLS off to get in."
remediation = "Have the certificate signed again with SHA-256 or stronger, by an RSA or ECDSA key of the CA (a server key of Ed25519 is fine as long as the signature on its certificate is not); put it into ssl_cert_file and reload."
guide       = "Strong cipher suites"
references  = ["RFC 5929 section 4.1", "NIST SP 800-131A", "https://www.postgresql.org/docs/16/sasl-authentication.html", "NIST SP 800-53 SC-13", "STIG V-233585"]
when_empty  = "the scan came over a Unix socket, where there is no certificate"
*/
SELECT coalesce(c.label, 'server certificate') AS subject, 'certificate' AS kind,
       CASE WHEN c.signature_algorithm LIKE '%ed25519%' OR c.signature_algorithm LIKE '%ed448%' THEN c.purpose <> 'server'
            WHEN replace(lower(c.signature_hash), '-', '') IN ('md2', 'md4', 'md5', 'sha1') THEN 0
            WHEN replace(lower(c.signature_hash), '-', '') IN ('sha224', 'sha256', 'sha384', 'sha512', 'sha3224', 'sha3256', 'sha3384', 'sha3512') THEN 1 END AS ok,
       coalesce(c.subject || ': ' || c.signature_algorithm || coalesce(' (' || c.signature_hash || ')', ''), 'no certificate was seen') AS observed,
       CASE WHEN c.purpose = 'server' THEN 'SHA-2 or SHA-3, and a digest that channel binding can use' ELSE 'SHA-2 or SHA-3, or an Edwards curve' END AS expected,
       'out_of_reach' AS unknown_kind
FROM tls_endpoint e LEFT JOIN chain_certificate c ON c.purpose <> 'root'
WHERE e.transport = 'tcp'
