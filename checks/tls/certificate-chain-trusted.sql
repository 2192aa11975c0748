/*
title       = "The certificate leads to a root that the clients trust"
severity    = "critical"
measure     = "tls.cert_chain_hostname"
needs       = ["certificate", "tls_endpoint"]
rationale   = "Encryption to an unknown party protects nothing: whoever can redirect the traffic can present a certificate of his own. Only a chain that ends in a root that the clients hold lets them tell the server from an impostor."
remediation = "Issue the server certificate from the CA whose root the clients have, and put it with its intermediates into ssl_cert_file; reload. If the chain is right and the bundle is wrong, give the clients (and this scan) the right sslrootcert."
guide       = "verify-ca"
references  = ["https://www.postgresql.org/docs/16/libpq-ssl.html", "NIST SP 800-53 SC-23", "STIG V-233577", "STIG V-233603"]
when_empty  = "the scan came over a Unix socket, where there is no certificate"
*/
SELECT 'certificate chain' AS subject, 'certificate' AS kind,
       CASE WHEN e.chain_trusted = 0 OR e.key_possession = 'failed' THEN 0
            WHEN e.encrypted = 1 AND e.key_possession IN ('proved', 'unsupported') THEN e.chain_trusted END AS ok,
       CASE WHEN e.encrypted = 0 THEN 'no certificate: the connection is not TLS'
            WHEN e.key_possession = 'failed' THEN 'the server did not prove that it holds the certificate''s key'
            WHEN e.trust_root IS NULL THEN coalesce(e.chain_trusted_reason, 'no bundle of trusted roots was given')
            WHEN e.chain_trusted = 1 THEN 'leads to a root of ' || e.trust_root || CASE WHEN e.key_possession = 'unsupported' THEN ' (possession of the key could not be tested)' ELSE '' END
            ELSE coalesce(e.chain_trusted_reason, 'not seen') END AS observed,
       'leads to a root of the given bundle' AS expected,
       CASE WHEN e.trust_root IS NULL THEN 'not_provided' ELSE 'out_of_reach' END AS unknown_kind,
       CASE WHEN e.trust_root IS NULL THEN 'sslrootcert=FILE, or sslrootcert=system' END AS unlock
FROM tls_endpoint e
WHERE e.transport = 'tcp'
