/*
title       = "Every certificate that the server sends is valid today"
severity    = "critical"
measure     = "tls.cert_expiry"
needs       = ["certificate", "tls_endpoint"]
rationale   = "Clients that verify refuse an expired certificate, and the database is down for them; the quick way out is to switch verification off, and it tends to stay off. An expired intermediate does the same damage as an expired server certificate."
remediation = "Issue a new certificate, put it with its intermediates into ssl_cert_file, and reload (SELECT pg_reload_conf();): new connections use it at once. Check the host's clock where notBefore lies in the future."
guide       = "Annual Renewal"
references  = ["https://www.postgresql.org/docs/16/ssl-tcp.html", "RFC 5280 section 4.1.2.5", "NIST SP 800-53 IA-5", "STIG V-233577"]
when_empty  = "the scan came over a Unix socket, where there is no certificate"
*/
SELECT coalesce(c.label, 'server certificate') AS subject, 'certificate' AS kind,
       (SELECT number FROM policy WHERE key = 'now') BETWEEN unixepoch(c.not_before) AND unixepoch(c.not_after) AS ok,
       coalesce(c.subject || ', serial ' || c.serial || ': ' || c.not_before || ' to ' || c.not_after, 'no certificate was seen') AS observed,
       'valid at ' || (SELECT value FROM policy WHERE key = 'now') AS expected,
       'out_of_reach' AS unknown_kind
FROM tls_endpoint e LEFT JOIN chain_certificate c ON c.source = 'served'
WHERE e.transport = 'tcp'
