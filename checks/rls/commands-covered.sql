/*
title       = "What an application role is granted on a protected table, a policy allows"
severity    = "low"
measure     = "rls.tenant_isolation"
needs       = ["rls_policy", "relation", "privilege", "role", "membership", "role_reach", "policy:roles.application"]
rationale   = """
A command that is granted and that no permissive policy allows finds no row, or is refused row by row: usually a policy that got lost in a migration.
What gets repaired in a hurry then is row-level security itself."""
remediation = "CREATE POLICY … FOR the command TO the application's role, or REVOKE the privilege if it is not meant to have it."
guide       = "Row-Level Security"
references  = ["https://www.postgresql.org/docs/16/sql-createpolicy.html", "NIST SP 800-53 AC-3", "STIG V-233530"]
when_empty  = "no table has row-level security on and a permissive policy"
*/
WITH app AS MATERIALIZED (
  SELECT r.name, r.identity FROM named_role n JOIN role r ON r.name = n.role WHERE n.list = 'application' AND r.superuser = 0 AND r.bypassrls = 0),
acts_as AS MATERIALIZED (
  SELECT name, name AS grantee FROM app
  UNION SELECT name, '' FROM app
  UNION SELECT a.name, m.target FROM app a JOIN role_reach m ON m.role = a.name AND m.way IN ('inherit', 'set')),
allowed AS MATERIALIZED (
  SELECT DISTINCT p.database, p.relation_identity, p.command, s.name
  FROM rls_policy p CROSS JOIN json_each(p.roles) j JOIN acts_as s ON s.grantee = j.value
  WHERE p.permissive = 1),
granted AS MATERIALIZED (
  SELECT DISTINCT e.acl, e.privilege, s.name FROM acts_as s CROSS JOIN acl_entry e ON e.grantee = s.grantee AND e.owner = 0
  WHERE e.privilege IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')),
protected AS MATERIALIZED (
  SELECT r.database, r.identity, r.acl, r.parent FROM relation r
  WHERE r.row_security = 1 AND r.extension IS NULL
    AND EXISTS (SELECT 1 FROM rls_policy p WHERE p.database = r.database AND p.schema = r.schema AND p.relation = r.name AND p.permissive = 1)),
bare AS (
  SELECT t.database, t.identity, a.identity || ': ' || group_concat(g.privilege, ', ' ORDER BY g.privilege) AS words
  FROM protected t JOIN granted g ON g.acl = t.acl JOIN app a ON a.name = g.name
  WHERE NOT EXISTS (SELECT 1 FROM allowed p WHERE p.database = t.database AND p.relation_identity = t.identity AND p.name = g.name AND p.command IN ('ALL', g.privilege))
  GROUP BY t.database, t.identity, a.identity)
SELECT t.identity AS subject, 'relation' AS kind, t.database AS database, b.words IS NULL OR t.parent IS NOT NULL AS ok,
       coalesce(CASE WHEN t.parent IS NOT NULL THEN 'a child, read through its parent; by itself: ' ELSE 'granted, and no policy allows it: ' END || b.words, 'every granted command has a policy') AS observed,
       'a permissive policy for each granted command' AS expected
FROM protected t LEFT JOIN (SELECT database, identity, group_concat(words, '; ' ORDER BY words) AS words FROM bare GROUP BY 1, 2) b
  ON b.database = t.database AND b.identity = t.identity
WHERE EXISTS (SELECT 1 FROM app)
