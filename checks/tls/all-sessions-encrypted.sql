/*
title       = "Every session from another host is encrypted"
severity    = "high"
measure     = "live.sessions_without_tls"
needs       = ["session", "role", "policy:network.local"]
rationale   = "Settings and rules say what could happen; the sessions say what does. One client that connects without encryption sends its password's proof, its queries and every row in clear, whatever the design says. It is a sample of one moment."
remediation = "Set sslmode=verify-full in that client's connection string, and refuse plaintext in pg_hba.conf (hostssl, and hostnossl … reject before it), so that it cannot come back."
guide       = "pg_stat_ssl"
references  = ["https://www.postgresql.org/docs/16/monitoring-stats.html#MONITORING-PG-STAT-SSL-VIEW", "NIST SP 800-53 SC-8", "NIST SP 800-52r2", "STIG V-233519"]
*/
WITH seen AS (
  SELECT s.role, coalesce(s.address, 'an address that is not known') AS source,
         CASE WHEN s.transport = 'unix' OR l.inside = 1 OR s.ssl = 1 OR s.gss_encrypted = 1 THEN 1
              WHEN l.inside = 0 AND s.ssl = 0 AND s.gss_encrypted = 0 THEN 0 END AS good
  FROM session s
  LEFT JOIN address_network l ON l.address = s.address AND l.list = 'local'
  WHERE s.backend = 'client')
SELECT coalesce(max(r.identity), nullif(p.name, ''), 'a role that is gone') AS subject, 'role' AS kind,
       CASE WHEN min(s.good) = 0 THEN 0 WHEN count(s.good) = count(s.role) THEN 1 END AS ok,
       CASE WHEN count(s.role) = 0 THEN 'no session of this role at the moment of the scan'
            WHEN min(s.good) = 0 THEN 'in clear from ' || group_concat(DISTINCT s.source) FILTER (WHERE s.good = 0)
            WHEN count(s.good) = count(s.role) THEN count(s.role) || ', none of them in clear from another host'
            ELSE 'not known whether encrypted, from ' || group_concat(DISTINCT s.source) FILTER (WHERE s.good IS NULL) END AS observed,
       'TLS or GSS encryption' AS expected
FROM (SELECT name FROM role WHERE can_login = 1 UNION SELECT role FROM seen) p
LEFT JOIN role r ON r.name = p.name
LEFT JOIN seen s ON s.role = p.name
GROUP BY p.name
