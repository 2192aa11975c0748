/*
title       = "Every key of the chain is strong enough"
severity    = "high"
measure     = "tls.cert_key_strength"
needs       = ["certificate", "tls_endpoint"]
rationale   = "Whoever can compute a private key from its certificate is the server, or, higher in the chain, can make any server. Keys below 112 bits of strength, such as RSA with 1024 bits, are within reach of well-funded attackers and have been disallowed for a decade."
remediation = "Make a new key (openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256, or RSA with 3072 bits), have it certified, put both files in place (ssl_key_file, ssl_cert_file) and reload. A weak CA key means a new CA, and new certificates for all that it signed."
guide       = "Strong cipher suites"
references  = ["NIST SP 800-57 Part 1", "NIST SP 800-131A", "NIST SP 800-52r2 section 3.2", "NIST SP 800-53 SC-13", "STIG V-233585"]
when_empty  = "the scan came over a Unix socket, where there is no certificate"
*/
SELECT coalesce(c.label, 'server certificate') AS subject, 'certificate' AS kind,
       CASE c.key_algorithm WHEN 'RSA' THEN c.key_bits >= 2048 WHEN 'RSA-PSS' THEN c.key_bits >= 2048 WHEN 'EC' THEN c.key_bits >= 256
            WHEN 'Ed25519' THEN 1 WHEN 'Ed448' THEN 1 WHEN 'other' THEN 0 END AS ok,
       coalesce(c.subject || ': ' || c.key_algorithm || coalesce(' ' || c.key_curve, '') || coalesce(' (' || c.key_bits || ' bits)', ''), 'no certificate was seen') AS observed,
       'RSA of 2048 bits or more, EC of 256 or more, Ed25519 or Ed448' AS expected,
       'out_of_reach' AS unknown_kind
FROM tls_endpoint e LEFT JOIN chain_certificate c ON 1 = 1
WHERE e.transport = 'tcp'
