/*
title       = "pgaudit records changes of structure, of rights and of data"
severity    = "high"
measure     = "log.pgaudit"
needs       = ["setting:pgaudit.log", "setting_override"]
rationale   = """
pgaudit writes only the classes of statements that it is told to. Without ddl and role nobody can show who changed structure or rights; without write nobody can show who changed personal data.
An override for one role silences exactly that role."""
remediation = """
Set pgaudit.log = 'ddl, role, write' (read for tables with health data) in postgresql.conf and reload; ALTER ROLE … RESET pgaudit.log and ALTER DATABASE … RESET pgaudit.log for overrides that narrow it."""
guide       = "Audit logging of all PHI access"
references  = ["https://github.com/pgaudit/pgaudit#pgauditlog", "NIST SP 800-53 AU-12"]
when_empty  = "pgaudit is not loaded"
*/
WITH RECURSIVE source AS (
  SELECT name AS subject, 'setting' AS kind, value FROM setting WHERE name = 'pgaudit.log'
  UNION ALL
  SELECT name || ' of ' || coalesce('role ' || coalesce(role_identity, role), 'every role') || coalesce(' in database ' || coalesce(database_identity, database), '') AS subject,
         'setting_override' AS kind, value FROM setting_override WHERE name = 'pgaudit.log'),
part(subject, position, item, rest) AS (
  SELECT subject, 0, NULL, value || ',' FROM source WHERE value IS NOT NULL
  UNION ALL
  SELECT subject, position + 1, trim(substr(rest, 1, instr(rest, ',') - 1)), substr(rest, instr(rest, ',') + 1) FROM part WHERE rest <> ''),
-- a class is logged where the last word about it, or about all, is not taken away
said AS (SELECT subject, position, ltrim(lower(replace(item, '"', '')), '-') AS class, item NOT LIKE '-%' AND item NOT LIKE '"-%' AS added FROM part WHERE item IS NOT NULL),
judged AS (
  SELECT s.subject, s.kind, s.value, coalesce((SELECT p.added FROM said p WHERE p.subject = s.subject AND p.class IN ('ddl', 'all') ORDER BY p.position DESC LIMIT 1), 0) AS ddl,
         coalesce((SELECT p.added FROM said p WHERE p.subject = s.subject AND p.class IN ('role', 'all') ORDER BY p.position DESC LIMIT 1), 0) AS role,
         coalesce((SELECT p.added FROM said p WHERE p.subject = s.subject AND p.class IN ('write', 'all') ORDER BY p.position DESC LIMIT 1), 0) AS write
  FROM source s)
SELECT subject AS subject, kind AS kind, CASE WHEN value IS NULL THEN NULL ELSE ddl AND role AND write END AS ok,
       CASE WHEN value IS NULL THEN 'not seen' WHEN value = '' THEN '(empty)' ELSE value END AS observed, 'ddl, role and write at least' AS expected
FROM judged WHERE EXISTS (SELECT 1 FROM setting WHERE name = 'pgaudit.log')
