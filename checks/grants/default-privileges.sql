/*
title       = "Tables and sequences to come get the model's privileges, and PUBLIC none"
severity    = "medium"
measure     = "grants.default_privileges"
needs       = ["role", "membership", "role_reach", "default_privilege", "schema", "database", "policy:roles.application", "policy:roles.read_only", "policy:schemas.application"]
rationale   = """
Default privileges decide who can reach a table that does not exist yet.
Where they are missing, each release needs a second hand that grants too much or forgets the backup; where they name PUBLIC, each new table is everybody's."""
remediation = """
ALTER DEFAULT PRIVILEGES FOR ROLE appowner IN SCHEMA app GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO appuser; … GRANT USAGE, SELECT ON SEQUENCES TO appuser; … GRANT SELECT ON TABLES TO backupuser; … GRANT SELECT ON SEQUENCES TO backupuser. For PUBLIC: … REVOKE ALL ON TABLES FROM PUBLIC."""
guide       = "Default privileges"
references  = ["https://www.postgresql.org/docs/16/sql-alterdefaultprivileges.html", "NIST SP 800-53 AC-3", "STIG V-233520"]
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
-- objects of a schema that the database's owner holds by being it are made under that owner's name
places AS (
  SELECT s.database, s.name AS schema, s.identity, o.name AS owner, o.identity AS owner_identity
  FROM named_schema n
  JOIN schema s ON s.database = n.database AND s.name = n.schema
  JOIN database d ON d.name = s.database
  JOIN role o ON o.name = CASE s.owner WHEN 'pg_database_owner' THEN d.owner ELSE s.owner END
  WHERE n.list = 'application'),
lacking AS (
  SELECT database, schema, group_concat(words, '; ' ORDER BY words) AS words
  FROM (SELECT p.database, p.schema, d.identity || ': no ' || group_concat(d.privilege, ', ' ORDER BY d.privilege) || ' on ' || d.object_kind || 's' AS words
        FROM places p JOIN needed d
        WHERE NOT EXISTS (
          SELECT 1 FROM default_privilege x
          WHERE x.database = p.database AND x.creator = p.owner AND (x.schema = p.schema OR x.schema IS NULL)
            AND x.object_kind = d.object_kind AND x.privilege = d.privilege
            AND x.grantee IN (SELECT grantee FROM holder h WHERE h.name = d.name))
        GROUP BY p.database, p.schema, d.name, d.object_kind)
  GROUP BY database, schema)
SELECT p.owner_identity || ' in schema ' || p.identity AS subject, 'default privilege' AS kind, p.database AS database,
       l.words IS NULL AS ok, coalesce(l.words, 'as wanted') AS observed,
       'application roles: SELECT, INSERT, UPDATE, DELETE on tables, USAGE, SELECT on sequences; read-only roles: SELECT on both' AS expected
FROM places p LEFT JOIN lacking l ON l.database = p.database AND l.schema = p.schema
WHERE EXISTS (SELECT 1 FROM wanted)
UNION ALL
SELECT coalesce(r.identity, x.creator) || coalesce(' in schema ' || s.identity, ' in schema ' || x.schema, '') || ' for PUBLIC', 'default privilege', x.database, 0,
       replace(group_concat(DISTINCT x.object_kind || 's: ' || x.privilege ORDER BY x.object_kind, x.privilege), ',', ', '), 'nothing for PUBLIC beyond the built-in default'
FROM default_privilege x
LEFT JOIN role r ON r.name = x.creator
LEFT JOIN schema s ON s.database = x.database AND s.name = x.schema
WHERE x.grantee = '' AND x.privilege <> ''
  AND NOT (x.object_kind = 'function' AND x.privilege = 'EXECUTE' OR x.object_kind = 'type' AND x.privilege = 'USAGE')
GROUP BY x.database, x.creator, x.schema
