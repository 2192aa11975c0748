/*
title       = "What an application role writes has to be a row of its own tenant"
severity    = "high"
measure     = "rls.tenant_isolation"
needs       = ["rls_policy", "relation", "table_column", "role", "membership", "role_reach", "policy:roles.application"]
params      = ["rls.tenant_column"]
rationale   = """
USING decides which rows are seen, WITH CHECK which may be written. With WITH CHECK (true) beside a careful USING a session puts rows into another tenant, and an UPDATE without WHERE moves its own rows there.
Where WITH CHECK is left out of a policy FOR ALL or FOR UPDATE, USING stands in for it, which is right."""
remediation = "ALTER POLICY … WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid), the same test as in USING."
guide       = "Row-Level Security"
references  = ["https://www.postgresql.org/docs/16/sql-createpolicy.html", "NIST SP 800-53 AC-3", "STIG V-233530"]
when_empty  = "no policy on a table with the tenant column lets an application role write"
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
effective AS (
  SELECT a.database, a.relation_identity, a.identity, a.permissive, a.command, a.tenant, a.role, a.has_check, a.has_using,
         CASE WHEN a.has_check = 1 THEN a.check_always ELSE a.using_always END AS always,
         CASE WHEN a.has_check = 1 THEN a.check_columns ELSE a.using_columns END AS columns,
         CASE WHEN a.has_check = 1 THEN a.check_rests_on ELSE a.using_rests_on END AS rests_on
  FROM applies a WHERE a.command IN ('ALL', 'INSERT', 'UPDATE')),
judged AS (
  SELECT e.*,
         (SELECT min(n.identity) FROM effective n
          WHERE n.database = e.database AND n.relation_identity = e.relation_identity AND n.role = e.role AND n.permissive = 0
            AND n.command IN ('ALL', e.command) AND n.always = 0 AND EXISTS (SELECT 1 FROM json_each(n.columns) c WHERE c.value = n.tenant)) AS narrowed,
         CASE WHEN e.has_check = 0 AND e.has_using = 0 THEN 1 WHEN e.always = 1 THEN 0
              WHEN e.always IS NULL OR e.columns IS NULL THEN NULL WHEN e.columns <> '[]' THEN 1 WHEN e.rests_on = '[]' THEN 0 END AS ok
  FROM effective e WHERE e.permissive = 1)
SELECT identity AS subject, 'policy' AS kind, database,
       CASE WHEN max(ok = 0 AND narrowed IS NULL) = 1 THEN 0 WHEN count(ok) + count(CASE WHEN ok IS NULL THEN narrowed END) < count(*) THEN NULL ELSE 1 END AS ok,
       CASE max(has_check) WHEN 1 THEN 'WITH CHECK ' ELSE CASE max(has_using) WHEN 1 THEN 'USING in its stead ' ELSE '' END END
         || CASE WHEN max(has_check + has_using) = 0 THEN 'no expression: nothing can be written'
                 WHEN max(always) = 1 THEN 'is true for every row'
                 WHEN min(columns) <> '[]' THEN 'tests ' || (SELECT group_concat(value, ', ') FROM json_each(min(columns)))
                 WHEN min(rests_on) = '[]' THEN 'tests settings and constants, and nothing of the row'
                 WHEN min(columns) IS NULL OR min(rests_on) IS NULL THEN 'was not read'
                 ELSE 'names no column of the row: to be reviewed' END
         || coalesce('; narrowed by ' || min(narrowed), '') AS observed,
       'a test of the new row' AS expected
FROM judged GROUP BY database, identity
