/*
title       = "The server certificate is issued by a CA and is none itself"
severity    = "medium"
measure     = "tls.cert_chain_hostname"
needs       = ["certificate", "tls_endpoint"]
rationale   = "A self-signed certificate has to be carried to every client by hand, and cannot be renewed or withdrawn without them; in practice clients stop verifying. A server certificate that is a CA as well is worse: whoever breaks into the server can then issue certificates that the clients trust."
remediation = "Make a root and an intermediate CA (the guide's generate_secrets.sh does), issue the server certificate with basicConstraints CA:FALSE, give the root to the clients as sslrootcert, put certificate and intermediate into ssl_cert_file and reload."
guide       = "PKI hierarchy"
references  = ["https://www.postgresql.org/docs/16/ssl-tcp.html#SSL-CERTIFICATE-CREATION", "RFC 5280 section 4.2.1.9", "NIST SP 800-53 SC-23", "STIG V-233577", "STIG V-233603"]
when_empty  = "the scan came over a Unix socket, where there is no certificate"
*/
SELECT coalesce(c.label, 'server certificate') AS subject, 'certificate' AS kind,
       CASE WHEN c.self_signed = 1 OR c.is_ca = 1 THEN 0 ELSE c.self_signed = 0 END AS ok,
       coalesce(c.subject || ', issued by ' || CASE c.self_signed WHEN 1 THEN 'itself' ELSE c.issuer END || CASE WHEN c.is_ca = 1 THEN ', and is a CA' ELSE '' END, 'no certificate was seen') AS observed,
       'issued by a CA, and none itself' AS expected,
       'out_of_reach' AS unknown_kind
FROM tls_endpoint e LEFT JOIN chain_certificate c ON c.purpose = 'server'
WHERE e.transport = 'tcp'
