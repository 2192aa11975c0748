/*
title       = "Every policy of an application role on a tenant table tests the tenant"
severity    = "high"
measure     = "rls.tenant_isolation"
needs       = ["rls_policy", "relation", "table_column", "role", "membership", "role_reach", "policy:roles.application"]
params      = ["rls.tenant_column"]
rationale   = """
A policy that tests another column, such as the user or a flag, keeps tenants apart only as long as that column happens to.
Since permissive policies are ORed, one of them that forgets the tenant is enough."""
remediation = "Add the tenant to the policy's expression: ALTER POLICY … USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid AND …); or put it into one RESTRICTIVE policy for all of them."
guide       = "user_isolation_policy"
references  = ["https://www.postgresql.org/docs/16/sql-createpolicy.html", "NIST SP 800-53 AC-3", "STIG V-233530"]
when_empty  = "no policy of an application role on a table with the tenant column tests anything of the row"
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
side AS (
  SELECT a.*, 'USING' AS side, a.using_columns AS columns FROM applies a WHERE a.has_using = 1
  UNION ALL
  SELECT a.*, 'WITH CHECK', a.check_columns FROM applies a WHERE a.has_check = 1),
judged AS (
  SELECT s.database, s.identity, s.role, s.side, s.columns, s.tenant,
         CASE WHEN s.columns IS NULL THEN NULL
              WHEN EXISTS (SELECT 1 FROM json_each(s.columns) c WHERE c.value = s.tenant) THEN 1
              WHEN EXISTS (SELECT 1 FROM applies n JOIN json_each(n.using_columns) c ON c.value = n.tenant
                           WHERE n.database = s.database AND n.relation_identity = s.relation_identity AND n.role = s.role AND n.permissive = 0
                             AND n.command IN ('ALL', s.command) AND n.using_always = 0 AND (s.side = 'USING' OR n.has_check = 0 OR n.check_columns = n.using_columns)) THEN 1
              WHEN EXISTS (SELECT 1 FROM json_each(s.columns) c WHERE c.value = '*') THEN NULL
              ELSE 0 END AS ok
  -- what tests nothing of the row is judged by rls/app-policy-restricts and rls/write-check
  FROM side s WHERE s.permissive = 1 AND coalesce(s.columns, '?') <> '[]')
SELECT identity AS subject, 'policy' AS kind, database, CASE WHEN min(ok) = 0 THEN 0 WHEN count(ok) < count(*) THEN NULL ELSE 1 END AS ok,
       group_concat(DISTINCT side || ' tests ' || coalesce((SELECT group_concat(value, ', ') FROM json_each(columns)), 'what was not read')) AS observed,
       min(tenant) AS expected
FROM judged GROUP BY database, identity
