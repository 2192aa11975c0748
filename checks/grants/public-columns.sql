/*
title       = "PUBLIC has no privilege on single columns"
severity    = "medium"
measure     = "grants.public"
needs       = ["privilege", "relation", "table_column"]
rationale   = """
A privilege on a column opens the data as one on the table does, but \\dt and most reviews show the table's privileges only.
Given to PUBLIC it is access for every role that nobody will find by looking at the table."""
remediation = "REVOKE SELECT (email) ON app.usertable FROM PUBLIC for each column listed, and grant the columns to roles by name."
guide       = "Lock down public access"
references  = ["https://www.postgresql.org/docs/16/ddl-priv.html", "NIST SP 800-53 AC-3", "STIG V-233520"]
when_empty  = "no scanned database has a table or view of its own"
*/
WITH open AS MATERIALIZED (
  SELECT acl, group_concat(DISTINCT privilege ORDER BY privilege) AS held FROM acl_entry
  WHERE grantee = '' AND privilege IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES') GROUP BY acl),
held AS (
  SELECT c.database, c.schema, c.relation, group_concat(replace(o.held, ',', ', ') || ' on ' || c.name, '; ' ORDER BY c.name) AS words
  FROM table_column c JOIN open o ON o.acl = c.acl
  WHERE c.acl IS NOT NULL
  GROUP BY c.database, c.schema, c.relation)
SELECT r.identity AS subject, 'relation' AS kind, r.database AS database, h.words IS NULL AS ok,
       coalesce(h.words || ' for PUBLIC', 'no column privilege for PUBLIC') AS observed,
       'no column privilege for PUBLIC' AS expected
FROM relation r LEFT JOIN held h ON h.database = r.database AND h.schema = r.schema AND h.relation = r.name
WHERE r.extension IS NULL AND r.kind <> 'sequence'
UNION ALL
-- a privilege of PUBLIC whose object was not seen can be one on a column
SELECT 'an object that was not seen (ACL ' || o.acl || ')', 'column', NULL, NULL, replace(o.held, ',', ', ') || ' for PUBLIC', 'no column privilege for PUBLIC'
FROM open o
WHERE NOT EXISTS (SELECT 1 FROM object_acl a WHERE a.acl = o.acl)
