/*
title       = "Owner roles cannot log in"
severity    = "critical"
measure     = "roles.owner_nologin"
needs       = ["role", "database", "schema", "policy:roles.owner", "policy:schemas.application"]
rationale   = """
Whoever logs in as the owner of a database or schema can alter and drop everything in it, grant it away and switch row-level security off.
An owner without LOGIN has no password to lose: it is used through a deliberate SET ROLE or by a superuser, and the application never stands in its place."""
remediation = "Take LOGIN from the owner (ALTER ROLE appowner NOLOGIN), and let migrations run as a superuser or through a role that is a member of the owner only while they run."
fix         = "ALTER ROLE {subject} NOLOGIN;"
guide       = "Role-Based Access Control"
references  = ["https://www.postgresql.org/docs/16/sql-createrole.html", "NIST SP 800-53 CM-5", "STIG V-233539", "STIG V-233523"]
*/
WITH owned AS (
  SELECT role, 'named as owner by the policy' AS what FROM named_role WHERE list = 'owner' AND source = 'file'
  UNION
  SELECT role, 'taken for an owner' FROM named_role WHERE list = 'owner' AND source <> 'file'
  UNION
  SELECT d.owner, 'owns database ' || d.identity
  FROM named_schema n JOIN database d ON d.name = n.database
  WHERE n.list = 'application' AND d.is_template = 0 AND d.maintenance = 0
  UNION
  SELECT s.owner, 'owns schema ' || s.identity || ' in ' || d.identity
  FROM named_schema n
  JOIN schema s ON s.database = n.database AND s.name = n.schema
  JOIN database d ON d.name = s.database
  JOIN role o ON o.name = s.owner
  WHERE n.list = 'application' AND NOT (s.name = 'public' AND o.bootstrap = 1))
SELECT r.identity AS subject, 'role' AS kind, NOT r.can_login AS ok,
       CASE WHEN r.can_login THEN 'LOGIN; ' ELSE 'NOLOGIN; ' END || group_concat(o.what, ', ' ORDER BY o.what) AS observed,
       'NOLOGIN' AS expected
FROM owned o JOIN role r ON r.name = o.role
GROUP BY r.name
