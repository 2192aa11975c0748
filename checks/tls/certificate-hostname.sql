/*
title       = "The certificate carries the name that clients connect to"
severity    = "high"
measure     = "tls.cert_chain_hostname"
needs       = ["certificate", "tls_endpoint"]
rationale   = "With sslmode=verify-full a client compares the host name with the certificate's subject alternative names. If they do not match, operations fall back to verify-ca or less, and then any certificate of the same CA, of any host, passes for the database."
remediation = "Issue a certificate whose subject alternative names hold every DNS name (and address) that clients use, put it into ssl_cert_file and reload. A common name alone does not count. Where the scan goes through a tunnel, name the clients' names in the target's certificate_names."
guide       = "verify-full"
references  = ["https://www.postgresql.org/docs/16/libpq-ssl.html#LIBPQ-SSL-SSLMODE-STATEMENTS", "RFC 9525", "NIST SP 800-53 SC-23", "V-233577", "V-233603"]
when_empty  = "the scan came over a Unix socket, where there is no certificate"
*/
SELECT 'server certificate' AS subject, 'certificate' AS kind,
       CASE WHEN e.encrypted = 1 THEN e.hostname_matches END AS ok,
       CASE WHEN e.encrypted = 0 THEN 'no certificate: the connection is not TLS'
            ELSE coalesce(e.hostname_checked, 'an unknown name') || CASE e.hostname_matches WHEN 1 THEN ' is among ' WHEN 0 THEN ' is not among ' ELSE ' was not compared with ' END
                 || coalesce((SELECT c.san FROM certificate c WHERE c.purpose = 'server'), 'the names, which were not seen')
                 || coalesce(' (' || e.hostname_reason || ')', '') END AS observed,
       'among the subject alternative names' AS expected,
       'not_provided' AS unknown_kind
FROM tls_endpoint e
WHERE e.transport = 'tcp'
