/*
title       = "Views do not read protected tables with the rights of an owner whom policies do not bind"
severity    = "critical"
measure     = "views.bypass"
needs       = ["relation", "rls_policy", "view_dependency", "privilege", "table_column", "role", "membership", "role_reach"]
rationale   = """
A view reads its tables with the rights of its owner. Where policies do not bind that owner, because it owns the table, has BYPASSRLS or is a superuser, whoever may read the view reads every tenant.
A view of security_invoker over such a view does not help: the inner one decides. A view owned by the role that makes backups passes on the policy that shows it every row."""
remediation = "ALTER VIEW … SET (security_invoker = true) from PostgreSQL 15; before 15, ALTER VIEW … OWNER TO a role that the policies bind, or FORCE ROW LEVEL SECURITY where it owns the tables; else REVOKE the view from everybody else."
references  = ["https://www.postgresql.org/docs/16/sql-createview.html", "https://www.postgresql.org/docs/16/ddl-rowsecurity.html", "NIST SP 800-53 AC-3", "STIG V-233530"]
when_empty  = "no view reads a table with row-level security"
*/
WITH RECURSIVE guarded AS MATERIALIZED (
  SELECT database, identity, owner, force_row_security FROM relation WHERE row_security = 1 AND extension IS NULL),
everywhere AS MATERIALIZED (
  SELECT name FROM role WHERE superuser = 1 OR bypassrls = 1),
-- whom the policies of a table do not bind
exempt AS MATERIALIZED (
  SELECT DISTINCT o.database, o.owner AS of_owner, o.force_row_security, o.role FROM (
    SELECT g.database, g.owner, g.force_row_security, e.name AS role FROM (SELECT DISTINCT database, owner, force_row_security FROM guarded) g CROSS JOIN everywhere e
    UNION SELECT database, owner, 0, owner FROM guarded WHERE force_row_security = 0
    UNION SELECT g.database, g.owner, 0, m.role FROM (SELECT DISTINCT database, owner FROM guarded WHERE force_row_security = 0) g JOIN role_reach m ON m.target = g.owner AND m.way = 'inherit') o),
-- who else reads a relation: by a grant on it or on one of its columns
shared AS MATERIALIZED (
  SELECT acl, min(CASE grantee WHEN '' THEN 'PUBLIC' ELSE grantee END) AS who FROM acl_entry
  WHERE privilege = 'SELECT' AND owner = 0 AND grantee NOT IN (SELECT name FROM everywhere) GROUP BY acl),
open_to AS MATERIALIZED (
  SELECT r.database, r.identity, coalesce(s.who, (SELECT min(h.who || ' (column ' || c.name || ')') FROM table_column c JOIN shared h ON h.acl = c.acl
            WHERE c.database = r.database AND c.schema = r.schema AND c.relation = r.name)) AS who
  FROM relation r LEFT JOIN shared s ON s.acl = r.acl WHERE r.kind IN ('view', 'materialized view') AND r.extension IS NULL),
-- views over a protected table, however many lie between: what is judged
over(database, view) AS (
  SELECT d.database, d.view_identity FROM guarded g JOIN view_dependency d ON d.database = g.database AND d.reads_identity = g.identity AND d.view_kind = 'view'
  UNION
  SELECT d.database, d.view_identity FROM over o JOIN view_dependency d ON d.database = o.database AND d.reads_identity = o.view AND d.view_kind = 'view'),
-- whom a policy lets read every row of a table, as the backup role's does, and no restrictive one narrows it
all_rows AS MATERIALIZED (
  SELECT p.database, p.relation_identity, j.value AS role FROM rls_policy p CROSS JOIN json_each(p.roles) j
  WHERE p.permissive = 1 AND p.command IN ('ALL', 'SELECT') AND p.using_always = 1 AND j.value <> ''
    AND NOT EXISTS (SELECT 1 FROM rls_policy n WHERE n.database = p.database AND n.relation_identity = p.relation_identity AND n.permissive = 0)),
-- a view reads what its own query names as its owner; a view of security_invoker inside it, as whoever asks (measured on 15 and 18)
past AS MATERIALIZED (
  SELECT d.database, d.view_identity AS view, count(*) AS tables, min(g.identity) AS first
  FROM guarded g
  JOIN view_dependency d ON d.database = g.database AND d.reads_identity = g.identity AND d.view_kind = 'view' AND d.security_invoker = 0
  WHERE EXISTS (SELECT 1 FROM exempt e WHERE e.database = g.database AND e.of_owner = g.owner AND e.force_row_security = g.force_row_security AND e.role = d.owner)
     OR EXISTS (SELECT 1 FROM all_rows a WHERE a.database = g.database AND a.relation_identity = g.identity AND a.role = d.owner)
  GROUP BY d.database, d.view_identity),
-- whoever reads a view above reads through it, unless that one reads as whoever asks
above(database, view, top) AS (
  SELECT database, view, view FROM past
  UNION
  SELECT a.database, a.view, d.view_identity FROM above a
  JOIN view_dependency d ON d.database = a.database AND d.reads_identity = a.top AND d.view_kind = 'view' AND d.security_invoker = 0),
reached AS (
  SELECT a.database, a.view, min(w.who || CASE WHEN a.top <> a.view THEN ' through ' || a.top ELSE '' END) AS who
  FROM above a JOIN open_to w ON w.database = a.database AND w.identity = a.top AND w.who IS NOT NULL
  GROUP BY a.database, a.view)
SELECT v.identity AS subject, 'relation' AS kind, v.database AS database, c.who IS NULL AS ok,
       CASE WHEN c.who IS NOT NULL THEN 'reads ' || p.first || CASE WHEN p.tables > 1 THEN ' and ' || (p.tables - 1) || ' more' ELSE '' END
                 || ' as ' || v.owner || ', whom the policies do not bind; open to ' || c.who
            WHEN p.view IS NOT NULL THEN 'as ' || v.owner || ', whom the policies do not bind; nobody else reads it'
            ELSE 'the policies hold' END AS observed,
       'an owner whom the policies bind, or security_invoker' AS expected
FROM over o
JOIN relation v ON v.database = o.database AND v.identity = o.view
LEFT JOIN past p ON p.database = o.database AND p.view = o.view
LEFT JOIN reached c ON c.database = o.database AND c.view = o.view
WHERE v.extension IS NULL
