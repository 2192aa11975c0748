/*
title       = "Nobody can switch off his own audit trail"
severity    = "medium"
measure     = "audit.not_switchable"
needs       = ["role", "role_reach", "parameter", "privilege"]
since       = 15
rationale   = "Since 15 a superuser can grant SET or ALTER SYSTEM on a single parameter. Whoever holds it on a logging parameter can silence the log for his own session, or for everybody, and do afterwards what he likes. Roles that the policy names as administrators are accepted, and shown; superusers can do it by nature and are another check's subject."
remediation = "REVOKE SET, ALTER SYSTEM ON PARAMETER log_statement FROM name; for each parameter and role (or PUBLIC) named here; where a role gets it through a membership, take that back."
guide       = "Audit Logging"
references  = ["https://www.postgresql.org/docs/16/sql-grant.html", "NIST SP 800-53 AU-9"]
*/
WITH held AS (
  SELECT p.name, e.grantee, e.privilege FROM parameter p JOIN acl_entry e ON e.acl = p.acl
  WHERE e.privilege IN ('SET', 'ALTER SYSTEM') AND (p.name LIKE 'log\_%' ESCAPE '\' OR p.name = 'logging_collector' OR p.name LIKE 'pgaudit.%')
    AND e.grantee NOT IN (SELECT name FROM role WHERE superuser = 1)
), way AS (
  SELECT role, target, min(path) AS path FROM role_reach WHERE way IN ('inherit', 'set') GROUP BY role, target
  UNION ALL SELECT name, name, NULL FROM role
)
SELECT r.identity AS subject, 'role' AS kind,
       count(h.name) = 0 OR max(a.role IS NOT NULL) = 1 AS ok,
       coalesce(group_concat(h.privilege || ' on ' || h.name || coalesce(' (' || w.path || ')', ''), ', '), 'none') AS observed,
       'no SET or ALTER SYSTEM on a logging parameter' AS expected,
       count(h.name) > 0 AND max(a.role IS NOT NULL) = 1 AS accepted
FROM role r
LEFT JOIN named_role a ON a.list = 'admin' AND a.role = r.name
LEFT JOIN way w ON w.role = r.name AND w.target IN (SELECT grantee FROM held)
LEFT JOIN held h ON h.grantee = w.target
WHERE r.can_login = 1 AND r.superuser = 0
GROUP BY r.identity
UNION ALL
SELECT 'PUBLIC', 'role', count(*) = 0, coalesce(group_concat(privilege || ' on ' || name, ', '), 'none'), 'no SET or ALTER SYSTEM on a logging parameter', 0
FROM held WHERE grantee = ''
