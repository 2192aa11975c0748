/*
title       = "Every session comes from a known network"
severity    = "high"
measure     = "live.unknown_networks"
needs       = ["session", "role", "policy:network.allowed", "policy:network.local"]
rationale   = "A session from an address that nobody planned for is one of the few signs of an intruder that the database itself can show. It is a sample of one moment: that nobody was there when the scan looked proves nothing about the hour before. A pooler's address stands for all of its clients."
remediation = "Find out who connects from there (the log, with log_connections on). End the session if nobody knows it, and change the role's password; close the way in pg_hba.conf. If the network is a planned one, name it in [network] allowed."
guide       = "Signs of Compromise"
references  = ["https://www.postgresql.org/docs/16/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW", "NIST SP 800-53 SI-4", "NIST SP 800-53 AC-17"]
*/
WITH seen AS (
  SELECT s.role, coalesce(s.address, s.transport, 'an address that is not known') AS source,
         CASE WHEN s.transport = 'unix' OR l.inside = 1 OR a.inside = 1 THEN 1
              WHEN l.inside = 0 AND a.inside = 0 THEN 0 END AS known
  FROM session s
  LEFT JOIN address_network a ON a.address = s.address AND a.list = 'allowed'
  LEFT JOIN address_network l ON l.address = s.address AND l.list = 'local'
  WHERE s.backend IN ('client', 'replication') AND s.scanner = 0)
SELECT coalesce(max(r.identity), nullif(p.name, ''), 'a role that is gone') AS subject, 'role' AS kind,
       CASE WHEN min(s.known) = 0 THEN 0 WHEN count(s.known) = count(s.role) THEN 1 END AS ok,
       CASE WHEN count(s.role) = 0 THEN 'no session of this role at the moment of the scan'
            WHEN min(s.known) = 0 THEN 'from ' || group_concat(DISTINCT s.source) FILTER (WHERE s.known = 0)
            WHEN count(s.known) = count(s.role) THEN count(s.role) || ' from known networks'
            ELSE 'from ' || group_concat(DISTINCT s.source) FILTER (WHERE s.known IS NULL) || ', which could not be compared with the policy''s networks' END AS observed,
       'only from [network] allowed and local, or over a Unix socket' AS expected,
       CASE WHEN EXISTS (SELECT 1 FROM policy WHERE key = 'network.allowed') THEN 'out_of_reach' ELSE 'policy_missing' END AS unknown_kind,
       'name the networks that clients come from in [network] allowed' AS unlock
FROM (SELECT name FROM role WHERE can_login = 1 UNION SELECT role FROM seen) p
LEFT JOIN role r ON r.name = p.name
LEFT JOIN seen s ON s.role = p.name
GROUP BY p.name
