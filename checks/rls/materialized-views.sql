/*
title       = "No application role reads a materialized view over a protected table"
severity    = "high"
measure     = "views.bypass"
needs       = ["relation", "view_dependency", "privilege", "table_column", "role", "membership", "role_reach", "policy:roles.application"]
rationale   = """
A materialized view is filled with its owner's rights and keeps what the owner saw; it cannot have policies of its own.
Whoever may read it reads the rows of every tenant, as of the last refresh."""
remediation = "REVOKE SELECT on it from the application's roles; or give them a view over it that filters by the tenant and has security_barrier; or make a table with row-level security of it."
references  = ["https://www.postgresql.org/docs/16/rules-materializedviews.html", "https://www.postgresql.org/docs/16/ddl-rowsecurity.html", "NIST SP 800-53 AC-3", "STIG V-233530"]
when_empty  = "no materialized view reads a table with row-level security"
*/
WITH RECURSIVE app AS MATERIALIZED (
  SELECT r.name, r.identity FROM named_role n JOIN role r ON r.name = n.role WHERE n.list = 'application' AND r.superuser = 0 AND r.bypassrls = 0),
acts_as AS MATERIALIZED (
  SELECT name, name AS grantee FROM app
  UNION SELECT name, '' FROM app
  UNION SELECT a.name, m.target FROM app a JOIN role_reach m ON m.role = a.name AND m.way IN ('inherit', 'set')),
guarded AS MATERIALIZED (
  SELECT database, identity FROM relation WHERE row_security = 1 AND extension IS NULL),
reads(database, view, at) AS (
  SELECT database, view_identity, reads_identity FROM view_dependency WHERE view_kind = 'materialized view'
  UNION
  SELECT r.database, r.view, d.reads_identity FROM reads r JOIN view_dependency d ON d.database = r.database AND d.view_identity = r.at),
over AS MATERIALIZED (
  SELECT r.database, r.view, min(g.identity) AS first FROM reads r JOIN guarded g ON g.database = r.database AND g.identity = r.at GROUP BY 1, 2),
shared AS MATERIALIZED (
  SELECT e.acl, min(a.identity || CASE e.grantee WHEN a.name THEN '' WHEN '' THEN ' (PUBLIC)' ELSE ' (' || e.grantee || ')' END) AS who
  FROM acl_entry e JOIN acts_as s ON s.grantee = e.grantee JOIN app a ON a.name = s.name WHERE e.privilege = 'SELECT' AND e.owner = 0 GROUP BY e.acl),
-- a view that does not ask who is asking passes all of it on
above(database, view, top) AS (
  SELECT database, view, view FROM over
  UNION
  SELECT a.database, a.view, d.view_identity FROM above a
  JOIN view_dependency d ON d.database = a.database AND d.reads_identity = a.top AND d.view_kind = 'view' AND d.security_invoker = 0 AND d.asks_session = 0),
reached AS (
  SELECT a.database, a.view, min(coalesce(s.who, c.who) || CASE WHEN a.top <> a.view THEN ' through ' || a.top ELSE '' END) AS who
  FROM above a JOIN relation r ON r.database = a.database AND r.identity = a.top
  LEFT JOIN shared s ON s.acl = r.acl
  LEFT JOIN (SELECT t.database, t.relation_identity, min(h.who) AS who FROM table_column t JOIN shared h ON h.acl = t.acl GROUP BY 1, 2) c
    ON c.database = a.database AND c.relation_identity = a.top
  WHERE coalesce(s.who, c.who) IS NOT NULL GROUP BY a.database, a.view)
SELECT m.identity AS subject, 'relation' AS kind, m.database AS database, c.who IS NULL AS ok,
       'filled from ' || o.first || coalesce('; read by ' || c.who, '; no application role reads it') AS observed,
       'not readable by application roles' AS expected
FROM over o JOIN relation m ON m.database = o.database AND m.identity = o.view
LEFT JOIN reached c ON c.database = o.database AND c.view = o.view
WHERE m.extension IS NULL AND EXISTS (SELECT 1 FROM app)
