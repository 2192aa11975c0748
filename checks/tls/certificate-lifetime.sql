/*
title       = "No certificate of the chain lives too long"
severity    = "low"
measure     = "tls.cert_expiry"
needs       = ["certificate", "tls_endpoint"]
params      = ["certificate.max_days"]
rationale   = "A key that is stolen without anybody's notice stays useful until its certificate expires, because few PostgreSQL clients look at revocation lists. Shorter lives bound that time, and keep renewal something that is practised."
remediation = "Issue the server certificate for at most 398 days (or the policy's certificate.max_days), intermediates for at most five years (1827 days), roots for at most ten (3653 days). Put the new chain into ssl_cert_file and reload."
guide       = "PKI hierarchy"
references  = ["https://www.postgresql.org/docs/16/ssl-tcp.html#SSL-CERTIFICATE-CREATION", "NIST SP 800-57 Part 1", "NIST SP 800-53 IA-5", "STIG V-233577"]
when_empty  = "the scan came over a Unix socket, where there is no certificate"
*/
WITH chain AS (
  SELECT *,
         CASE purpose WHEN 'server' THEN (SELECT number FROM policy WHERE key = 'certificate.max_days') WHEN 'intermediate' THEN 1827 ELSE 3653 END AS most
  FROM chain_certificate
)
SELECT coalesce(c.label, 'server certificate') AS subject, 'certificate' AS kind,
       c.lifetime_days <= c.most AS ok,
       coalesce(c.subject || ': ' || round(c.lifetime_days, 1) || ' days', 'no certificate was seen') AS observed,
       'at most ' || CAST(c.most AS INTEGER) || ' days' AS expected,
       'out_of_reach' AS unknown_kind
FROM tls_endpoint e LEFT JOIN chain c ON 1 = 1
WHERE e.transport = 'tcp'
