/*
title       = "Nobody but superusers reads the catalogs' secrets or writes to a catalog"
severity    = "critical"
measure     = "grants.catalog"
needs       = ["catalog_privilege", "function", "database", "role", "membership", "role_reach"]
rationale   = """
pg_authid holds every password verifier, pg_subscription and pg_user_mapping hold passwords in clear, pg_statistic holds values out of every column, pg_largeobject the content of large objects. PostgreSQL closes them; one GRANT opens them past every policy.
Whoever writes to a catalog is a superuser a statement later."""
remediation = """
REVOKE ALL ON pg_catalog.pg_authid FROM …; in each database that is named (such grants are kept in each). How passwords are stored a function of a role that nobody logs in as can say, without the verifiers."""
references  = ["https://www.postgresql.org/docs/16/catalog-pg-authid.html", "NIST SP 800-53 AC-6"]
*/
WITH reached AS (SELECT DISTINCT m.target FROM role_reach m JOIN role r ON r.name = m.role WHERE r.can_login = 1 AND r.superuser = 0),
-- the owner of the function that says how passwords are stored: nobody logs in as it, and nobody becomes it
definer AS (
  SELECT f.database, f.owner FROM function f JOIN role r ON r.name = f.owner
  WHERE f.identity = 'audit_api.password_storage()' AND f.security_definer = 1 AND r.can_login = 0 AND f.owner NOT IN (SELECT target FROM reached)),
granted AS (
  SELECT c.database, c.object, c.privilege, c.grantee FROM catalog_privilege c
  WHERE (c.privilege IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER')
     OR c.privilege = 'SELECT' AND CASE WHEN instr(c.object, '.') > 0 THEN substr(c.object, 1, instr(c.object, '.') - 1) ELSE c.object END IN
       ('pg_authid', 'pg_shadow', 'pg_subscription', 'pg_user_mapping', 'pg_statistic', 'pg_statistic_ext_data', 'pg_largeobject'))
    AND NOT (c.privilege = 'SELECT' AND c.object_kind = 'column' AND c.object LIKE 'pg\_authid.%' ESCAPE '\'
             AND EXISTS (SELECT 1 FROM definer x WHERE x.database = c.database AND x.owner = c.grantee))),
holder AS (
  SELECT database, object, privilege, grantee AS role, NULL AS path FROM granted
  UNION
  SELECT g.database, g.object, g.privilege, m.role, min(m.path) FROM granted g JOIN role_reach m ON m.target = g.grantee AND m.way IN ('inherit', 'set')
  GROUP BY g.database, g.object, g.privilege, m.role),
outside AS (
  SELECT h.database, CASE h.role WHEN '' THEN 'PUBLIC' ELSE coalesce(r.identity, h.role) END AS role, group_concat(DISTINCT h.privilege || ' on ' || h.object || coalesce(' (' || h.path || ')', '')) AS words
  FROM holder h LEFT JOIN role r ON r.name = h.role
  WHERE coalesce(r.superuser, 0) = 0 AND coalesce(r.predefined, 0) = 0 AND h.role NOT IN (SELECT role FROM named_role WHERE list = 'admin')
  GROUP BY h.database, h.role),
found AS (SELECT database, group_concat(role || ': ' || replace(words, ',', ', '), '; ' ORDER BY role) AS words FROM outside GROUP BY database)
SELECT d.identity AS subject, 'database' AS kind, d.name AS database, f.words IS NULL AS ok, coalesce(f.words, 'nothing beyond what PostgreSQL gives' || coalesce('; ' || (SELECT group_concat(DISTINCT x.owner) FROM definer x WHERE x.database = d.name) || ' reads how passwords are stored, and nobody logs in as it', '')) AS observed,
       'no SELECT on catalogs with secrets, no write on any, outside [roles] admin' AS expected
FROM database d LEFT JOIN found f ON f.database = d.name
WHERE d.entered = 1
