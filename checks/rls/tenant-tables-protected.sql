/*
title       = "Every table with a tenant column has row-level security"
severity    = "critical"
measure     = "rls.enabled_forced"
needs       = ["relation", "table_column", "privilege", "role", "membership", "role_reach"]
params      = ["rls.tenant_column"]
rationale   = """
A table that says whose a row is, and that the server does not filter by it, relies on every query of every program to do so.
One forgotten condition shows one customer's records to another; copies such as history and export tables are where it is forgotten."""
remediation = "ALTER TABLE … ENABLE ROW LEVEL SECURITY, with a policy for each role that works with it. Partitions and inheritance children are judged by rls/partitions."
fix         = "ALTER TABLE {subject} ENABLE ROW LEVEL SECURITY;"
guide       = "Row-Level Security"
references  = ["https://www.postgresql.org/docs/16/ddl-rowsecurity.html", "NIST SP 800-53 AC-3", "STIG V-233530"]
when_empty  = "no table has the tenant column"
*/
WITH tenant AS MATERIALIZED (
  SELECT r.database, r.schema, r.name, r.identity, r.acl, r.row_security, c.name AS column_name
  FROM policy p
  CROSS JOIN relation r
  CROSS JOIN table_column c ON c.database = r.database AND c.schema = r.schema AND c.relation = r.name AND c.name = p.value
  WHERE p.key = 'rls.tenant_column' AND r.kind IN ('table', 'partitioned table') AND r.extension IS NULL
    AND r.is_partition = 0 AND r.parent IS NULL),
-- who reads or writes everything without an ACL that shows it
everywhere AS MATERIALIZED (
  SELECT min(r.identity || ' through ' || m.target) AS who
  FROM role_reach m JOIN role r ON r.name = m.role
  WHERE m.target IN ('pg_read_all_data', 'pg_write_all_data') AND m.way IN ('inherit', 'set') AND r.superuser = 0),
reached AS (
  SELECT t.*,
         CASE WHEN t.row_security = 0 THEN coalesce(
           (SELECT CASE e.grantee WHEN '' THEN 'PUBLIC' ELSE e.grantee END FROM acl_entry e
            WHERE e.acl = t.acl AND e.owner = 0 AND e.privilege IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
              AND e.grantee NOT IN (SELECT name FROM role WHERE superuser = 1) LIMIT 1),
           (SELECT CASE e.grantee WHEN '' THEN 'PUBLIC' ELSE e.grantee END || ' (column ' || c.name || ')'
            FROM table_column c CROSS JOIN acl_entry e ON e.acl = c.acl
            WHERE c.database = t.database AND c.schema = t.schema AND c.relation = t.name
              AND e.owner = 0 AND e.privilege IN ('SELECT', 'INSERT', 'UPDATE')
              AND e.grantee NOT IN (SELECT name FROM role WHERE superuser = 1) LIMIT 1),
           (SELECT who FROM everywhere)) END AS who
  FROM tenant t)
SELECT identity AS subject, 'relation' AS kind, database, row_security = 1 OR who IS NULL AS ok,
       CASE WHEN row_security = 1 THEN 'RLS on'
            WHEN who IS NULL THEN 'RLS off; nobody but its owner reaches it'
            ELSE 'RLS off, column ' || column_name || '; open to ' || who END AS observed,
       'RLS on' AS expected
FROM reached
