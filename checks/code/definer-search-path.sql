/*
title       = "Functions that run with their owner's rights look names up where nobody else creates"
severity    = "high"
measure     = "functions.secdef_search_path"
needs       = ["function", "privilege", "schema", "role"]
rationale   = """
A SECURITY DEFINER function runs with its owner's rights. Without a search_path of its own it looks names up where its caller says, and finds what the caller put there; where pg_temp is not last in the list, the caller's temporary schema is looked in first.
Either makes the caller act as the owner."""
remediation = """
ALTER FUNCTION … SET search_path = app, pg_temp; with no schema in it that others can create in, and pg_temp last. Functions written as BEGIN ATOMIC had their names looked up when they were made."""
references  = ["https://www.postgresql.org/docs/16/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY", "NIST SP 800-53 AC-6"]
when_empty  = "no scanned database has a SECURITY DEFINER function of its own"
*/
WITH RECURSIVE definer AS (
  SELECT database, identity, body, pins_search_path, search_path, search_path AS value FROM function
  WHERE security_definer = 1 AND coalesce(extension, '') = ''),
part(database, identity, position, item, rest) AS (
  SELECT database, identity, 0, NULL, value || ',' FROM definer WHERE value IS NOT NULL
  UNION ALL
  SELECT database, identity, position + 1, trim(substr(rest, 1, instr(rest, ',') - 1)), substr(rest, instr(rest, ',') + 1) FROM part WHERE rest <> ''),
item AS (SELECT database, identity, position, CASE WHEN item GLOB '"*"' THEN replace(substr(item, 2, length(item) - 2), '""', '"') ELSE lower(item) END AS schema FROM part WHERE item IS NOT NULL),
-- schemas in which somebody creates who is neither their owner nor a superuser
open_schema AS (
  SELECT s.database, s.name, group_concat(DISTINCT CASE e.grantee WHEN '' THEN 'PUBLIC' ELSE e.grantee END ORDER BY e.grantee) AS grantees
  FROM schema s JOIN acl_entry e ON e.acl = s.acl
  WHERE e.privilege = 'CREATE' AND e.owner = 0 AND e.grantee NOT IN (SELECT name FROM role WHERE superuser = 1)
  GROUP BY s.database, s.name),
found AS (
  SELECT i.database, i.identity, group_concat(i.schema || ' (' || o.grantees || ')', ', ' ORDER BY i.position) AS words
  FROM item i JOIN open_schema o ON o.database = i.database AND o.name = i.schema GROUP BY i.database, i.identity),
last AS (SELECT database, identity, schema AS name, max(position) FROM item GROUP BY database, identity),
caller AS (SELECT DISTINCT database, identity FROM item WHERE schema = '$user')
SELECT d.identity AS subject, 'function' AS kind, d.database AS database,
       CASE WHEN d.body = 'parsed' THEN 1 WHEN d.pins_search_path = 0 THEN 0 WHEN d.search_path IS NULL THEN NULL
            ELSE f.words IS NULL AND l.name = 'pg_temp' AND c.identity IS NULL END AS ok,
       CASE WHEN d.body = 'parsed' THEN 'names were looked up when it was made (BEGIN ATOMIC)' WHEN d.pins_search_path = 0 THEN 'no search_path of its own'
            WHEN d.search_path IS NULL THEN 'a search_path that was not seen' ELSE 'search_path = ' || d.search_path END
         || CASE WHEN d.body <> 'parsed' AND f.words IS NOT NULL THEN '; others create in ' || f.words ELSE '' END
         || CASE WHEN d.body <> 'parsed' AND l.name <> 'pg_temp' THEN '; the temporary schema of the caller is not last' ELSE '' END AS observed,
       'SET search_path = schemas in which nobody else creates, then pg_temp' AS expected
FROM definer d
LEFT JOIN found f ON f.database = d.database AND f.identity = d.identity
LEFT JOIN last l ON l.database = d.database AND l.identity = d.identity
LEFT JOIN caller c ON c.database = d.database AND c.identity = d.identity
