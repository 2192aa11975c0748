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
fix         = "ALTER TABLE {subject} ENABLE ROW LEVEL SECURITY; -- in database {database}, after its policies are made"
guide       = "Row-Level Security"
references  = ["https://www.postgresql.org/docs/16/ddl-rowsecurity.html", "NIST SP 800-53 AC-3", "STIG V-233530"]
when_empty  = "no table has the tenant column"
*/
WITH tenant AS (
  SELECT r.database, r.schema, r.name, r.identity, r.owner, r.acl, r.row_security, c.name AS column_name
  FROM policy p
  CROSS JOIN relation r
  CROSS JOIN table_column c ON c.database = r.database AND c.schema = r.schema AND c.relation = r.name AND c.name = p.value
  WHERE p.key = 'rls.tenant_column' AND r.kind IN ('table', 'partitioned table') AND r.extension IS NULL
    AND r.is_partition = 0 AND r.parent IS NULL),
-- who reaches a table without RLS: by its ACL, by a column's, or by a predefined role that no ACL shows
others AS MATERIALIZED (
  SELECT e.acl, count(DISTINCT e.grantee) AS n, min(CASE e.grantee WHEN '' THEN 'PUBLIC' ELSE coalesce(g.identity, e.grantee) END) AS first
  FROM (SELECT DISTINCT acl FROM tenant WHERE row_security = 0
        UNION SELECT c.acl FROM tenant t JOIN table_column c ON c.database = t.database AND c.schema = t.schema AND c.relation = t.name
        WHERE t.row_security = 0 AND c.acl IS NOT NULL) a
  CROSS JOIN acl_entry e ON e.acl = a.acl
  LEFT JOIN role g ON g.name = e.grantee
  WHERE e.owner = 0 AND coalesce(g.superuser, 0) = 0 AND e.privilege IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
  GROUP BY e.acl),
column_others AS (
  SELECT t.database, t.identity, min(o.first) AS first
  FROM tenant t JOIN table_column c ON c.database = t.database AND c.schema = t.schema AND c.relation = t.name
  JOIN others o ON o.acl = c.acl
  WHERE t.row_security = 0 AND c.acl IS NOT NULL GROUP BY t.database, t.identity),
everywhere AS (
  SELECT min(r.identity || ' through ' || m.target) AS first
  FROM role_reach m JOIN role r ON r.name = m.role
  WHERE m.target IN ('pg_read_all_data', 'pg_write_all_data') AND m.way IN ('inherit', 'set') AND r.superuser = 0)
SELECT t.identity AS subject, 'relation' AS kind, t.database AS database,
       t.row_security = 1 OR (o.acl IS NULL AND c.identity IS NULL AND e.first IS NULL) AS ok,
       CASE WHEN t.row_security = 1 THEN 'RLS on'
            WHEN o.acl IS NULL AND c.identity IS NULL AND e.first IS NULL THEN 'RLS off; nobody but its owner reaches it'
            ELSE 'RLS off, column ' || t.column_name || '; open to ' || coalesce(o.first, c.first || ' (columns)', e.first)
              || CASE WHEN o.n > 1 THEN ' and ' || (o.n - 1) || ' more' ELSE '' END END AS observed,
       'RLS on' AS expected
FROM tenant t
LEFT JOIN others o ON o.acl = t.acl
LEFT JOIN column_others c ON c.database = t.database AND c.identity = t.identity
CROSS JOIN everywhere e
