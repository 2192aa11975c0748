/*
title       = "Read-only roles can only read"
severity    = "critical"
measure     = "roles.readonly_is_readonly"
needs       = ["role", "membership", "role_reach", "privilege", "database", "schema", "relation", "table_column", "function", "policy:roles.read_only"]
params      = ["rls.reviewed_functions"]
rationale   = """
A read-only account is handed to reporting tools, backups and auditors because it is believed to be harmless.
One write privilege, or a function that writes with its owner's rights, and the records that it reads can be altered by an account that nobody watches for changes. USAGE on a sequence counts: nextval() writes."""
remediation = "Revoke what is listed, or the membership through which the role holds it: REVOKE ALL ON app.usertable FROM backupuser; GRANT SELECT ON app.usertable TO backupuser. A SECURITY DEFINER function that was reviewed is named in [rls] reviewed_functions."
guide       = "Read-only user permissions"
references  = ["https://www.postgresql.org/docs/16/ddl-priv.html", "NIST SP 800-53 AC-3", "STIG V-233520"]
*/
WITH RECURSIVE reader AS (
  SELECT r.name, r.identity, r.superuser FROM named_role n JOIN role r ON r.name = n.role WHERE n.list = 'read_only'),
holder AS MATERIALIZED (
  SELECT name, identity, name AS grantee, '' AS through FROM reader WHERE superuser = 0
  UNION ALL
  SELECT a.name, a.identity, m.target, ' through ' || min(m.path)
  FROM reader a JOIN role_reach m ON m.role = a.name AND m.way IN ('inherit', 'set')
  WHERE a.superuser = 0 GROUP BY a.name, m.target),
-- which privileges each of them holds on anything at all: a few steps through an index
kinds(grantee, privilege) AS (
  SELECT h.grantee, (SELECT min(e.privilege) FROM acl_entry e WHERE e.grantee = h.grantee) FROM (SELECT DISTINCT grantee FROM holder) h
  UNION ALL
  SELECT k.grantee, (SELECT min(e.privilege) FROM acl_entry e WHERE e.grantee = k.grantee AND e.privilege > k.privilege)
  FROM kinds k WHERE k.privilege IS NOT NULL),
held AS MATERIALIZED (
  SELECT e.acl, h.identity, h.through, e.privilege
  FROM holder h JOIN kinds k ON k.grantee = h.grantee
  CROSS JOIN acl_entry e ON e.grantee = k.grantee AND e.privilege = k.privilege
  WHERE k.privilege NOT IN ('SELECT', 'CONNECT')),
-- EXECUTE and USAGE are judged by what they are on
places AS (
  SELECT r.identity AS subject, 'relation' AS kind, r.database, r.acl, '' AS fine FROM relation r WHERE r.extension IS NULL
  UNION ALL
  SELECT s.identity, 'schema', s.database, s.acl, 'USAGE' FROM schema s WHERE s.extension IS NULL
  UNION ALL
  SELECT d.identity, 'database', NULL, d.acl, '' FROM database d
  UNION ALL
  SELECT f.identity, 'function', f.database, f.acl, '' FROM function f
  WHERE f.security_definer = 1 AND f.extension IS NULL
    -- what `pgcomply grants` prints, so that a scan sees how passwords are stored: owned by a role that can neither log in nor more
    AND NOT (f.identity = 'audit_api.password_storage()' AND EXISTS (
      SELECT 1 FROM role o WHERE o.name = f.owner AND o.can_login = 0 AND o.superuser = 0 AND o.createrole = 0 AND o.bypassrls = 0))
    AND f.identity NOT IN (SELECT value FROM policy WHERE key = 'rls.reviewed_functions')
    AND f.database || '.' || f.identity NOT IN (SELECT value FROM policy WHERE key = 'rls.reviewed_functions')),
excess AS MATERIALIZED (
  SELECT acl, fine, group_concat(words, '; ' ORDER BY words) AS words
  FROM (SELECT acl, f.fine, identity || ': ' || replace(group_concat(DISTINCT privilege ORDER BY privilege), ',', ', ') || through AS words
        FROM held JOIN (SELECT '' AS fine UNION ALL SELECT 'USAGE') f ON privilege <> f.fine
        GROUP BY acl, f.fine, identity, through)
  GROUP BY acl, fine),
columns AS (
  SELECT c.database, c.schema, c.relation, group_concat(c.name || ': ' || x.words, '; ' ORDER BY c.name) AS words
  FROM table_column c JOIN excess x ON x.acl = c.acl AND x.fine = ''
  WHERE c.acl IS NOT NULL GROUP BY c.database, c.schema, c.relation),
column_words AS (
  SELECT r.database, r.identity, c.words FROM columns c
  JOIN relation r ON r.database = c.database AND r.schema = c.schema AND r.name = c.relation)
SELECT p.subject AS subject, p.kind AS kind, p.database AS database, x.words IS NULL AND c.words IS NULL AS ok,
       coalesce(x.words || coalesce('; column ' || c.words, ''), 'column ' || c.words, 'nothing but reading') AS observed,
       CASE p.kind WHEN 'relation' THEN 'SELECT at most' WHEN 'schema' THEN 'USAGE at most' WHEN 'database' THEN 'CONNECT at most'
                   ELSE 'no EXECUTE on a SECURITY DEFINER function, unless reviewed' END AS expected
FROM places p
LEFT JOIN excess x ON x.acl = p.acl AND x.fine = p.fine
LEFT JOIN column_words c ON p.kind = 'relation' AND c.database = p.database AND c.identity = p.subject
WHERE EXISTS (SELECT 1 FROM reader)
UNION ALL
-- what a superuser or a predefined role has stands in no ACL
SELECT name, 'role', NULL, 0, group_concat(words, '; ' ORDER BY words), 'SELECT at most'
FROM (SELECT identity AS name, 'SUPERUSER' AS words FROM reader WHERE superuser = 1
      UNION ALL
      SELECT identity, CASE grantee WHEN 'pg_maintain' THEN 'MAINTAIN' ELSE 'INSERT, UPDATE, DELETE' END || ' on every table' || through
      FROM holder WHERE grantee IN ('pg_write_all_data', 'pg_maintain'))
GROUP BY name
