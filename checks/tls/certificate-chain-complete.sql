/*
title       = "The server sends its intermediate certificates"
severity    = "medium"
measure     = "tls.cert_chain_hostname"
needs       = ["certificate", "tls_endpoint"]
rationale   = "A client that holds only the root can verify the server only if the server sends everything between. Where a bundle also carries the intermediate the gap does not show, until a client with the root alone connects, fails, and has its verification turned down."
remediation = "Put the server certificate first and its intermediates after it into one file (cat server.crt intermediate-ca.crt > server-chain.crt), name it in ssl_cert_file, and reload. The root itself need not be sent."
guide       = "Certificate Deployment"
references  = ["https://www.postgresql.org/docs/16/ssl-tcp.html#SSL-SERVER-FILES", "RFC 8446 section 4.4.2", "NIST SP 800-53 SC-23", "STIG V-233577"]
when_empty  = "the scan came over a Unix socket, where there is no certificate"
*/
SELECT 'certificate chain' AS subject, 'certificate' AS kind,
       CASE WHEN e.encrypted = 1 THEN e.chain_complete END AS ok,
       CASE WHEN e.encrypted = 0 THEN 'no certificate: the connection is not TLS'
            WHEN e.trust_root IS NULL THEN coalesce(e.chain_complete_reason, 'no bundle of trusted roots was given')
            WHEN e.chain_complete = 1 THEN 'complete as it is sent' ELSE coalesce(e.chain_complete_reason, 'not seen') END AS observed,
       'the chain builds from what the server sends and self-signed roots alone' AS expected,
       CASE WHEN e.trust_root IS NULL THEN 'not_provided' ELSE 'out_of_reach' END AS unknown_kind,
       CASE WHEN e.trust_root IS NULL THEN 'sslrootcert=FILE, or sslrootcert=system' END AS unlock
FROM tls_endpoint e
WHERE e.transport = 'tcp'
