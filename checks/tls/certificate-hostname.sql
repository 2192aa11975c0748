/*
title       = "The certificate carries the name that clients connect to"
severity    = "high"
measure     = "tls.cert_chain_hostname"
needs       = ["certificate", "tls_endpoint"]
params      = ["tls.certificate_names"]
rationale   = "With sslmode=verify-full a client compares the host name with the certificate's subject alternative names. If they do not match, operations fall back to verify-ca or less, and then any certificate of the same CA, of any host, passes for the database."
remediation = "Issue a certificate whose subject alternative names hold every DNS name (and address) that clients use, put it into ssl_cert_file and reload. A common name alone does not count. Where the scan goes through a tunnel, name the clients' names in the target's certificate_names."
guide       = "verify-full"
references  = ["https://www.postgresql.org/docs/16/libpq-ssl.html#LIBPQ-SSL-SSLMODE-STATEMENTS", "RFC 9525", "NIST SP 800-53 SC-23", "STIG V-233577", "STIG V-233603"]
when_empty  = "the scan came over a Unix socket, where there is no certificate"
*/
WITH named AS (
  SELECT p.value AS name,
         (SELECT max(CASE WHEN lower(s.value) IN ('dns:' || lower(p.value), 'ip:' || lower(p.value)) THEN 1
                          WHEN lower(s.value) = 'dns:*' || substr(lower(p.value), instr(p.value, '.')) AND instr(p.value, '.') > 1 THEN 1 ELSE 0 END)
          FROM certificate c, json_each(c.san) s WHERE c.source = 'served' AND c.position = 0) AS matches
  FROM policy p WHERE p.key = 'tls.certificate_names'
), wanted AS (
  SELECT 'certificate for ' || name AS subject, name, coalesce(matches, 0) AS matches, NULL AS reason FROM named
  UNION ALL
  SELECT 'server certificate', hostname_checked, hostname_matches, hostname_reason FROM tls_endpoint
  WHERE NOT EXISTS (SELECT 1 FROM named)
)
SELECT w.subject AS subject, 'certificate' AS kind,
       CASE WHEN e.encrypted = 1 THEN w.matches END AS ok,
       CASE WHEN e.encrypted = 0 THEN 'no certificate: the connection is not TLS'
            ELSE coalesce(w.name, 'an unknown name') || CASE w.matches WHEN 1 THEN ' is among ' WHEN 0 THEN ' is not among ' ELSE ' was not compared with ' END
                 || coalesce((SELECT c.san FROM certificate c WHERE c.source = 'served' AND c.position = 0), 'the names, which were not seen')
                 || coalesce(' (' || w.reason || ')', '') END AS observed,
       'among the subject alternative names' AS expected,
       'not_provided' AS unknown_kind
FROM tls_endpoint e CROSS JOIN wanted w
WHERE e.transport = 'tcp'
