/*
title       = "The role the scan runs as can only read"
severity    = "high"
measure     = "roles.app_least_privilege"
needs       = ["role", "membership", "role_reach", "role_dependency", "privilege", "database", "schema", "relation", "table_column"]
params      = ["roles.allow.superuser", "roles.allow.createrole", "roles.allow.createdb", "roles.allow.replication", "roles.allow.bypassrls"]
rationale   = """
An audit that could change what it audits proves less, and its password, kept where scans are scheduled, would be one more way in.
The catalogs that a scan reads are open to every role, so it needs no more than CONNECT, and SELECT where a check counts rows."""
remediation = "Scan as a role without attributes, memberships, objects and write privileges (`pgcomply grants` prints its CREATE ROLE), or revoke what is listed."
guide       = "Read-Only User"
references  = ["https://www.postgresql.org/docs/16/sql-createrole.html", "NIST SP 800-53 AC-3", "NIST SP 800-53 AC-6", "STIG V-233520"]
*/
WITH scanner AS (SELECT name, identity FROM role WHERE scanner = 1),
-- himself, and every role whose rights he has or can take
reached AS (
  SELECT name, name AS held_by, '' AS through FROM scanner
  UNION ALL
  SELECT s.name, m.target, ' through ' || min(m.path) FROM scanner s JOIN role_reach m ON m.role = s.name GROUP BY s.name, m.target),
attributes AS (
  SELECT h.name, a.attribute || h.through AS what,
         h.through = '' AND EXISTS (SELECT 1 FROM allowed_role o WHERE o.attribute = lower(a.attribute) AND o.role = h.name) AS allowed
  FROM reached h
  JOIN role r ON r.name = h.held_by
  JOIN (SELECT 'SUPERUSER' AS attribute UNION ALL SELECT 'CREATEROLE' UNION ALL SELECT 'CREATEDB'
        UNION ALL SELECT 'REPLICATION' UNION ALL SELECT 'BYPASSRLS') a
    ON CASE a.attribute WHEN 'SUPERUSER' THEN r.superuser WHEN 'CREATEROLE' THEN r.createrole WHEN 'CREATEDB' THEN r.createdb
                        WHEN 'REPLICATION' THEN r.replication ELSE r.bypassrls END = 1
  UNION ALL
  SELECT h.name, 'owns ' || sum(d.objects) || ' objects' || h.through, 0
  FROM reached h JOIN role_dependency d ON d.role = h.held_by AND d.kind = 'owner' GROUP BY h.name, h.held_by
  UNION ALL
  SELECT h.name, 'writes everywhere' || h.through, 0 FROM reached h WHERE h.held_by = 'pg_write_all_data'),
writes AS MATERIALIZED (
  SELECT h.name, e.acl, e.privilege, h.through
  FROM (SELECT * FROM reached
        WHERE through = '' OR held_by IN (SELECT m.target FROM scanner s JOIN role_reach m ON m.role = s.name AND m.way IN ('inherit', 'set'))) h
  CROSS JOIN acl_entry e ON e.grantee = h.held_by
    AND e.privilege IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'USAGE', 'CREATE')),
wrong AS (
  SELECT w.name, r.database, w.privilege || ' on ' || r.kind || 's' || w.through AS what, r.identity AS object
  FROM writes w JOIN relation r ON r.acl = w.acl
  WHERE w.privilege NOT IN ('USAGE', 'CREATE') OR (w.privilege = 'USAGE' AND r.kind = 'sequence')
  UNION ALL
  SELECT w.name, c.database, w.privilege || ' on columns' || w.through, c.identity
  FROM table_column c JOIN writes w ON w.acl = c.acl WHERE c.acl IS NOT NULL AND w.privilege NOT IN ('USAGE', 'CREATE')
  UNION ALL
  SELECT w.name, s.database, 'CREATE on schemas' || w.through, s.identity
  FROM schema s JOIN writes w ON w.acl = s.acl WHERE w.privilege = 'CREATE'
  UNION ALL
  SELECT w.name, d.name, 'CREATE on the database' || w.through, d.identity
  FROM database d JOIN writes w ON w.acl = d.acl WHERE w.privilege = 'CREATE'),
said AS (
  SELECT name, database, group_concat(what || ' (' || first || CASE WHEN n > 1 THEN ' and ' || (n - 1) || ' more' ELSE '' END || ')', ', ' ORDER BY what) AS words
  FROM (SELECT name, database, what, min(object) AS first, count(DISTINCT object) AS n FROM wrong GROUP BY name, database, what)
  GROUP BY name, database)
SELECT s.identity AS subject, 'role' AS kind, NULL AS database, coalesce(min(a.allowed), 1) AS ok,
       CASE WHEN count(a.what) = 0 THEN 'no attribute but LOGIN, owns nothing, reaches no role that does'
            WHEN min(a.allowed) = 1 THEN 'accepted by policy: ' || group_concat(a.what, ', ' ORDER BY a.what)
            ELSE group_concat(a.what, ', ' ORDER BY a.what) FILTER (WHERE NOT a.allowed) END AS observed,
       'LOGIN and nothing else' AS expected, coalesce(min(a.allowed), 0) AS accepted
FROM scanner s LEFT JOIN attributes a ON a.name = s.name
GROUP BY s.name
UNION ALL
SELECT s.identity, 'role', d.name, w.words IS NULL,
       coalesce(w.words, 'no write privilege of its own; what every role has (TEMPORARY of PUBLIC, lo_create(), UPDATE on pg_settings) is not judged'),
       'no write privilege', 0
FROM scanner s JOIN database d ON d.entered = 1 LEFT JOIN said w ON w.name = s.name AND w.database = d.name
