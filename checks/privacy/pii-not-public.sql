/*
title       = "Personal data is read only by roles that the policy names"
severity    = "critical"
measure     = "data.minimisation"
needs       = ["table_column", "relation", "privilege", "role", "membership", "role_reach", "policy:roles.application"]
rationale   = """
Data protection by default means that personal data is not open to an indefinite number of people: whatever PUBLIC may read, every role may that exists or will be made.
A login role that no list of the policy names is one whose access nobody has decided on. Superusers are judged by roles/superusers-limited."""
remediation = "REVOKE SELECT ON the table FROM PUBLIC, or from the role; where the access is meant, name the role in [roles] (application, read_only, backup, admin, people, service). A view that leaves the columns out serves whoever needs the rest."
guide       = "Data Minimization"
references  = ["https://eur-lex.europa.eu/eli/reg/2016/679/oj", "https://www.postgresql.org/docs/16/ddl-priv.html", "NIST SP 800-53 AC-3", "NIST SP 800-53 AC-6"]
when_empty  = "no table or view has a column that looks like personal data or that the policy's inventory names"
*/
WITH stranger AS MATERIALIZED (
  SELECT name, identity FROM role
  WHERE can_login = 1 AND superuser = 0 AND name NOT IN (SELECT role FROM named_role WHERE list <> 'passwordless')
    AND name NOT IN (SELECT name FROM provider_object WHERE kind = 'role')),
way AS MATERIALIZED (
  SELECT '' AS grantee, 'PUBLIC' AS who
  UNION ALL SELECT name, identity FROM stranger
  UNION ALL SELECT m.target, s.identity || ' through ' || min(m.path) FROM stranger s JOIN role_reach m ON m.role = s.name AND m.way IN ('inherit', 'set')
  GROUP BY s.name, m.target),
open AS MATERIALIZED (
  SELECT e.acl, group_concat(DISTINCT w.who ORDER BY w.who) AS who FROM way w JOIN acl_entry e ON e.grantee = w.grantee AND e.privilege = 'SELECT' GROUP BY e.acl),
-- what a predefined role gives stands in no ACL
everywhere AS MATERIALIZED (
  SELECT group_concat(w.who ORDER BY w.who) AS who FROM way w
  WHERE w.grantee = 'pg_read_all_data'
    AND NOT EXISTS (SELECT 1 FROM allowed_role a JOIN role r ON r.name = a.role
                    WHERE a.attribute = 'pg_read_all_data' AND substr(w.who, 1, length(r.identity) + 9) = r.identity || ' through ')),
holder AS (
  SELECT p.database, p.schema, p.relation, p.relation_identity, group_concat(p.name, ', ' ORDER BY p.name) AS columns,
         group_concat(DISTINCT o.who || ' (column ' || p.name || ')') AS by_column
  FROM personal_data p
  JOIN table_column c ON c.database = p.database AND c.schema = p.schema AND c.relation = p.relation AND c.name = p.name
  LEFT JOIN open o ON o.acl = c.acl
  WHERE p.strength = 'strong' OR p.declared = 1
  GROUP BY 1, 2, 3, 4)
SELECT h.relation_identity AS subject, 'relation' AS kind, h.database AS database, t.who IS NULL AND h.by_column IS NULL AND e.who IS NULL AS ok,
       h.columns || coalesce('; read by ' || replace(coalesce(t.who, h.by_column, e.who), ',', ', '), '; read by roles of the policy alone') AS observed,
       'read by roles of the policy alone' AS expected
FROM holder h
JOIN relation r ON r.database = h.database AND r.schema = h.schema AND r.name = h.relation
LEFT JOIN open t ON t.acl = r.acl
CROSS JOIN everywhere e
