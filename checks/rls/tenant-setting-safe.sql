/*
title       = "Policies let no row through where their setting is unset or empty"
severity    = "high"
measure     = "rls.tenant_isolation"
needs       = ["rls_policy", "relation"]
rationale   = """
A session that has not named its tenant yet must see nothing. "IS NULL OR", or a coalesce to the column itself, shows it every tenant instead: the fresh connection of a pool, a job, a person with psql.
After RESET the setting is an empty string and not NULL, so that a text column is compared with '' unless nullif takes it away. Each expression is worked out here for both states, on the server's own parse."""
remediation = "Write tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid and nothing beside it that is true without a tenant. What has to see all tenants gets a policy of its own, for its own role."
guide       = "current_setting('app.tenant_id')"
references  = ["https://www.postgresql.org/docs/16/sql-createpolicy.html", "https://www.postgresql.org/docs/16/functions-admin.html#FUNCTIONS-ADMIN-SET", "NIST SP 800-53 AC-3", "STIG V-233530"]
when_empty  = "no policy reads a setting"
*/
WITH side AS (
  SELECT database, schema, relation, identity, 'USING' AS side, using_settings AS settings, using_open AS open FROM rls_policy WHERE has_using = 1
  UNION ALL
  SELECT database, schema, relation, identity, 'WITH CHECK', check_settings, check_open FROM rls_policy WHERE has_check = 1),
judged AS (
  SELECT s.*, CASE WHEN s.open <> '[]' THEN 0 WHEN s.open = '[]' AND s.settings IS NOT NULL THEN 1 END AS ok
  FROM side s JOIN relation r ON r.database = s.database AND r.schema = s.schema AND r.name = s.relation
  WHERE r.extension IS NULL AND coalesce(s.settings, '?') <> '[]')
SELECT identity AS subject, 'policy' AS kind, database, CASE WHEN min(ok) = 0 THEN 0 WHEN count(ok) < count(*) THEN NULL ELSE 1 END AS ok,
       coalesce(group_concat(CASE WHEN ok = 0 THEN side || ' is open where the setting is '
                  || (SELECT group_concat(CASE o.value WHEN 'unset' THEN 'unset' ELSE 'empty (after RESET)' END, ' or ') FROM json_each(open) o) END, '; ' ORDER BY side),
                CASE WHEN count(ok) < count(*) THEN 'its expression was not read' ELSE 'closed where the setting is unset or empty' END) AS observed,
       'closed' AS expected
FROM judged GROUP BY database, identity
