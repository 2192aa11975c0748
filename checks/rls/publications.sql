/*
title       = "Publications take protected tables along by a row filter, or by name"
severity    = "medium"
measure     = "rls.tenant_isolation"
needs       = ["publication", "relation"]
params      = ["rls.publications"]
rationale   = """
Logical replication does not ask policies: whoever may subscribe gets every tenant's rows, and what happens to them afterwards is another server's affair.
FOR ALL TABLES takes tables along that did not exist when it was made."""
remediation = "CREATE PUBLICATION … FOR TABLE … WHERE (…) from PostgreSQL 15; name in [rls] publications those that are meant to carry all tenants (a replica for reports, a move to a new major)."
references  = ["https://www.postgresql.org/docs/16/logical-replication-row-filter.html", "https://www.postgresql.org/docs/16/logical-replication-publication.html", "NIST SP 800-53 AC-4", "STIG V-233530"]
when_empty  = "no database publishes anything"
*/
WITH taken AS (
  SELECT p.database, p.name, p.identity, p.scope, r.identity AS relation, p.filtered
  FROM publication p JOIN relation r ON r.database = p.database AND r.row_security = 1 AND r.extension IS NULL
    AND CASE p.scope WHEN 'all tables' THEN 1 WHEN 'schema' THEN r.schema = p.schema WHEN 'table' THEN r.identity = p.relation_identity ELSE 0 END),
by_table AS (
  -- a filter counts only where no other entry of the publication takes the table along without one
  SELECT database, name, identity, relation, min(filtered) AS filtered, group_concat(DISTINCT scope) AS scopes FROM taken GROUP BY 1, 2, 3, 4),
judged AS (
  SELECT database, name, identity, count(*) AS tables, sum(filtered = 0) AS open, min(CASE WHEN filtered = 0 THEN relation END) AS first, max(scopes) AS scopes FROM by_table GROUP BY 1, 2, 3)
SELECT p.identity AS subject, 'publication' AS kind, p.database AS database, coalesce(j.open, 0) = 0 OR a.value IS NOT NULL AS ok,
       CASE WHEN j.name IS NULL THEN 'takes no protected table along'
            WHEN j.open = 0 THEN 'all ' || j.tables || ' protected tables have a row filter'
            ELSE CASE WHEN a.value IS NOT NULL THEN 'accepted by policy: ' ELSE '' END || j.open || ' protected tables without a row filter, ' || j.first || ' among them (' || j.scopes || ')' END AS observed,
       'a row filter, or an entry in [rls] publications' AS expected, coalesce(j.open, 0) > 0 AND a.value IS NOT NULL AS accepted
FROM (SELECT DISTINCT database, name, identity FROM publication) p
LEFT JOIN judged j ON j.database = p.database AND j.name = p.name
LEFT JOIN policy a ON a.key = 'rls.publications' AND a.value = p.name
