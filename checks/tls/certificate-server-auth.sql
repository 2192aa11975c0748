/*
title       = "The server certificate may be used for a server"
severity    = "low"
measure     = "tls.cert_chain_hostname"
needs       = ["certificate", "tls_endpoint"]
rationale   = "The extended key usage says what a certificate was issued for. A certificate for a client or for mail that serves as a server certificate is refused by strict clients, and shows that the CA's rules are not kept."
remediation = "Issue the server certificate with extendedKeyUsage = serverAuth (add clientAuth only where the server itself connects with it, for replication), put it into ssl_cert_file and reload."
guide       = "PKI hierarchy"
references  = ["RFC 5280 section 4.2.1.12", "NIST SP 800-52r2 section 3.2", "NIST SP 800-53 IA-5", "STIG V-233577"]
when_empty  = "the scan came over a Unix socket, where there is no certificate"
*/
SELECT coalesce(c.label, 'server certificate') AS subject, 'certificate' AS kind,
       CASE WHEN c.extended_key_usage = 0 THEN 1 ELSE c.server_auth END AS ok,
       coalesce(c.subject || CASE c.server_auth WHEN 1 THEN ': the extended key usage allows server authentication' WHEN 0 THEN ': the extended key usage does not allow server authentication'
                       ELSE CASE c.extended_key_usage WHEN 0 THEN ': no extended key usage, which restricts it to nothing' ELSE ': not seen' END END, 'no certificate was seen') AS observed,
       'serverAuth in the extended key usage, where there is one' AS expected,
       'out_of_reach' AS unknown_kind
FROM tls_endpoint e LEFT JOIN chain_certificate c ON c.purpose = 'server'
WHERE e.transport = 'tcp'
