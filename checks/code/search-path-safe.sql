/*
title       = "No search path leads through a schema that others can create in"
severity    = "high"
measure     = "functions.secdef_search_path"
needs       = ["setting:search_path", "setting_override", "schema", "privilege", "database", "role"]
rationale   = """
A name without a schema is looked for along search_path. Whoever can create in one of its schemas can put a function or table of his own there, which then runs, or is read, with the rights of the session that asked.
This is how a role without any right on a table comes to change it (CVE-2018-1058)."""
remediation = """
REVOKE CREATE ON SCHEMA … from the roles named; or take the schema out of search_path: ALTER DATABASE appdb SET search_path = app, or ALTER ROLE … IN DATABASE … SET search_path = app."""
references  = ["https://www.postgresql.org/docs/16/ddl-schemas.html#DDL-SCHEMAS-PATTERNS", "NIST SP 800-53 CM-5"]
*/
WITH RECURSIVE source AS (
  SELECT name AS subject, 'setting' AS kind, value, NULL AS role, NULL AS place FROM setting WHERE name = 'search_path'
  UNION ALL
  SELECT name || ' of ' || coalesce('role ' || coalesce(role_identity, role), 'every role') || coalesce(' in database ' || coalesce(database_identity, database), ''),
         'setting_override', value, role, database FROM setting_override WHERE name = 'search_path'),
part(subject, position, item, rest) AS (
  SELECT subject, 0, NULL, value || ',' FROM source WHERE value IS NOT NULL
  UNION ALL
  SELECT subject, position + 1, trim(substr(rest, 1, instr(rest, ',') - 1)), substr(rest, instr(rest, ',') + 1) FROM part WHERE rest <> ''),
item AS (SELECT subject, CASE WHEN item GLOB '"*"' THEN replace(substr(item, 2, length(item) - 2), '""', '"') ELSE lower(item) END AS schema FROM part WHERE item IS NOT NULL AND item <> ''),
-- schemas in which somebody creates who is neither their owner nor a superuser
open_schema AS (
  SELECT s.database, s.name, group_concat(DISTINCT CASE e.grantee WHEN '' THEN 'PUBLIC' ELSE e.grantee END ORDER BY e.grantee) AS grantees
  FROM schema s JOIN acl_entry e ON e.acl = s.acl
  WHERE e.privilege = 'CREATE' AND e.owner = 0 AND e.grantee NOT IN (SELECT name FROM role WHERE superuser = 1)
  GROUP BY s.database, s.name),
found AS (
  SELECT i.subject, o.database, group_concat(o.name || ' (' || o.grantees || ')', ', ' ORDER BY o.name) AS words
  FROM item i JOIN open_schema o ON o.name = i.schema GROUP BY i.subject, o.database)
SELECT s.subject AS subject, s.kind AS kind, d.name AS database, CASE WHEN s.value IS NULL THEN NULL ELSE f.words IS NULL END AS ok,
       CASE WHEN s.value IS NULL THEN 'not seen' WHEN f.words IS NOT NULL THEN s.value || '; others create in ' || f.words ELSE s.value END AS observed,
       'only schemas in which nobody but their owner creates' AS expected
FROM source s
JOIN database d ON d.entered = 1 AND coalesce(s.place = d.name, 1)
LEFT JOIN found f ON f.subject = s.subject AND f.database = d.name
