/*
title       = "No application session changes the schema"
severity    = "medium"
measure     = "live.ddl_activity"
needs       = ["session", "role", "policy:roles.application"]
rationale   = "Schema changes belong to a migration, run as the owner, at a known time. An application role that runs DDL while the scan looks holds a privilege that it should not have, or somebody else uses it. Statements about roles and grants are another check's; temporary tables are the session's own affair."
remediation = "Find out what runs it. Move migrations to a role of their own, and take CREATE and ownership from the application's."
guide       = "Signs of Compromise"
references  = ["https://www.postgresql.org/docs/16/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW", "NIST SP 800-53 SI-4", "NIST SP 800-53 AU-12"]
when_empty  = "the policy's lists of these roles are empty"
*/
WITH seen AS (
  SELECT s.role, s.statement,
         CASE WHEN s.state IN ('idle', 'idle in transaction', 'idle in transaction (aborted)') THEN 1
              WHEN s.state = 'active' THEN s.statement NOT IN ('CREATE', 'ALTER', 'DROP', 'COMMENT', 'SECURITY', 'IMPORT', 'REFRESH', 'CLUSTER', 'REASSIGN') END AS good
  FROM session s
  WHERE s.backend = 'client' AND s.scanner = 0)
SELECT r.identity AS subject, 'role' AS kind,
       CASE WHEN min(s.good) = 0 THEN 0 WHEN count(s.good) = count(s.role) THEN 1 END AS ok,
       CASE WHEN count(s.role) = 0 THEN 'no session of this role at the moment of the scan'
            WHEN min(s.good) = 0 THEN 'an active session runs ' || group_concat(DISTINCT s.statement) FILTER (WHERE s.good = 0) || '; review it'
            WHEN count(s.good) = count(s.role) THEN count(s.role) || ', none of them at it'
            ELSE 'what a session runs is not known' END AS observed,
       'no CREATE, ALTER, DROP or the like; temporary tables are its own' AS expected
FROM (SELECT DISTINCT role FROM named_role WHERE list IN ('application')) n
JOIN role r ON r.name = n.role
LEFT JOIN seen s ON s.role = r.name
GROUP BY r.name
