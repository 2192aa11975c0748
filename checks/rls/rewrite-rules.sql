/*
title       = "No rewrite rule reads or copies a protected table past its policies"
severity    = "medium"
measure     = "views.bypass"
needs       = ["rewrite_rule", "relation", "privilege", "role", "membership", "role_reach"]
rationale   = "What a rule adds to a statement runs with the rights of the owner of the rule's table. Where policies do not bind that owner, an INSERT into a harmless table can copy the rows of every tenant into another, and neither grant shows it."
remediation = "DROP RULE, and do what it did in a trigger function without SECURITY DEFINER, or in the application."
references  = ["https://www.postgresql.org/docs/16/rules-privileges.html", "https://www.postgresql.org/docs/16/ddl-rowsecurity.html", "NIST SP 800-53 AC-3", "STIG V-233530"]
when_empty  = "no rewrite rule touches a table with row-level security"
*/
WITH guarded AS MATERIALIZED (
  SELECT database, identity, owner, force_row_security FROM relation WHERE row_security = 1 AND extension IS NULL),
everywhere AS MATERIALIZED (
  SELECT name FROM role WHERE superuser = 1 OR bypassrls = 1),
-- whom the policies of a table do not bind
exempt AS MATERIALIZED (
  SELECT DISTINCT o.database, o.owner AS of_owner, o.force_row_security, o.role FROM (
    SELECT g.database, g.owner, g.force_row_security, e.name AS role FROM (SELECT DISTINCT database, owner, force_row_security FROM guarded) g CROSS JOIN everywhere e
    UNION SELECT database, owner, 0, owner FROM guarded WHERE force_row_security = 0
    UNION SELECT g.database, g.owner, 0, m.role FROM (SELECT DISTINCT database, owner FROM guarded WHERE force_row_security = 0) g JOIN role_reach m ON m.target = g.owner AND m.way = 'inherit') o),
hits AS (
  SELECT t.database, t.identity AS rule, t.owner, t.relation_identity AS relation, t.event, min(g.identity) AS first, min(CASE WHEN e.role IS NOT NULL THEN g.identity END) AS past
  FROM rewrite_rule t JOIN guarded g ON g.database = t.database AND g.identity = t.touches_identity
  LEFT JOIN exempt e ON e.database = g.database AND e.of_owner = g.owner AND e.force_row_security = g.force_row_security AND e.role = t.owner
  WHERE t.enabled = 1
  GROUP BY 1, 2, 3, 4, 5),
said AS (
  SELECT h.*, (SELECT min(CASE e.grantee WHEN '' THEN 'PUBLIC' ELSE e.grantee END) FROM relation r JOIN acl_entry e ON e.acl = r.acl
               WHERE r.database = h.database AND r.identity = h.relation AND e.owner = 0 AND e.privilege = h.event
                 AND e.grantee NOT IN (SELECT name FROM everywhere)) AS who
  FROM hits h)
SELECT rule AS subject, 'rule' AS kind, database, past IS NULL OR who IS NULL AS ok,
       'on ' || event || ', touches ' || coalesce(past, first) || ' as ' || owner
         || CASE WHEN past IS NULL THEN ', whom the policies bind' WHEN who IS NULL THEN '; nobody else sets it off' ELSE ', whom the policies do not bind; set off by ' || who END AS observed,
       'no rule past the policies' AS expected
FROM said
