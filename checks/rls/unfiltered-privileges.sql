/*
title       = "Application roles hold no privilege on protected tables that policies do not filter"
severity    = "high"
measure     = "roles.app_least_privilege"
needs       = ["relation", "privilege", "table_column", "role", "membership", "role_reach", "policy:roles.application"]
rationale   = "Row-level security filters SELECT, INSERT, UPDATE and DELETE, and nothing else. TRUNCATE empties the table for every tenant; a foreign key of one's own tells which values exist; a trigger of one's own sees every row that anybody writes; MAINTAIN locks the table for all."
remediation = "REVOKE TRUNCATE, REFERENCES, TRIGGER ON the table FROM the application's role (and MAINTAIN from PostgreSQL 17), or the membership through which it holds them."
references  = ["https://www.postgresql.org/docs/16/ddl-priv.html", "https://www.postgresql.org/docs/16/ddl-rowsecurity.html", "NIST SP 800-53 AC-6", "STIG V-233530"]
when_empty  = "no table has row-level security on"
*/
WITH app AS MATERIALIZED (
  SELECT r.name, r.identity FROM named_role n JOIN role r ON r.name = n.role WHERE n.list = 'application' AND r.superuser = 0 AND r.bypassrls = 0),
acts_as AS MATERIALIZED (
  SELECT name, name AS grantee FROM app
  UNION SELECT name, '' FROM app
  UNION SELECT a.name, m.target FROM app a JOIN role_reach m ON m.role = a.name AND m.way IN ('inherit', 'set')),
holding AS MATERIALIZED (
  SELECT acl, group_concat(words, '; ' ORDER BY words) AS words
  FROM (SELECT e.acl, a.identity || ': ' || replace(group_concat(DISTINCT e.privilege ORDER BY e.privilege), ',', ', ')
               || CASE e.grantee WHEN a.name THEN '' WHEN '' THEN ' (PUBLIC)' ELSE ' (' || e.grantee || ')' END AS words
        FROM acts_as s JOIN app a ON a.name = s.name CROSS JOIN acl_entry e ON e.grantee = s.grantee
        WHERE e.privilege IN ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN')
        GROUP BY e.acl, a.name, e.grantee)
  GROUP BY acl),
columns AS MATERIALIZED (
  SELECT c.database, c.schema, c.relation, group_concat('column ' || c.name || ' ' || h.words, '; ' ORDER BY c.name) AS words
  FROM table_column c JOIN holding h ON h.acl = c.acl WHERE c.acl IS NOT NULL GROUP BY 1, 2, 3),
everything AS (SELECT min(a.identity) AS who FROM acts_as s JOIN app a ON a.name = s.name WHERE s.grantee = 'pg_maintain')
SELECT r.identity AS subject, 'relation' AS kind, r.database AS database, h.words IS NULL AND c.words IS NULL AND v.who IS NULL AS ok,
       coalesce(h.words || coalesce('; ' || c.words, ''), c.words, v.who || ': MAINTAIN (pg_maintain)', 'only what policies filter') AS observed,
       'SELECT, INSERT, UPDATE, DELETE at most' AS expected
FROM relation r
LEFT JOIN holding h ON h.acl = r.acl
LEFT JOIN columns c ON c.database = r.database AND c.schema = r.schema AND c.relation = r.name
CROSS JOIN everything v
WHERE r.row_security = 1 AND r.extension IS NULL AND EXISTS (SELECT 1 FROM app)
