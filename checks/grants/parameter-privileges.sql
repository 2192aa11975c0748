/*
title       = "No role outside policy may change a parameter that is not its own"
severity    = "medium"
measure     = "roles.app_least_privilege"
needs       = ["role", "membership", "role_reach", "parameter", "privilege"]
since       = 15
rationale   = """
Since 15 a superuser can grant SET or ALTER SYSTEM on a single parameter that only superusers may set. Among them are those that load code, switch off triggers and silence the log.
Administrators that the policy names are accepted, and shown."""
remediation = """
REVOKE SET, ALTER SYSTEM ON PARAMETER … FROM …; for each parameter and role (or PUBLIC) named here; where a role gets it through a membership, take that back. Administrators are named in [roles] admin."""
guide       = "Least Privilege"
references  = ["https://www.postgresql.org/docs/16/sql-grant.html", "NIST SP 800-53 AC-6"]
*/
WITH held AS (
  SELECT p.name, e.grantee, e.privilege FROM parameter p JOIN acl_entry e ON e.acl = p.acl
  WHERE e.privilege IN ('SET', 'ALTER SYSTEM') AND e.grantee NOT IN (SELECT name FROM role WHERE superuser = 1)
), way AS (
  SELECT role, target, min(path) AS path FROM role_reach WHERE way IN ('inherit', 'set') GROUP BY role, target
  UNION ALL SELECT name, name, NULL FROM role
)
SELECT r.identity AS subject, 'role' AS kind, count(h.name) = 0 OR max(a.role IS NOT NULL) = 1 AS ok,
       coalesce(group_concat(h.privilege || ' on ' || h.name || coalesce(' (' || w.path || ')', ''), ', ' ORDER BY h.name, h.privilege), 'none') AS observed,
       'no SET or ALTER SYSTEM on a parameter' AS expected,
       count(h.name) > 0 AND max(a.role IS NOT NULL) = 1 AS accepted
FROM role r
LEFT JOIN named_role a ON a.list = 'admin' AND a.role = r.name
LEFT JOIN way w ON w.role = r.name AND w.target IN (SELECT grantee FROM held)
LEFT JOIN held h ON h.grantee = w.target
WHERE r.superuser = 0 AND r.predefined = 0
GROUP BY r.identity
UNION ALL
SELECT 'PUBLIC', 'role', count(*) = 0, coalesce(group_concat(privilege || ' on ' || name, ', ' ORDER BY name, privilege), 'none'), 'no SET or ALTER SYSTEM on a parameter', 0
FROM held WHERE grantee = ''
