/*
title       = "The backup role sees every row of every table"
severity    = "high"
measure     = "backup.complete"
needs       = ["rls_policy", "relation", "role", "membership", "role_reach", "policy:roles.read_only"]
rationale   = """
A policy that shows the backup role some of the rows makes a dump that looks whole: it has every table, ends without an error, and cannot bring the other tenants back.
Only an expression that is true for every row shows all of them, and no restrictive policy may narrow it."""
remediation = "ALTER POLICY read_only_policy ON the table USING (true), for the backup role alone; or BYPASSRLS for it, named in [roles.allow] bypassrls."
guide       = "Used for: Backups"
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
  SELECT p.*,
         (SELECT min(a.identity) FROM applies a WHERE a.database = p.database AND a.relation_identity = p.identity AND a.name = p.name
            AND a.permissive = 0 AND a.has_using = 1 AND a.using_always IS NOT 1) AS narrowed,
         (SELECT max(a.using_always) FROM applies a WHERE a.database = p.database AND a.relation_identity = p.identity AND a.name = p.name
            AND a.permissive = 1 AND a.has_using = 1) AS always,
         (SELECT count(*) - count(a.using_always) FROM applies a WHERE a.database = p.database AND a.relation_identity = p.identity AND a.name = p.name
            AND a.has_using = 1) AS unread
  FROM pair p),
said AS (
  SELECT *, CASE WHEN exempt THEN 1 WHEN always = 1 AND narrowed IS NULL THEN 1 WHEN unread > 0 THEN NULL ELSE 0 END AS ok FROM judged)
SELECT identity AS subject, 'relation' AS kind, database, CASE WHEN min(ok) = 0 THEN 0 WHEN count(ok) < count(*) THEN NULL ELSE 1 END AS ok,
       group_concat(reader || CASE WHEN exempt THEN ' is not bound by policies' WHEN ok = 1 THEN ' sees every row' WHEN ok IS NULL THEN ': the policies were not read'
                                   WHEN narrowed IS NOT NULL THEN ' is narrowed by ' || narrowed WHEN always IS NULL THEN ' has no policy to read it' ELSE ' sees the rows that a policy selects' END, '; ' ORDER BY reader) AS observed,
       'a policy that is true for every row, or BYPASSRLS' AS expected
FROM said GROUP BY database, identity
