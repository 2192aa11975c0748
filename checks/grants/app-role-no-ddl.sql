/*
title       = "Application roles cannot create in, and own nothing of, the application's schemas and databases"
severity    = "high"
measure     = "roles.app_least_privilege"
needs       = ["role", "membership", "role_reach", "privilege", "database", "schema", "relation", "function", "type", "policy:roles.application", "policy:schemas.application"]
rationale   = """
If the application is taken over, what it can reach are rows; with CREATE or ownership it is the schema: a trigger that copies every new row, a view in a table's place, a policy dropped.
An owner's rights cannot be revoked from him, so that what the application owns is outside every other check."""
remediation = "REVOKE CREATE ON SCHEMA app FROM appuser; REVOKE CREATE ON DATABASE appdb FROM appuser; ALTER … OWNER TO appowner for what it owns; or revoke the membership through which it has these."
guide       = "schema can't be altered"
references  = ["https://www.postgresql.org/docs/16/ddl-priv.html", "NIST SP 800-53 AC-3", "STIG V-233520"]
*/
WITH app AS (
  SELECT r.name, r.identity FROM named_role n JOIN role r ON r.name = n.role WHERE n.list = 'application' AND r.superuser = 0),
app_schema AS (SELECT database, schema FROM named_schema WHERE list = 'application'),
holder AS MATERIALIZED (
  SELECT name, identity, name AS grantee, '' AS through FROM app
  UNION ALL
  SELECT a.name, a.identity, m.target, ' through ' || min(m.path)
  FROM app a JOIN role_reach m ON m.role = a.name AND m.way IN ('inherit', 'set') GROUP BY a.name, m.target),
-- the owner's own entries can be revoked, his rights cannot
can AS (
  SELECT e.acl, h.name, h.identity || ': CREATE' || h.through AS words
  FROM holder h JOIN acl_entry e ON e.grantee = h.grantee AND e.privilege = 'CREATE' AND e.owner = 0),
places AS (
  SELECT s.identity AS subject, 'schema' AS kind, s.database, s.acl, s.owner
  FROM app_schema a JOIN schema s ON s.database = a.database AND s.name = a.schema
  UNION ALL
  SELECT d.identity, 'database', NULL, d.acl, d.owner FROM database d WHERE d.name IN (SELECT database FROM app_schema)),
found AS (
  SELECT p.subject, p.kind, p.database, c.words FROM places p JOIN can c ON c.acl = p.acl
  UNION
  SELECT p.subject, p.kind, p.database, h.identity || ': owner' || h.through FROM places p JOIN holder h ON h.grantee = p.owner),
owned AS (
  SELECT r.database, r.owner, r.kind || ' ' || r.identity AS what FROM app_schema a
  JOIN relation r ON r.database = a.database AND r.schema = a.schema
  WHERE r.extension IS NULL AND r.owner IN (SELECT grantee FROM holder)
  UNION ALL
  SELECT f.database, f.owner, f.kind || ' ' || f.identity FROM app_schema a
  JOIN function f ON f.database = a.database AND f.schema = a.schema
  WHERE f.extension IS NULL AND f.owner IN (SELECT grantee FROM holder)
  UNION ALL
  SELECT t.database, t.owner, 'type ' || t.identity FROM app_schema a
  JOIN type t ON t.database = a.database AND t.schema = a.schema
  WHERE t.extension IS NULL AND t.owner IN (SELECT grantee FROM holder)),
owns AS (
  SELECT h.name, o.database, count(DISTINCT o.what) AS n, min(o.what) AS first, min(h.through) AS through
  FROM owned o JOIN holder h ON h.grantee = o.owner GROUP BY h.name, o.database)
SELECT p.subject AS subject, p.kind AS kind, p.database AS database, count(f.words) = 0 AS ok,
       coalesce(group_concat(f.words, '; ' ORDER BY f.words), 'no CREATE for application roles') AS observed,
       'no CREATE for application roles, nor ownership' AS expected
FROM places p LEFT JOIN found f ON f.subject = p.subject AND f.kind = p.kind AND f.database IS p.database
WHERE EXISTS (SELECT 1 FROM app)
GROUP BY p.kind, p.database, p.subject
UNION ALL
SELECT a.identity, 'role', d.name, o.n IS NULL,
       coalesce('owns ' || o.first || CASE WHEN o.n > 1 THEN ' and ' || (o.n - 1) || ' more' ELSE '' END || o.through, 'owns nothing there'),
       'owns nothing there'
FROM app a JOIN database d ON d.name IN (SELECT database FROM app_schema)
LEFT JOIN owns o ON o.name = a.name AND o.database = d.name
