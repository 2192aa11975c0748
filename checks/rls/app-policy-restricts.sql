/*
title       = "No policy lets an application role past the tenant"
severity    = "critical"
measure     = "rls.tenant_isolation"
needs       = ["rls_policy", "relation", "table_column", "role", "membership", "role_reach", "policy:roles.application"]
params      = ["rls.tenant_column"]
rationale   = """
Permissive policies are ORed: one that is true for every row, left from a debugging session or copied from the backup role, undoes all the others, and the table still looks protected.
The expression is judged as the server parsed it, so that a comparison of a column with itself counts as true and a query that names no column of the row counts as none."""
remediation = "DROP POLICY the one that does not look at the row, or ALTER POLICY … USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid). A policy for backups names the backup role and no other."
guide       = "Row-Level Security"
references  = ["https://www.postgresql.org/docs/16/sql-createpolicy.html", "NIST SP 800-53 AC-3", "STIG V-233530"]
when_empty  = "no policy on a table with the tenant column lets an application role read, change or delete"
*/
WITH app AS MATERIALIZED (
  SELECT r.name, r.identity FROM named_role n JOIN role r ON r.name = n.role WHERE n.list = 'application' AND r.superuser = 0 AND r.bypassrls = 0),
acts_as AS MATERIALIZED (
  SELECT name, name AS grantee FROM app
  UNION SELECT name, '' FROM app
  UNION SELECT a.name, m.target FROM app a JOIN role_reach m ON m.role = a.name AND m.way IN ('inherit', 'set')),
tenant AS MATERIALIZED (
  SELECT c.database, c.schema, c.relation, c.name AS tenant
  FROM policy p JOIN table_column c ON c.name = p.value
  JOIN relation r ON r.database = c.database AND r.schema = c.schema AND r.name = c.relation
  WHERE p.key = 'rls.tenant_column' AND r.extension IS NULL),
applies AS MATERIALIZED (
  SELECT p.database, p.relation_identity, p.identity, p.permissive, p.command, t.tenant, a.name AS role,
         p.has_using, p.has_check, p.using_always, p.using_columns, p.using_rests_on, p.check_always, p.check_columns, p.check_rests_on
  FROM rls_policy p
  JOIN tenant t ON t.database = p.database AND t.schema = p.schema AND t.relation = p.relation
  JOIN app a ON EXISTS (SELECT 1 FROM json_each(p.roles) j JOIN acts_as s ON s.grantee = j.value WHERE s.name = a.name)),
judged AS (
  SELECT a.database, a.identity, a.role,
         -- a restrictive policy for the same role and command that tests the tenant narrows what this one allows
         (SELECT min(n.identity) FROM applies n
          WHERE n.database = a.database AND n.relation_identity = a.relation_identity AND n.role = a.role AND n.permissive = 0 AND n.has_using = 1
            AND n.command IN ('ALL', a.command) AND n.using_always = 0 AND EXISTS (SELECT 1 FROM json_each(n.using_columns) c WHERE c.value = n.tenant)) AS narrowed,
         CASE WHEN a.using_always = 1 THEN 0 WHEN a.using_always IS NULL OR a.using_columns IS NULL THEN NULL WHEN a.using_columns <> '[]' THEN 1 WHEN a.using_rests_on = '[]' THEN 0 END AS ok,
         CASE WHEN a.using_always = 1 THEN 'true for every row'
              WHEN a.using_always IS NULL OR a.using_columns IS NULL THEN 'its expression was not read'
              WHEN a.using_columns <> '[]' THEN 'tests ' || (SELECT group_concat(value, ', ') FROM json_each(a.using_columns))
              WHEN a.using_rests_on = '[]' THEN 'tests settings and constants, and nothing of the row'
              WHEN a.using_rests_on IS NULL THEN 'its expression was not read'
              ELSE 'names no column of the row and rests on a ' || (SELECT group_concat(value, ', a ') FROM json_each(a.using_rests_on)) || ': to be reviewed' END AS words
  FROM applies a WHERE a.permissive = 1 AND a.has_using = 1 AND a.command <> 'INSERT')
SELECT j.identity AS subject, 'policy' AS kind, j.database AS database,
       CASE WHEN max(j.ok = 0 AND j.narrowed IS NULL) = 1 THEN 0 WHEN count(j.ok) + count(CASE WHEN j.ok IS NULL THEN j.narrowed END) < count(*) THEN NULL ELSE 1 END AS ok,
       min(j.words) || coalesce('; narrowed by ' || min(j.narrowed), '') || ' (for ' || group_concat(r.identity, ', ' ORDER BY r.identity) || ')' AS observed,
       'a test of the row' AS expected
FROM judged j JOIN role r ON r.name = j.role
GROUP BY j.database, j.identity
