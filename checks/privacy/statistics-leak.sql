/*
title       = "Statistics show no tenant's personal data"
severity    = "low"
measure     = "data.minimisation"
needs       = ["table_column", "relation", "privilege", "role"]
rationale   = """
ANALYZE keeps the commonest values of every column, and pg_stats shows them to whoever may SELECT the table. Where row-level security is on, the view hides them; a partition or an inheritance child whose own is off has its statistics open, with values from every tenant.
Policies of the parent do not help there: no row is read."""
remediation = "REVOKE SELECT on the partitions from everybody but the owner (queries through the parent need none), or ALTER TABLE … ENABLE ROW LEVEL SECURITY on each; ALTER TABLE … ALTER COLUMN … SET STATISTICS 0 and ANALYZE where neither can be."
references  = ["https://www.postgresql.org/docs/16/view-pg-stats.html", "https://www.postgresql.org/docs/16/ddl-rowsecurity.html", "NIST SP 800-53 AC-3"]
when_empty  = "no table with row-level security and personal data has partitions or children without"
*/
WITH RECURSIVE child AS MATERIALIZED (
  SELECT database, schema, name, identity, parent, acl, row_security, is_partition FROM relation
  WHERE kind IN ('table', 'partitioned table', 'foreign table') AND extension IS NULL AND (is_partition = 1 OR parent IS NOT NULL)),
below(database, identity, top) AS (
  SELECT c.database, c.identity, c.parent FROM child c JOIN relation r ON r.database = c.database AND r.identity = c.parent WHERE r.row_security = 1
  UNION
  SELECT b.database, c.identity, b.top FROM below b JOIN child c ON c.database = b.database AND c.parent = b.identity),
under AS MATERIALIZED (SELECT database, identity, min(top) AS top FROM below GROUP BY 1, 2),
shared AS MATERIALIZED (
  SELECT acl, min(CASE grantee WHEN '' THEN 'PUBLIC' ELSE grantee END) AS who FROM acl_entry
  WHERE owner = 0 AND privilege = 'SELECT' AND grantee NOT IN (SELECT name FROM role WHERE superuser = 1) GROUP BY acl),
personal AS (
  SELECT c.database, c.identity, c.acl, c.row_security, c.parent, u.top, p.columns, p.who
  FROM child c LEFT JOIN under u ON u.database = c.database AND u.identity = c.identity
  JOIN (SELECT p.database, p.relation_identity, group_concat(p.name, ', ' ORDER BY p.name) AS columns, min(s.who || ' (column ' || p.name || ')') AS who
        FROM personal_data p JOIN table_column t ON t.database = p.database AND t.schema = p.schema AND t.relation = p.relation AND t.name = p.name
        LEFT JOIN shared s ON s.acl = t.acl WHERE p.strength = 'strong' OR p.declared = 1 GROUP BY 1, 2) p
    ON p.database = c.database AND p.relation_identity = c.identity
  -- a partition whose parent is not known may be one of a protected table
  WHERE u.identity IS NOT NULL OR c.is_partition = 1 AND c.parent IS NULL)
SELECT p.identity AS subject, 'relation' AS kind, p.database AS database,
       CASE WHEN p.row_security = 1 OR coalesce(s.who, p.who) IS NULL THEN 1 WHEN p.top IS NULL THEN NULL ELSE 0 END AS ok,
       p.columns || CASE WHEN p.row_security = 1 THEN '; row-level security of its own' ELSE coalesce('; statistics open to ' || coalesce(s.who, p.who), '; nobody but its owner reads it') END AS observed,
       'row-level security of its own, or no SELECT for anybody but the owner' AS expected
FROM personal p LEFT JOIN shared s ON s.acl = p.acl
