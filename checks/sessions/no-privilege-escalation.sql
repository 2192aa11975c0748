/*
title       = "No application session changes roles or grants"
severity    = "high"
measure     = "live.privilege_escalation"
needs       = ["session", "role", "policy:roles.application", "policy:roles.read_only"]
rationale   = "An application has no business with roles and grants. One that is making them while the scan looks is either badly built or no longer in its owner's hands. Only the kind of the statement is kept, never its text, and it is a sign to be reviewed, no proof. SET ROLE is what many frameworks do, and is not counted."
remediation = "Look at the session now (pg_stat_activity as a role that may), and in the log for what it did before. If nobody answers for it, end it, revoke what was granted and treat it as an incident."
guide       = "Signs of Compromise"
references  = ["https://www.postgresql.org/docs/16/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW", "NIST SP 800-53 SI-4", "NIST SP 800-53 AU-12"]
when_empty  = "the policy's lists of these roles are empty"
*/
WITH seen AS (
  SELECT s.role, s.statement,
         CASE WHEN s.state IN ('idle', 'idle in transaction', 'idle in transaction (aborted)') THEN 1
              WHEN s.state = 'active' THEN s.statement NOT IN ('CREATE ROLE', 'ALTER ROLE', 'DROP ROLE', 'GRANT', 'REVOKE') END AS good
  FROM session s
  WHERE s.backend = 'client' AND s.scanner = 0)
SELECT r.identity AS subject, 'role' AS kind,
       CASE WHEN min(s.good) = 0 THEN 0 WHEN count(s.good) = count(s.role) THEN 1 END AS ok,
       CASE WHEN count(s.role) = 0 THEN 'no session of this role at the moment of the scan'
            WHEN min(s.good) = 0 THEN 'an active session runs ' || group_concat(DISTINCT s.statement) FILTER (WHERE s.good = 0) || '; review it'
            WHEN count(s.good) = count(s.role) THEN count(s.role) || ', none of them at it'
            ELSE 'what a session runs is not known' END AS observed,
       'no CREATE, ALTER or DROP ROLE, no GRANT or REVOKE' AS expected
FROM (SELECT DISTINCT role FROM named_role WHERE list IN ('application', 'read_only')) n
JOIN role r ON r.name = n.role
LEFT JOIN seen s ON s.role = r.name
GROUP BY r.name
