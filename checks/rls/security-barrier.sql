/*
title       = "Views that keep tenants apart by themselves have security_barrier"
severity    = "medium"
measure     = "views.bypass"
needs       = ["view_dependency", "relation", "table_column", "privilege", "role"]
params      = ["rls.tenant_column"]
rationale   = """
A view that filters by the tenant over a table without policies hides the other rows from its result, but not from the query: a condition of the caller's with a cheap function in it may be worked out first, on rows of every tenant, and tell them.
security_barrier makes the view's own condition come first."""
remediation = "ALTER VIEW … SET (security_barrier = true); better, row-level security on the table itself."
fix         = "ALTER VIEW {subject} SET (security_barrier = true);"
references  = ["https://www.postgresql.org/docs/16/rules-privileges.html", "NIST SP 800-53 AC-3", "STIG V-233530"]
when_empty  = "no view that others read filters by the session over a table without policies"
*/
WITH tenant AS MATERIALIZED (
  SELECT c.database, c.relation_identity AS identity FROM policy p JOIN table_column c ON c.name = p.value WHERE p.key = 'rls.tenant_column'),
shared AS MATERIALIZED (
  SELECT acl, min(CASE grantee WHEN '' THEN 'PUBLIC' ELSE grantee END) AS who FROM acl_entry
  WHERE owner = 0 AND privilege = 'SELECT' AND grantee NOT IN (SELECT name FROM role WHERE superuser = 1 OR bypassrls = 1) GROUP BY acl),
asks AS (
  SELECT d.database, d.view_identity, max(d.security_barrier) AS barrier,
         min(CASE WHEN r.row_security = 0 THEN r.identity END) AS bare,
         min(CASE WHEN r.row_security = 0 AND t.identity IS NOT NULL THEN r.identity END) AS bare_tenant,
         max(r.row_security) AS guarded
  FROM view_dependency d
  JOIN relation r ON r.database = d.database AND r.identity = d.reads_identity AND r.kind IN ('table', 'partitioned table', 'foreign table', 'materialized view')
  LEFT JOIN tenant t ON t.database = d.database AND t.identity = r.identity
  WHERE d.view_kind = 'view' AND d.asks_session = 1
  GROUP BY d.database, d.view_identity)
SELECT v.identity AS subject, 'relation' AS kind, v.database AS database, a.barrier = 1 AS ok,
       CASE a.barrier WHEN 1 THEN 'security_barrier' ELSE 'no security_barrier' END || '; filters ' || coalesce(a.bare_tenant, a.bare) || ' by the session; read by '
         || coalesce(s.who, c.who) AS observed,
       'security_barrier' AS expected
FROM asks a JOIN relation v ON v.database = a.database AND v.identity = a.view_identity
LEFT JOIN shared s ON s.acl = v.acl
LEFT JOIN (SELECT t.database, t.relation_identity, min(h.who) AS who FROM table_column t JOIN shared h ON h.acl = t.acl GROUP BY 1, 2) c
  ON c.database = v.database AND c.relation_identity = v.identity
WHERE v.extension IS NULL AND coalesce(s.who, c.who) IS NOT NULL AND (a.bare_tenant IS NOT NULL OR a.bare IS NOT NULL AND a.guarded = 0)
