/*
title       = "Changes of structure and of rights are logged"
severity    = "high"
measure     = "log.statement_ddl"
needs       = ["setting:log_statement", "setting_override"]
rationale   = "CREATE, ALTER, DROP, GRANT and REVOKE are the statements that change who may do what and where data live. Without a record of them nobody can show that a change was approved, or find the one that was not. An override for one role silences exactly the account that makes such changes."
remediation = "Set log_statement = 'ddl' in postgresql.conf and reload (or pgaudit.log with the class ddl, where pgaudit is loaded); take overrides back with ALTER ROLE … RESET log_statement and ALTER DATABASE … RESET log_statement."
guide       = "Query Logging"
references  = ["https://www.postgresql.org/docs/16/runtime-config-logging.html#GUC-LOG-STATEMENT", "https://github.com/pgaudit/pgaudit#pgauditlog", "NIST SP 800-53 AU-12", "NIST SP 800-53 CM-5", "STIG V-233573", "STIG V-233556"]
*/
WITH audit AS (
  -- pgaudit is loaded, and its classes hold ddl on the server and in every override
  SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM setting WHERE name = 'pgaudit.log') OR max(ddl = 0) = 1 THEN 0 WHEN count(ddl) = count(*) THEN 1 END AS covers
  FROM (SELECT (items LIKE '%,ddl,%' OR items LIKE '%,all,%') AND items NOT LIKE '%,-ddl,%' AND items NOT LIKE '%,-all,%' AS ddl
        FROM (SELECT ',' || replace(replace(lower(value), ' ', ''), '"', '') || ',' AS items
              FROM (SELECT name, value FROM setting UNION ALL SELECT name, value FROM setting_override) WHERE name = 'pgaudit.log'))
)
SELECT s.name AS subject, 'setting' AS kind, lower(s.value) IN ('ddl', 'mod', 'all') OR a.covers AS ok,
       CASE WHEN s.hidden = 1 THEN 'hidden from the role' ELSE coalesce(s.value, 'masked by an override on the scanner''s own ' || s.masked_by, 'not seen') END || CASE WHEN a.covers THEN '; pgaudit.log covers ddl' ELSE '' END AS observed,
       'ddl, mod or all, or ddl in pgaudit.log' AS expected, CASE WHEN s.hidden = 1 THEN 'privilege' ELSE 'out_of_reach' END AS unknown_kind
FROM setting s CROSS JOIN audit a WHERE s.name = 'log_statement'
UNION ALL
SELECT o.name || ' of ' || coalesce('role ' || o.role_identity, 'every role') || coalesce(' in database ' || o.database_identity, ''), 'setting_override',
       lower(o.value) IN ('ddl', 'mod', 'all') OR a.covers, coalesce(o.value, 'not seen') || CASE WHEN a.covers THEN '; pgaudit.log covers ddl' ELSE '' END,
       'ddl, mod or all, or ddl in pgaudit.log', 'out_of_reach'
FROM setting_override o CROSS JOIN audit a WHERE o.name = 'log_statement'
