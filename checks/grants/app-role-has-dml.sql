/*
title       = "Application roles have SELECT, INSERT, UPDATE, DELETE on the application's tables"
severity    = "low"
measure     = "roles.app_least_privilege"
needs       = ["role", "membership", "role_reach", "privilege", "relation", "schema", "policy:roles.application", "policy:schemas.application"]
params      = ["privacy.audit_table"]
rationale   = """
A table without the usual grants fails at night in production, and the quick repair is GRANT ALL or a superuser's password in the application.
The documented role and the real one should be the same in both directions."""
remediation = "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA app TO appuser (then take UPDATE and DELETE on the audit table back), and default privileges for the tables to come. Tables that the application only reads belong to a schema of [schemas] read_only."
guide       = "Expected Output"
references  = ["https://www.postgresql.org/docs/16/sql-grant.html", "NIST SP 800-53 AC-3", "STIG V-233520"]
*/
WITH app AS (
  SELECT r.name, r.identity FROM named_role n JOIN role r ON r.name = n.role WHERE n.list = 'application'),
app_schema AS (
  SELECT database, schema FROM named_schema WHERE list = 'application'
  EXCEPT SELECT database, schema FROM named_schema WHERE list = 'read_only'),
-- through whom each role holds what it holds, PUBLIC among them
holder AS MATERIALIZED (
  SELECT name, name AS grantee FROM app
  UNION SELECT name, '' FROM app
  UNION SELECT a.name, m.target FROM app a JOIN role_reach m ON m.role = a.name AND m.way IN ('inherit', 'set')),
-- what needs no ACL: superusers, and the predefined roles that read or write everything
everywhere AS (
  SELECT a.name, p.privilege
  FROM app a JOIN (SELECT 'SELECT' AS privilege UNION ALL SELECT 'INSERT' UNION ALL SELECT 'UPDATE' UNION ALL SELECT 'DELETE' UNION ALL SELECT 'USAGE') p
  WHERE EXISTS (SELECT 1 FROM role s WHERE s.name = a.name AND s.superuser = 1)
     OR EXISTS (SELECT 1 FROM holder h WHERE h.name = a.name AND h.grantee = CASE p.privilege WHEN 'SELECT' THEN 'pg_read_all_data' WHEN 'USAGE' THEN 'pg_read_all_data' ELSE 'pg_write_all_data' END)),
needed AS MATERIALIZED (
  SELECT a.name, a.identity, p.privilege, p.kind
  FROM app a JOIN (SELECT 'SELECT' AS privilege, 'relation' AS kind UNION ALL SELECT 'INSERT', 'relation' UNION ALL SELECT 'UPDATE', 'relation'
                   UNION ALL SELECT 'DELETE', 'relation' UNION ALL SELECT 'USAGE', 'schema') p
  WHERE NOT EXISTS (SELECT 1 FROM everywhere e WHERE e.name = a.name AND e.privilege = p.privilege)),
tables AS MATERIALIZED (
  SELECT r.database, r.identity, r.acl
  FROM app_schema n JOIN relation r ON r.database = n.database AND r.schema = n.schema
  WHERE r.kind IN ('table', 'partitioned table') AND r.extension IS NULL
    AND r.is_partition = 0 AND r.parent IS NULL  -- these are reached through their parent
    AND NOT (r.identity IN (SELECT value FROM policy WHERE key = 'privacy.audit_table')
             OR r.database || '.' || r.identity IN (SELECT value FROM policy WHERE key = 'privacy.audit_table')
             OR r.name = 'audit_log' AND NOT EXISTS (SELECT 1 FROM policy WHERE key = 'privacy.audit_table'))),
places AS (
  SELECT database, identity, acl, 'relation' AS kind FROM tables
  UNION ALL
  SELECT s.database, s.identity, s.acl, 'schema' FROM app_schema n JOIN schema s ON s.database = n.database AND s.name = n.schema),
-- most roles hold all four themselves, which one step through an index shows; the others are looked at privilege by privilege
doubtful AS MATERIALIZED (
  SELECT p.acl, p.kind, a.name
  FROM app a CROSS JOIN (SELECT DISTINCT acl, kind FROM places) p
  WHERE p.kind = 'schema'
     OR (SELECT max(e.privilege = 'SELECT') + max(e.privilege = 'INSERT') + max(e.privilege = 'UPDATE') + max(e.privilege = 'DELETE')
         FROM acl_entry e WHERE e.acl = p.acl AND e.grantee = a.name) IS NOT 4),
lacking AS MATERIALIZED (
  SELECT acl, kind, group_concat(words, '; ' ORDER BY words) AS words
  FROM (SELECT p.acl, p.kind, d.identity || ': no ' || group_concat(d.privilege, ', ' ORDER BY d.privilege) AS words
        FROM doubtful p JOIN needed d ON d.name = p.name AND d.kind = p.kind
        WHERE NOT EXISTS (SELECT 1 FROM holder h JOIN acl_entry e ON e.acl = p.acl AND e.grantee = h.grantee AND e.privilege = d.privilege
                          WHERE h.name = d.name)
        GROUP BY p.acl, p.kind, d.name)
  GROUP BY acl, kind)
SELECT p.identity AS subject, p.kind AS kind, p.database AS database, l.words IS NULL AS ok,
       coalesce(l.words, 'all application roles have it') AS observed,
       CASE p.kind WHEN 'schema' THEN 'USAGE' ELSE 'SELECT, INSERT, UPDATE, DELETE' END
         || CASE WHEN p.kind = 'relation' AND NOT EXISTS (SELECT 1 FROM policy WHERE key = 'privacy.audit_table')
                 THEN ' (a table named audit_log is taken for the audit table)' ELSE '' END AS expected
FROM places p LEFT JOIN lacking l ON l.acl = p.acl AND l.kind = p.kind
WHERE EXISTS (SELECT 1 FROM app)
