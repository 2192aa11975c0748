/*
title       = "No login role can become a superuser or an application owner"
severity    = "critical"
measure     = "roles.escalation_membership"
needs       = ["role", "membership", "role_reach", "database", "schema", "policy:roles.owner", "policy:schemas.application"]
rationale   = """
The owner is kept from logging in so that nobody holds its password; a chain of memberships gives the same power to whoever holds the password at its other end.
ADMIN OPTION counts, because its holder can grant himself the role, and so does CREATEROLE before PostgreSQL 16."""
remediation = "Break the chain at the link that is not needed: REVOKE appowner FROM …, or REVOKE ADMIN OPTION FOR … FROM …; before 16 take CREATEROLE away. Migrations run as a superuser, or through a membership that is granted for the time of the migration."
guide       = "Owner can't be compromised"
references  = ["https://www.postgresql.org/docs/16/role-membership.html", "https://www.postgresql.org/docs/16/sql-grant.html", "NIST SP 800-53 AC-6", "STIG V-233614", "STIG V-233593"]
*/
WITH app_schema AS (SELECT database, schema FROM named_schema WHERE list = 'application'),
ends AS (
  SELECT name AS role, 'a superuser' AS what FROM role WHERE superuser = 1
  UNION
  SELECT role, 'an application owner' FROM (
    SELECT role FROM named_role WHERE list = 'owner'
    UNION SELECT d.owner FROM app_schema a JOIN database d ON d.name = a.database
    UNION SELECT s.owner FROM app_schema a JOIN schema s ON s.database = a.database AND s.name = a.schema)
  WHERE role NOT IN (SELECT name FROM role WHERE superuser = 1 OR predefined = 1)),
paths AS (
  SELECT r.name, r.identity, t.identity AS end, e.what, max(m.way) AS way, m.path AS path
  FROM ends e
  JOIN role t ON t.name = e.role
  JOIN role_reach m ON m.target = e.role
    AND (m.way IN ('set', 'admin') OR m.way = 'inherit' AND e.what <> 'a superuser') -- ownership is inherited, SUPERUSER is not
  JOIN role r ON r.name = m.role
  WHERE r.can_login = 1 AND r.superuser = 0
  GROUP BY r.name, t.name)
SELECT p.identity || ' → ' || p.end AS subject, 'membership' AS kind, 0 AS ok,
       'can become ' || p.what || ': ' || p.path
         || CASE p.way WHEN 'admin' THEN ' (by granting himself a membership)' WHEN 'inherit' THEN ' (inherits what it may do)' ELSE '' END AS observed,
       'no path' AS expected, NULL AS unknown_kind
FROM paths p
UNION ALL
SELECT r.identity, 'role', 1, 'no path to a superuser or an application owner', 'no path', NULL
FROM role r
WHERE r.can_login = 1 AND r.superuser = 0 AND r.name NOT IN (SELECT name FROM paths)
UNION ALL
SELECT 'no application owner', 'list of roles', NULL, 'no owner of an application is known, so that no path to it can be ruled out',
       'an owner role', 'role_model'
WHERE NOT EXISTS (SELECT 1 FROM named_role n JOIN role r ON r.name = n.role WHERE n.list = 'owner')
  AND NOT EXISTS (SELECT 1 FROM app_schema a JOIN database d ON d.name = a.database)
