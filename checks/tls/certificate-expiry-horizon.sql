/*
title       = "No certificate of the chain is about to expire"
severity    = "high"
measure     = "tls.cert_expiry"
needs       = ["certificate", "tls_endpoint"]
params      = ["certificate.warn_days"]
rationale   = "Replacing a certificate takes lead time, and the higher it stands in the chain the more: a new root has to reach every client first. Warning while there is still room keeps renewal a routine and not an outage. Short-lived certificates are warned about in the last quarter of their life."
remediation = "Renew now: server certificates in the last 30 days (or the policy's certificate.warn_days), intermediates in the last 90, roots in the last 365, each in its last quarter where that is shorter. Put the new chain into ssl_cert_file and reload; roll a new root out to the clients' sslrootcert before anything is issued from it."
guide       = "Annual Renewal"
references  = ["https://www.postgresql.org/docs/16/ssl-tcp.html", "RFC 5280 section 4.1.2.5", "NIST SP 800-53 IA-5", "STIG V-233577"]
when_empty  = "the scan came over a Unix socket, where there is no certificate"
*/
WITH chain AS (
  SELECT *,
         (unixepoch(not_after) - (SELECT number FROM policy WHERE key = 'now')) / 86400.0 AS days_left,
         min(CASE purpose WHEN 'server' THEN (SELECT number FROM policy WHERE key = 'certificate.warn_days') WHEN 'intermediate' THEN 90 ELSE 365 END,
             lifetime_days / 4) AS horizon
  FROM chain_certificate
)
SELECT coalesce(c.label, 'server certificate') AS subject, 'certificate' AS kind,
       c.days_left > c.horizon AS ok,
       coalesce(c.subject || ', serial ' || c.serial || ': ' || CAST(c.days_left AS INTEGER) || ' days left, until ' || c.not_after, 'no certificate was seen') AS observed,
       'more than ' || round(c.horizon, 1) || ' days left' AS expected,
       'out_of_reach' AS unknown_kind
FROM tls_endpoint e LEFT JOIN chain c ON 1 = 1
WHERE e.transport = 'tcp'
