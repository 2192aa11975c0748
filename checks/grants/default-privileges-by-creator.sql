/*
title       = "Whoever can create in an application schema has default privileges that keep the model"
severity    = "medium"
measure     = "grants.default_privileges"
needs       = ["role", "membership", "role_reach", "privilege", "default_privilege", "schema", "database", "policy:roles.application", "policy:roles.read_only", "policy:schemas.application"]
rationale   = """
Default privileges belong to the role that creates, not to the schema. A table that somebody else than the owner makes there gets none of them: the application cannot read it, the backup leaves it out.
The second hand that then mends it grants too much."""
remediation = """
REVOKE CREATE ON SCHEMA … from roles that need not create there; for the others ALTER DEFAULT PRIVILEGES FOR ROLE … IN SCHEMA … as for the owner (grants/default-privileges)."""
guide       = "Default privileges"
references  = ["https://www.postgresql.org/docs/16/sql-alterdefaultprivileges.html", "NIST SP 800-53 AC-3"]
*/
WITH wanted AS (
  SELECT r.name, r.identity, r.superuser, w.object_kind, w.privilege
  FROM (SELECT role, list FROM named_role WHERE list = 'application'
        UNION
        -- the role that scans needs no data, unless it is the only one that reads
        SELECT role, list FROM named_role WHERE list = 'read_only' AND (source <> 'scanner'
          OR NOT EXISTS (SELECT 1 FROM named_role o WHERE o.list = 'read_only' AND o.source <> 'scanner'))) n
  JOIN role r ON r.name = n.role
  JOIN (SELECT 'application' AS list, 'table' AS object_kind, 'SELECT' AS privilege
        UNION ALL SELECT 'application', 'table', 'INSERT' UNION ALL SELECT 'application', 'table', 'UPDATE'
        UNION ALL SELECT 'application', 'table', 'DELETE' UNION ALL SELECT 'application', 'sequence', 'USAGE'
        UNION ALL SELECT 'application', 'sequence', 'SELECT'
        UNION ALL SELECT 'read_only', 'table', 'SELECT' UNION ALL SELECT 'read_only', 'sequence', 'SELECT') w ON w.list = n.list),
holder AS (
  SELECT DISTINCT name, name AS grantee FROM wanted
  UNION SELECT w.name, m.target FROM wanted w JOIN role_reach m ON m.role = w.name AND m.way IN ('inherit', 'set')),
needed AS (
  SELECT DISTINCT w.name, w.identity, w.object_kind, w.privilege FROM wanted w
  WHERE w.superuser = 0
    AND NOT EXISTS (SELECT 1 FROM holder h WHERE h.name = w.name AND h.grantee = 'pg_read_all_data' AND w.privilege = 'SELECT')
    AND NOT EXISTS (SELECT 1 FROM holder h WHERE h.name = w.name AND h.grantee = 'pg_write_all_data' AND w.privilege IN ('INSERT', 'UPDATE', 'DELETE'))),
places AS (
  SELECT s.database, s.name AS schema, s.identity, s.acl, o.name AS owner
  FROM named_schema n
  JOIN schema s ON s.database = n.database AND s.name = n.schema
  JOIN database d ON d.name = s.database
  JOIN role o ON o.name = CASE s.owner WHEN 'pg_database_owner' THEN d.owner ELSE s.owner END
  WHERE n.list = 'application'),
-- what is created by way of SET ROLE is the other role's; PUBLIC's CREATE is grants/public-schema-create's
creator AS (
  SELECT database, schema, identity, owner AS name FROM places
  UNION SELECT p.database, p.schema, p.identity, e.grantee FROM places p JOIN acl_entry e ON e.acl = p.acl WHERE e.privilege = 'CREATE' AND e.grantee NOT IN ('', 'pg_database_owner')
  UNION SELECT p.database, p.schema, p.identity, m.role FROM places p JOIN acl_entry e ON e.acl = p.acl JOIN role_reach m ON m.target = e.grantee AND m.way = 'inherit'
        WHERE e.privilege = 'CREATE'),
lacking AS (
  SELECT database, schema, creator, group_concat(words, '; ' ORDER BY words) AS words
  FROM (SELECT p.database, p.schema, p.name AS creator, d.identity || ': no ' || group_concat(d.privilege, ', ' ORDER BY d.privilege) || ' on ' || d.object_kind || 's' AS words
        FROM creator p JOIN needed d ON d.name <> p.name
        WHERE NOT EXISTS (
          SELECT 1 FROM default_privilege x
          WHERE x.database = p.database AND x.creator = p.name AND (x.schema = p.schema OR x.schema IS NULL)
            AND x.object_kind = d.object_kind AND x.privilege = d.privilege
            AND x.grantee IN (SELECT grantee FROM holder h WHERE h.name = d.name))
        GROUP BY p.database, p.schema, p.name, d.name, d.object_kind)
  GROUP BY database, schema, creator)
SELECT coalesce(r.identity, c.name) || ' in schema ' || c.identity AS subject, 'default privilege' AS kind, c.database AS database,
       l.words IS NULL AS ok, coalesce(l.words, 'as wanted') AS observed,
       'application roles: SELECT, INSERT, UPDATE, DELETE on tables, USAGE, SELECT on sequences; read-only roles: SELECT on both' AS expected
FROM creator c
LEFT JOIN role r ON r.name = c.name
LEFT JOIN lacking l ON l.database = c.database AND l.schema = c.schema AND l.creator = c.name
WHERE coalesce(r.superuser, 0) = 0 AND EXISTS (SELECT 1 FROM wanted)
