/*
title       = "The backup role can read every table and sequence of the application"
severity    = "medium"
measure     = "backup.complete"
needs       = ["role", "membership", "role_reach", "privilege", "relation", "schema", "policy:roles.read_only", "policy:schemas.application"]
rationale   = """
pg_dump stops at the first table or sequence that its role cannot read, and GRANT … ON ALL TABLES leaves the sequences of serial and identity columns out.
A dump that stopped is found when it is needed."""
remediation = "GRANT USAGE ON SCHEMA app TO backupuser; GRANT SELECT ON ALL TABLES IN SCHEMA app TO backupuser; GRANT SELECT ON ALL SEQUENCES IN SCHEMA app TO backupuser; and default privileges for what is made later."
guide       = "Backups"
references  = ["https://www.postgresql.org/docs/16/app-pgdump.html", "NIST SP 800-53 CP-9"]
*/
WITH named AS (
  SELECT r.name, r.identity, r.superuser, CASE WHEN n.list = 'backup' THEN 1 WHEN n.source <> 'scanner' THEN 2 ELSE 3 END AS rank
  FROM named_role n JOIN role r ON r.name = n.role WHERE n.list IN ('backup', 'read_only')),
-- the backup roles; else the read-only ones; else the one that scans
reader AS (
  SELECT * FROM named
  WHERE rank = (SELECT min(rank) FROM named) AND NOT (rank > 1 AND EXISTS (SELECT 1 FROM named_role WHERE list = 'backup'))),
holder AS MATERIALIZED (
  SELECT name, name AS grantee FROM reader
  UNION SELECT name, '' FROM reader
  UNION SELECT a.name, m.target FROM reader a JOIN role_reach m ON m.role = a.name AND m.way IN ('inherit', 'set')),
needing AS MATERIALIZED (
  SELECT name, identity FROM reader r
  WHERE superuser = 0 AND NOT EXISTS (SELECT 1 FROM holder h WHERE h.name = r.name AND h.grantee = 'pg_read_all_data')),
places AS MATERIALIZED (
  SELECT r.database, r.identity, r.acl, 'relation' AS kind, r.kind AS what, 'SELECT' AS privilege
  FROM named_schema n JOIN relation r ON r.database = n.database AND r.schema = n.schema
  WHERE n.list = 'application' AND r.kind IN ('table', 'partitioned table', 'sequence') AND r.extension IS NULL AND r.persistence <> 'temporary'
  UNION ALL
  SELECT s.database, s.identity, s.acl, 'schema', 'schema', 'USAGE'
  FROM named_schema n JOIN schema s ON s.database = n.database AND s.name = n.schema WHERE n.list = 'application'),
lacking AS MATERIALIZED (
  SELECT p.acl, p.privilege, group_concat(d.identity, ', ' ORDER BY d.identity) AS roles
  FROM (SELECT DISTINCT acl, privilege FROM places) p
  JOIN needing d ON NOT EXISTS (SELECT 1 FROM holder h JOIN acl_entry e ON e.acl = p.acl AND e.grantee = h.grantee AND e.privilege = p.privilege
                                WHERE h.name = d.name)
  GROUP BY p.acl, p.privilege)
SELECT p.identity AS subject, p.kind AS kind, p.database AS database, l.roles IS NULL AS ok,
       coalesce('no ' || p.privilege || ' on the ' || p.what || ' for ' || l.roles, p.privilege) AS observed,
       p.privilege AS expected
FROM places p LEFT JOIN lacking l ON l.acl = p.acl AND l.privilege = p.privilege
WHERE EXISTS (SELECT 1 FROM reader)
