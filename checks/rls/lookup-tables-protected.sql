/*
title       = "Roles cannot write the tables that their policies look things up in"
severity    = "critical"
measure     = "rls.tenant_isolation"
needs       = ["rls_policy", "rls_policy_dependency", "view_dependency", "relation", "table_column", "privilege", "role", "membership", "role_reach"]
rationale   = """
A policy that asks another table which tenants a user belongs to is as good as the grants on that table. Whoever may insert there gives himself another tenant's rows.
Row-level security on that table is an answer where it binds the same role."""
remediation = "REVOKE INSERT, UPDATE, DELETE, TRUNCATE on the table from the roles under the policy and maintain it as its owner, or ENABLE ROW LEVEL SECURITY on it with policies that let nobody enlarge his own rights."
references  = ["https://www.postgresql.org/docs/16/sql-createpolicy.html", "NIST SP 800-53 AC-3", "STIG V-233530"]
when_empty  = "no policy reads another table"
*/
WITH RECURSIVE -- for whom a policy works: the roles it names, and whoever has their rights
bound AS MATERIALIZED (
  SELECT name FROM role WHERE superuser = 0 AND bypassrls = 0),
governed AS MATERIALIZED (
  SELECT DISTINCT p.database, p.identity AS policy, b.name AS role
  FROM rls_policy p CROSS JOIN json_each(p.roles) j
  JOIN bound b ON j.value = b.name OR j.value = '' OR EXISTS (SELECT 1 FROM role_reach m WHERE m.role = b.name AND m.target = j.value AND m.way IN ('inherit', 'set'))
  JOIN role l ON l.name = b.name AND (l.can_login = 1 OR j.value = b.name)),
acts_as AS MATERIALIZED (
  SELECT name, name AS grantee FROM bound
  UNION SELECT name, '' FROM bound
  UNION SELECT b.name, m.target FROM bound b JOIN role_reach m ON m.role = b.name AND m.way IN ('inherit', 'set')),
reads(database, policy, at) AS (
  SELECT database, policy_identity, object_relation FROM rls_policy_dependency WHERE own = 0 AND kind IN ('relation', 'column')
  UNION
  SELECT r.database, r.policy, d.reads_identity FROM reads r JOIN view_dependency d ON d.database = r.database AND d.view_identity = r.at),
writer AS MATERIALIZED (
  SELECT e.acl, s.name, group_concat(DISTINCT e.privilege ORDER BY e.privilege) AS privileges
  FROM acl_entry e JOIN acts_as s ON s.grantee = e.grantee WHERE e.privilege IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE') GROUP BY e.acl, s.name),
looked AS MATERIALIZED (
  SELECT DISTINCT r.database, r.policy, t.schema, t.name, t.identity, t.acl, t.owner, t.row_security, t.force_row_security
  FROM reads r JOIN relation t ON t.database = r.database AND t.identity = r.at AND t.extension IS NULL AND t.kind IN ('table', 'partitioned table', 'foreign table')),
columns AS MATERIALIZED (
  SELECT c.database, c.relation_identity AS identity, w.name, min(w.privileges) AS privileges FROM table_column c JOIN writer w ON w.acl = c.acl WHERE c.acl IS NOT NULL GROUP BY 1, 2, 3),
-- with row-level security only TRUNCATE, and whoever it does not bind, is left
held AS (
  SELECT l.database, l.identity, l.policy, g.role, coalesce(w.privileges, c.privileges) AS privileges
  FROM looked l JOIN governed g ON g.database = l.database AND g.policy = l.policy
  LEFT JOIN writer w ON w.acl = l.acl AND w.name = g.role
  LEFT JOIN columns c ON c.database = l.database AND c.identity = l.identity AND c.name = g.role
  WHERE coalesce(w.privileges, c.privileges) IS NOT NULL
    AND (l.row_security = 0 OR instr(coalesce(w.privileges, ''), 'TRUNCATE') > 0
         OR l.force_row_security = 0 AND EXISTS (SELECT 1 FROM acts_as s WHERE s.name = g.role AND s.grantee = l.owner)))
SELECT l.identity AS subject, 'relation' AS kind, l.database AS database, h.role IS NULL AS ok,
       'read by ' || min(l.policy) || CASE WHEN count(DISTINCT l.policy) > 1 THEN ' and ' || (count(DISTINCT l.policy) - 1) || ' more' ELSE '' END
         || coalesce('; ' || min(h.role) || ' holds ' || replace(min(h.privileges), ',', ', '), '; no role under the policy writes it') AS observed,
       'not writable by the roles under the policy' AS expected
FROM looked l LEFT JOIN held h ON h.database = l.database AND h.identity = l.identity
GROUP BY l.database, l.identity
