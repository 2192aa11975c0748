/*
title       = "Every table with row-level security has a policy for the backup role"
severity    = "medium"
measure     = "backup.complete"
needs       = ["rls_policy", "relation", "role", "membership", "role_reach", "policy:roles.read_only"]
rationale   = """
pg_dump stops at a table whose policies would filter what it reads; with --enable-row-security it goes on, leaves the rows out and reports success.
A partition with row-level security of its own is dumped by itself, and needs the policy as well."""
remediation = "CREATE POLICY read_only_policy ON the table FOR SELECT TO backupuser USING (true); or give the backup role BYPASSRLS and name it in [roles.allow] bypassrls."
guide       = "read_only_policy"
references  = ["https://www.postgresql.org/docs/16/app-pgdump.html", "https://www.postgresql.org/docs/16/ddl-rowsecurity.html", "NIST SP 800-53 CP-9"]
when_empty  = "no table has row-level security on"
*/
WITH named AS (
  SELECT r.name, r.identity, r.superuser, r.bypassrls, CASE WHEN n.list = 'backup' THEN 1 WHEN n.source <> 'scanner' THEN 2 ELSE 3 END AS rank
  FROM named_role n JOIN role r ON r.name = n.role WHERE n.list IN ('backup', 'read_only')),
-- the backup roles; else the read-only ones; else the one that scans
reader AS MATERIALIZED (
  SELECT DISTINCT name, identity, superuser, bypassrls FROM named
  WHERE rank = (SELECT min(rank) FROM named) AND NOT (rank > 1 AND EXISTS (SELECT 1 FROM named_role WHERE list = 'backup'))),
-- policies apply to whoever has the rights of a role they name, without SET ROLE
acts_as AS MATERIALIZED (
  SELECT name, name AS grantee FROM reader
  UNION SELECT name, '' FROM reader
  UNION SELECT a.name, m.target FROM reader a JOIN role_reach m ON m.role = a.name AND m.way = 'inherit'),
protected AS MATERIALIZED (
  SELECT r.database, r.identity, r.owner, r.force_row_security FROM relation r
  WHERE r.row_security = 1 AND r.extension IS NULL AND r.persistence <> 'temporary'),
applies AS MATERIALIZED (
  SELECT DISTINCT p.database, p.relation_identity, p.identity, p.permissive, p.has_using, p.using_always, s.name
  FROM rls_policy p CROSS JOIN json_each(p.roles) j JOIN acts_as s ON s.grantee = j.value
  WHERE p.command IN ('ALL', 'SELECT')),
pair AS (
  SELECT t.*, r.name, r.identity AS reader, r.superuser = 1 OR r.bypassrls = 1
           OR t.force_row_security = 0 AND EXISTS (SELECT 1 FROM acts_as s WHERE s.name = r.name AND s.grantee = t.owner) AS exempt
  FROM protected t CROSS JOIN reader r),
judged AS (
  SELECT p.*, exempt OR EXISTS (SELECT 1 FROM applies a WHERE a.database = p.database AND a.relation_identity = p.identity AND a.name = p.name AND a.permissive = 1) AS ok
  FROM pair p)
SELECT identity AS subject, 'relation' AS kind, database, min(ok) AS ok,
       coalesce('no permissive policy for ' || group_concat(CASE WHEN NOT ok THEN reader END, ', ' ORDER BY reader),
                CASE WHEN max(exempt) THEN 'row-level security does not bind ' || group_concat(CASE WHEN exempt THEN reader END, ', ' ORDER BY reader)
                     ELSE 'a policy lets ' || group_concat(reader, ', ' ORDER BY reader) || ' read' END) AS observed,
       'a permissive policy for SELECT, or BYPASSRLS' AS expected
FROM judged GROUP BY database, identity
