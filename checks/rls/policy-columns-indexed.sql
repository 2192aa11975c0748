/*
title       = "An index begins with a column that the policy tests"
severity    = "info"
measure     = "rls.tenant_isolation"
needs       = ["rls_policy", "table_index", "relation"]
rationale   = """
A policy is a condition of every query. Without an index that begins with one of its columns each query reads the rows of all tenants to find those of one.
The pressure that slow queries bring is what switches row-level security off."""
remediation = "CREATE INDEX CONCURRENTLY ON the table (tenant_id, …), or put the tenant first in the primary key."
guide       = "Row-Level Security"
references  = ["https://www.postgresql.org/docs/16/indexes-multicolumn.html", "https://www.postgresql.org/docs/16/ddl-rowsecurity.html", "STIG V-233530"]
when_empty  = "no policy tests a column"
*/
WITH leading AS MATERIALIZED (
  SELECT database, relation_identity, json_extract(columns, '$[0]') AS name, sum(columns IS NULL) AS unread
  FROM table_index WHERE is_valid = 1 AND partial = 0 GROUP BY 1, 2, 3)
SELECT p.identity AS subject, 'policy' AS kind, p.database AS database,
       CASE WHEN p.using_columns IS NULL THEN NULL
            WHEN EXISTS (SELECT 1 FROM json_each(p.using_columns) c JOIN leading l ON l.database = p.database AND l.relation_identity = p.relation_identity AND l.name = c.value) THEN 1
            WHEN EXISTS (SELECT 1 FROM json_each(p.using_columns) c WHERE c.value = '*') THEN NULL
            WHEN EXISTS (SELECT 1 FROM leading l WHERE l.database = p.database AND l.relation_identity = p.relation_identity AND l.unread > 0) THEN NULL
            ELSE 0 END AS ok,
       coalesce('tests ' || (SELECT group_concat(c.value, ', ' ORDER BY c.value) FROM json_each(p.using_columns) c)
         || '; indexes begin with ' || coalesce((SELECT group_concat(l.name, ', ' ORDER BY l.name) FROM leading l WHERE l.database = p.database AND l.relation_identity = p.relation_identity), 'nothing of it'),
         'its expression was not read') AS observed,
       'an index that begins with one of them' AS expected
FROM rls_policy p JOIN relation r ON r.database = p.database AND r.schema = p.schema AND r.name = p.relation
WHERE r.row_security = 1 AND r.extension IS NULL AND p.has_using = 1 AND p.command <> 'INSERT' AND coalesce(p.using_columns, '?') <> '[]'
