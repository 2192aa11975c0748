/*
title       = "Functions that run past the policies for an application role were reviewed"
severity    = "high"
measure     = "views.bypass"
needs       = ["function", "privilege", "relation", "role", "membership", "role_reach", "policy:roles.application"]
params      = ["rls.reviewed_functions"]
rationale   = """
A SECURITY DEFINER function runs with its owner's rights. Where policies do not bind that owner, the function sees every tenant, and only its own text keeps the caller to one.
No catalog tells whether it does; somebody has to have read it."""
remediation = "Make it SECURITY INVOKER, or owned by a role that the policies bind, or REVOKE EXECUTE from the application's roles and PUBLIC. What has to run so is read by somebody and named in [rls] reviewed_functions (app.erase_user(uuid))."
references  = ["https://www.postgresql.org/docs/16/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY", "https://www.postgresql.org/docs/16/ddl-rowsecurity.html", "NIST SP 800-53 AC-3", "STIG V-233530"]
when_empty  = "no SECURITY DEFINER function in a database with row-level security"
*/
WITH app AS MATERIALIZED (
  SELECT r.name, r.identity FROM named_role n JOIN role r ON r.name = n.role WHERE n.list = 'application' AND r.superuser = 0 AND r.bypassrls = 0),
acts_as AS MATERIALIZED (
  SELECT name, name AS grantee FROM app
  UNION SELECT name, '' FROM app
  UNION SELECT a.name, m.target FROM app a JOIN role_reach m ON m.role = a.name AND m.way IN ('inherit', 'set')),
guarded AS MATERIALIZED (
  SELECT database, identity, owner, force_row_security FROM relation WHERE row_security = 1 AND extension IS NULL),
everywhere AS MATERIALIZED (
  SELECT name FROM role WHERE superuser = 1 OR bypassrls = 1),
-- whom the policies of a table do not bind
exempt AS MATERIALIZED (
  SELECT DISTINCT o.database, o.owner AS of_owner, o.force_row_security, o.role FROM (
    SELECT g.database, g.owner, g.force_row_security, e.name AS role FROM (SELECT DISTINCT database, owner, force_row_security FROM guarded) g CROSS JOIN everywhere e
    UNION SELECT database, owner, 0, owner FROM guarded WHERE force_row_security = 0
    UNION SELECT g.database, g.owner, 0, m.role FROM (SELECT DISTINCT database, owner FROM guarded WHERE force_row_security = 0) g JOIN role_reach m ON m.target = g.owner AND m.way = 'inherit') o),
bypass AS MATERIALIZED (
  SELECT database, role, count(*) AS owners FROM exempt GROUP BY database, role),
callable AS MATERIALIZED (
  SELECT e.acl, min(a.identity || CASE e.grantee WHEN a.name THEN '' WHEN '' THEN ' (PUBLIC)' ELSE ' (' || e.grantee || ')' END) AS who
  FROM acl_entry e JOIN acts_as s ON s.grantee = e.grantee JOIN app a ON a.name = s.name WHERE e.privilege = 'EXECUTE' GROUP BY e.acl),
judged AS (
  SELECT f.database, f.identity, f.owner, b.role IS NOT NULL AS past, c.who,
         EXISTS (SELECT 1 FROM policy p WHERE p.key = 'rls.reviewed_functions' AND p.value IN (f.identity, f.database || '.' || f.identity, f.schema || '.' || f.name)) AS reviewed
  FROM function f
  LEFT JOIN bypass b ON b.database = f.database AND b.role = f.owner
  LEFT JOIN callable c ON c.acl = f.acl
  WHERE f.security_definer = 1 AND f.extension IS NULL AND coalesce(f.returns, '') NOT IN ('trigger', 'event_trigger')
    AND EXISTS (SELECT 1 FROM guarded g WHERE g.database = f.database) AND EXISTS (SELECT 1 FROM app))
SELECT identity AS subject, 'function' AS kind, database, NOT past OR who IS NULL OR reviewed AS ok,
       'runs as ' || owner || CASE WHEN past THEN ', whom policies do not bind' ELSE ', whom policies bind' END
         || coalesce('; ' || who || ' may call it', '; no application role may call it') || CASE WHEN reviewed THEN '; reviewed' ELSE '' END AS observed,
       'an owner whom the policies bind, or an entry in [rls] reviewed_functions' AS expected,
       past AND who IS NOT NULL AND reviewed AS accepted
FROM judged
