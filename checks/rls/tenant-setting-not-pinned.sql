/*
title       = "No role or database has a preset for a setting that policies read"
severity    = "high"
measure     = "rls.tenant_isolation"
needs       = ["rls_policy", "setting_override", "relation"]
rationale   = """
With ALTER DATABASE or ALTER ROLE … SET, every session that forgets to name its tenant is that tenant, and reads and writes its rows.
The policy that was written to fail closed is open then, and no error tells."""
remediation = "ALTER DATABASE appdb RESET \"app.tenant_id\"; ALTER ROLE appuser RESET \"app.tenant_id\" (and IN DATABASE …). The application names the tenant itself, in each transaction."
guide       = "current_setting('app.tenant_id')"
references  = ["https://www.postgresql.org/docs/16/sql-alterdatabase.html", "https://www.postgresql.org/docs/16/ddl-rowsecurity.html", "NIST SP 800-53 AC-3", "STIG V-233530"]
when_empty  = "no policy reads a custom setting"
*/
WITH side AS (
  SELECT p.database, p.identity, s.settings
  FROM rls_policy p
  JOIN relation r ON r.database = p.database AND r.schema = p.schema AND r.name = p.relation AND r.extension IS NULL
  CROSS JOIN (SELECT 1) x
  JOIN (SELECT database, identity, using_settings AS settings FROM rls_policy WHERE has_using = 1
        UNION ALL SELECT database, identity, check_settings FROM rls_policy WHERE has_check = 1) s ON s.database = p.database AND s.identity = p.identity),
used AS (
  SELECT lower(json_extract(j.value, '$.name')) AS name, s.database, count(DISTINCT s.identity) AS policies
  FROM side s JOIN json_each(s.settings) j
  WHERE s.settings IS NOT NULL GROUP BY 1, 2)
SELECT u.name AS subject, 'setting' AS kind, u.database AS database, count(o.name) = 0 AS ok,
       CASE WHEN count(o.name) = 0 THEN 'read by ' || max(u.policies) || ' policies, preset nowhere'
            ELSE 'preset for ' || group_concat(DISTINCT coalesce('role ' || o.role_identity, 'every role') || coalesce(' in database ' || o.database_identity, '')) END AS observed,
       'no preset' AS expected
FROM used u
LEFT JOIN setting_override o ON lower(o.name) = u.name AND (o.database IS NULL OR o.database = u.database)
WHERE u.name LIKE '%.%'
GROUP BY u.name, u.database
UNION ALL
SELECT identity, 'policy', database, NULL, 'its expression was not read', 'no preset' FROM side WHERE settings IS NULL GROUP BY database, identity
