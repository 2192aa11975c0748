/*
title       = "set_user lets only administrators become a superuser"
severity    = "medium"
measure     = "roles.escalation_membership"
needs       = ["setting:set_user.superuser_allowlist", "role", "role_reach", "membership", "function", "privilege", "policy:roles.admin"]
rationale   = """
set_user lets a role become another, a superuser as well, and logs it. It replaces a shared superuser account only as long as few can use it.
An allowlist of * leaves that decision to grants alone, which are changed by more people."""
remediation = """
Set set_user.superuser_allowlist to the administrators (or to +group) and reload; REVOKE EXECUTE ON FUNCTION set_user(text), set_user_u(text) from all others; name the administrators in [roles] admin."""
references  = ["https://github.com/pgaudit/set_user", "NIST SP 800-53 AC-6"]
when_empty  = "set_user is not loaded"
*/
WITH loaded AS (SELECT count(*) > 0 AS yes FROM setting WHERE name LIKE 'set\_user.%' ESCAPE '\'),
callable AS (
  SELECT f.database, f.identity, e.grantee FROM function f JOIN acl_entry e ON e.acl = f.acl
  WHERE f.name IN ('set_user', 'set_user_u', 'set_session_auth') AND e.privilege = 'EXECUTE' AND e.owner = 0),
holder AS (
  SELECT c.database, c.identity, c.grantee AS role FROM callable c
  UNION SELECT c.database, c.identity, m.role FROM callable c JOIN role_reach m ON m.target = c.grantee AND m.way IN ('inherit', 'set')),
outside AS (
  SELECT h.database, h.identity, group_concat(coalesce(r.identity, 'PUBLIC'), ', ' ORDER BY r.identity) AS roles
  FROM holder h LEFT JOIN role r ON r.name = h.role
  WHERE coalesce(r.superuser, 0) = 0 AND h.role NOT IN (SELECT role FROM named_role WHERE list = 'admin')
  GROUP BY h.database, h.identity)
SELECT s.name AS subject, 'setting' AS kind, NULL AS database, trim(s.value, ' "') <> '*' AS ok, coalesce(nullif(s.value, ''), CASE WHEN s.value = '' THEN '(empty)' ELSE 'not seen' END) AS observed,
       'named roles, not *' AS expected
FROM setting s WHERE s.name IN ('set_user.superuser_allowlist', 'set_user.superuser_whitelist')
UNION ALL
SELECT f.identity, 'function', f.database, o.roles IS NULL, coalesce('may be executed by ' || o.roles, 'administrators only'), 'only roles of [roles] admin may execute it'
FROM function f CROSS JOIN loaded
LEFT JOIN outside o ON o.database = f.database AND o.identity = f.identity
WHERE loaded.yes AND f.name IN ('set_user', 'set_user_u', 'set_session_auth')
