/*
title       = "No superuser's session comes from another host"
severity    = "medium"
measure     = "roles.superuser_remote"
needs       = ["session", "role", "policy:network.local"]
rationale   = "A superuser who works over the network makes one stolen password the loss of everything: data, log, and the server's operating system. What the rules forbid on paper is seen here as it happens, for one moment. PostgreSQL's own background processes are not counted."
remediation = "Do administration over the Unix socket (peer), from the host itself. Close the way in pg_hba.conf: no rule for a superuser but local ones."
guide       = "Signs of Compromise"
references  = ["https://www.postgresql.org/docs/16/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW", "NIST SP 800-53 AC-6", "NIST SP 800-53 AC-17", "STIG V-233614"]
*/
WITH seen AS (
  SELECT s.role, coalesce(s.address, 'an address that is not known') AS source,
         CASE WHEN s.transport = 'unix' OR l.inside = 1 THEN 1 WHEN s.transport = 'tcp' AND l.inside = 0 THEN 0 END AS good
  FROM session s
  LEFT JOIN address_network l ON l.address = s.address AND l.list = 'local'
  WHERE s.backend IN ('client', 'replication'))
SELECT r.identity AS subject, 'role' AS kind,
       CASE WHEN min(s.good) = 0 THEN 0 WHEN count(s.good) = count(s.role) THEN 1 END AS ok,
       CASE WHEN count(s.role) = 0 THEN 'no session of this role at the moment of the scan'
            WHEN min(s.good) = 0 THEN 'from ' || group_concat(DISTINCT s.source) FILTER (WHERE s.good = 0)
            WHEN count(s.good) = count(s.role) THEN count(s.role) || ' from the host itself'
            ELSE 'where a session comes from is not known' END AS observed,
       'only from [network] local, or over a Unix socket' AS expected
FROM role r LEFT JOIN seen s ON s.role = r.name
WHERE r.superuser = 1
GROUP BY r.name
