/*
title       = "Functions that policies call cannot be led astray by the caller's search_path"
severity    = "critical"
measure     = "rls.tenant_isolation"
needs       = ["rls_policy", "rls_policy_dependency", "function", "schema", "database", "privilege", "role", "membership", "role_reach"]
rationale   = "A function in a policy looks its tables up when it runs, by the search_path of whoever runs the query. A temporary table named like the membership table comes first in every path that does not say pg_temp at its end, SECURITY DEFINER or not: the caller then decides which tenants are its own."
remediation = "ALTER FUNCTION … SET search_path = app, pg_temp (only schemas that nobody else can create in, and pg_temp last), or write the body with BEGIN ATOMIC from PostgreSQL 14; and REVOKE TEMPORARY ON DATABASE from PUBLIC and the application's roles."
references  = ["https://www.postgresql.org/docs/16/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY", "https://www.postgresql.org/docs/16/sql-createpolicy.html", "NIST SP 800-53 AC-3", "STIG V-233530"]
when_empty  = "no policy calls a function of the database's own"
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
helper AS MATERIALIZED (
  SELECT f.database, f.identity, f.body, f.language, f.pins_search_path, f.search_path, f.extension
  FROM function f WHERE f.extension IS NULL AND EXISTS (SELECT 1 FROM rls_policy_dependency d WHERE d.database = f.database AND d.kind = 'function' AND d.object = f.identity)),
entry(database, identity, n, word, rest) AS (
  SELECT database, identity, 0, NULL, search_path || ',' FROM helper WHERE pins_search_path = 1 AND search_path IS NOT NULL
  UNION ALL
  SELECT database, identity, n + 1, trim(trim(substr(rest, 1, instr(rest, ',') - 1)), '"'), substr(rest, instr(rest, ',') + 1) FROM entry WHERE rest <> ''),
path AS MATERIALIZED (
  SELECT database, identity, max(CASE WHEN rest = '' THEN word END) AS last, max(word = '$user') AS own_schema FROM entry WHERE n > 0 GROUP BY 1, 2),
caller AS MATERIALIZED (
  SELECT DISTINCT h.database, h.identity, g.role
  FROM helper h JOIN rls_policy_dependency d ON d.database = h.database AND d.kind = 'function' AND d.object = h.identity
  JOIN governed g ON g.database = d.database AND g.policy = d.policy_identity),
-- who can put a table of his own before the right one
temporary AS MATERIALIZED (
  SELECT DISTINCT b.name AS database, s.name AS role FROM database b JOIN acl_entry e ON e.acl = b.acl AND e.privilege = 'TEMPORARY' JOIN acts_as s ON s.grantee = e.grantee),
creates AS MATERIALIZED (
  SELECT DISTINCT c.database, c.name AS schema, s.name AS role FROM schema c JOIN acl_entry e ON e.acl = c.acl AND e.privilege = 'CREATE' JOIN acts_as s ON s.grantee = e.grantee
  UNION SELECT b.name, '', s.name FROM database b JOIN acl_entry e ON e.acl = b.acl AND e.privilege = 'CREATE' JOIN acts_as s ON s.grantee = e.grantee),
judged AS (
  SELECT h.*, p.last,
         h.body = 'text' AS looks_up,
         (SELECT min(c.role) FROM caller c JOIN temporary t ON t.database = c.database AND t.role = c.role WHERE c.database = h.database AND c.identity = h.identity) AS temporary,
         (SELECT min(c.role || CASE x.schema WHEN '' THEN ' (a schema of its own)' ELSE ' (schema ' || x.schema || ')' END)
          FROM caller c JOIN creates x ON x.database = c.database AND x.role = c.role
          WHERE c.database = h.database AND c.identity = h.identity
            AND (h.pins_search_path = 0 OR p.own_schema = 1 OR x.schema IN (SELECT word FROM entry e WHERE e.database = h.database AND e.identity = h.identity AND e.n > 0))) AS creates
  FROM helper h LEFT JOIN path p ON p.database = h.database AND p.identity = h.identity),
said AS (
  SELECT *, CASE WHEN NOT looks_up THEN 1
                 WHEN pins_search_path = 1 AND last IS NULL THEN CASE WHEN temporary IS NULL AND creates IS NULL THEN 1 END
                 WHEN creates IS NOT NULL THEN 0
                 WHEN pins_search_path = 1 AND last = 'pg_temp' THEN 1
                 ELSE temporary IS NULL END AS ok
  FROM judged)
SELECT identity AS subject, 'function' AS kind, database, ok,
       language || CASE WHEN NOT looks_up THEN ', names were looked up when it was made'
            WHEN pins_search_path = 0 THEN ', no search_path of its own'
            WHEN last IS NULL THEN ', its search_path was not seen' ELSE ', search_path = ' || search_path END
         || CASE WHEN NOT looks_up THEN '' WHEN creates IS NOT NULL THEN '; ' || creates || ' can create what it finds first'
                 WHEN last = 'pg_temp' THEN ''
                 WHEN temporary IS NOT NULL THEN '; ' || temporary || ' can make temporary tables, which it finds first'
                 ELSE '; no role under the policy can make temporary tables or create in a schema' END AS observed,
       'a search_path of its own that ends in pg_temp' AS expected
FROM said
