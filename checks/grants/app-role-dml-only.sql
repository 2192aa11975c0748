/*
title       = "Application roles hold only SELECT, INSERT, UPDATE, DELETE on the application's tables"
severity    = "high"
measure     = "roles.app_least_privilege"
needs       = ["role", "membership", "role_reach", "privilege", "relation", "table_column", "policy:roles.application", "policy:schemas.application"]
rationale   = """
TRUNCATE empties a table past row-level security and row triggers, the audit triggers among them; REFERENCES and TRIGGER attach to tables what runs or looks at other people's rows; MAINTAIN locks them.
An application needs none of these to work, and whoever takes it over gets all of them."""
remediation = "REVOKE TRUNCATE, REFERENCES, TRIGGER ON ALL TABLES IN SCHEMA app FROM appuser (and MAINTAIN from PostgreSQL 17), or the membership through which it holds them. GRANT ALL gives too much: name the four privileges."
guide       = "Application user permissions"
references  = ["https://www.postgresql.org/docs/16/ddl-priv.html", "NIST SP 800-53 AC-3", "STIG V-233520"]
*/
WITH RECURSIVE app AS (
  SELECT r.name, r.identity FROM named_role n JOIN role r ON r.name = n.role WHERE n.list = 'application' AND r.superuser = 0),
holder AS (
  SELECT name, identity, name AS grantee, '' AS through FROM app
  UNION ALL
  SELECT a.name, a.identity, m.target, ' through ' || min(m.path)
  FROM app a JOIN role_reach m ON m.role = a.name AND m.way IN ('inherit', 'set') GROUP BY a.name, m.target),
-- which privileges each of them holds on anything at all: a few steps through an index
kinds(grantee, privilege) AS (
  SELECT h.grantee, (SELECT min(e.privilege) FROM acl_entry e WHERE e.grantee = h.grantee) FROM (SELECT DISTINCT grantee FROM holder) h
  UNION ALL
  SELECT k.grantee, (SELECT min(e.privilege) FROM acl_entry e WHERE e.grantee = k.grantee AND e.privilege > k.privilege)
  FROM kinds k WHERE k.privilege IS NOT NULL),
excess AS MATERIALIZED (
  SELECT acl, group_concat(words, '; ' ORDER BY words) AS words
  FROM (SELECT e.acl, h.identity || ': ' || replace(group_concat(DISTINCT e.privilege ORDER BY e.privilege), ',', ', ') || h.through AS words
        FROM holder h JOIN kinds k ON k.grantee = h.grantee
        CROSS JOIN acl_entry e ON e.grantee = k.grantee AND e.privilege = k.privilege
        WHERE k.privilege NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'USAGE')
        GROUP BY e.acl, h.name, h.grantee)
  GROUP BY acl),
columns AS (
  SELECT c.database, c.schema, c.relation, group_concat(c.name || ': ' || x.words, '; ' ORDER BY c.name) AS words
  FROM table_column c JOIN excess x ON x.acl = c.acl
  WHERE c.acl IS NOT NULL GROUP BY c.database, c.schema, c.relation)
SELECT r.identity AS subject, 'relation' AS kind, r.database AS database, x.words IS NULL AND c.words IS NULL AS ok,
       coalesce(x.words || coalesce('; column ' || c.words, ''), 'column ' || c.words, 'nothing beyond it') AS observed,
       CASE r.kind WHEN 'sequence' THEN 'USAGE, SELECT, UPDATE at most' ELSE 'SELECT, INSERT, UPDATE, DELETE at most' END AS expected
FROM named_schema n
JOIN relation r ON r.database = n.database AND r.schema = n.schema
LEFT JOIN excess x ON x.acl = r.acl
LEFT JOIN columns c ON c.database = r.database AND c.schema = r.schema AND c.relation = r.name
WHERE n.list = 'application' AND r.extension IS NULL AND EXISTS (SELECT 1 FROM app)
UNION ALL
-- what a predefined role gives stands in no ACL
SELECT h.identity, 'role', NULL, 0, 'MAINTAIN on every table' || h.through, 'SELECT, INSERT, UPDATE, DELETE at most'
FROM holder h WHERE h.grantee = 'pg_maintain'
