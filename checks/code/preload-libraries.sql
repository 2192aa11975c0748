/*
title       = "Only known libraries are loaded into the server"
severity    = "medium"
measure     = "ext.dangerous"
needs       = ["setting:shared_preload_libraries", "setting:session_preload_libraries", "setting:local_preload_libraries", "setting_override"]
params      = ["extensions.libraries"]
rationale   = """
A preloaded library runs inside every session with all that the server can do; it can read passwords as they are set, and rows whoever asks for them.
A library that nobody can account for is to be treated as foreign code in the database."""
remediation = """
Take the library out of shared_preload_libraries (restart), session_preload_libraries or local_preload_libraries, and ALTER ROLE … RESET what is set there. One that belongs there is named in [extensions] libraries."""
references  = ["https://www.postgresql.org/docs/16/runtime-config-client.html#GUC-SHARED-PRELOAD-LIBRARIES", "NIST SP 800-53 CM-7"]
*/
WITH RECURSIVE source AS (
  SELECT name AS subject, 'setting' AS kind, value FROM setting WHERE name = 'shared_preload_libraries'
  UNION ALL
  SELECT name || ' of ' || coalesce('role ' || coalesce(role_identity, role), 'every role') || coalesce(' in database ' || coalesce(database_identity, database), '') AS subject,
         'setting_override' AS kind, value FROM setting_override WHERE name = 'shared_preload_libraries'
  UNION ALL
  SELECT name AS subject, 'setting' AS kind, value FROM setting WHERE name = 'session_preload_libraries'
  UNION ALL
  SELECT name || ' of ' || coalesce('role ' || coalesce(role_identity, role), 'every role') || coalesce(' in database ' || coalesce(database_identity, database), '') AS subject,
         'setting_override' AS kind, value FROM setting_override WHERE name = 'session_preload_libraries'
  UNION ALL
  SELECT name AS subject, 'setting' AS kind, value FROM setting WHERE name = 'local_preload_libraries'
  UNION ALL
  SELECT name || ' of ' || coalesce('role ' || coalesce(role_identity, role), 'every role') || coalesce(' in database ' || coalesce(database_identity, database), '') AS subject,
         'setting_override' AS kind, value FROM setting_override WHERE name = 'local_preload_libraries'),
part(subject, position, item, rest) AS (
  SELECT subject, 0, NULL, value || ',' FROM source WHERE value IS NOT NULL
  UNION ALL
  SELECT subject, position + 1, trim(substr(rest, 1, instr(rest, ',') - 1)), substr(rest, instr(rest, ',') + 1) FROM part WHERE rest <> ''),
library AS (
  SELECT subject, replace(replace(replace(replace(item, '"', ''), '$libdir/', ''), 'plugins/', ''), '.so', '') AS name FROM part WHERE item IS NOT NULL),
-- PostgreSQL's own, and those that only watch or restrict
known(name) AS (VALUES (''), ('auth_delay'), ('auto_explain'), ('basic_archive'), ('basebackup_to_shell'), ('credcheck'), ('passwordcheck'), ('pg_prewarm'), ('pg_stat_statements'),
  ('pg_stat_kcache'), ('pg_wait_sampling'), ('pgaudit'), ('pgauditlogtofile'), ('set_user'), ('sepgsql')),
strange AS (
  SELECT subject, group_concat(name, ', ' ORDER BY name) AS names FROM library
  WHERE name NOT IN (SELECT name FROM known) AND name NOT IN (SELECT value FROM policy WHERE key = 'extensions.libraries')
  GROUP BY subject)
SELECT s.subject AS subject, s.kind AS kind, CASE WHEN s.value IS NULL THEN NULL ELSE x.names IS NULL END AS ok,
       CASE WHEN s.value IS NULL THEN 'not seen' WHEN x.names IS NOT NULL THEN 'not known: ' || x.names WHEN s.value = '' THEN '(empty)' ELSE s.value END AS observed,
       'libraries of the closed list, or named in [extensions] libraries' AS expected,
       'privilege' AS unknown_kind, 'GRANT pg_read_all_settings TO {scanner};' AS unlock
FROM source s LEFT JOIN strange x ON x.subject = s.subject
