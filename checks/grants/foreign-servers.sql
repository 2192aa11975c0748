/*
title       = "Foreign servers are for roles that the policy names"
severity    = "medium"
measure     = "fdw.credentials"
needs       = ["foreign_server", "privilege", "role"]
rationale   = """
USAGE on a foreign server lets a role make a mapping for itself, and see the password in its own; USAGE on a wrapper lets it make servers of its own, to any address.
Both lead out of the database, and into another with that one's rights."""
remediation = """
REVOKE USAGE ON FOREIGN SERVER … FROM …; REVOKE USAGE ON FOREIGN DATA WRAPPER … FROM …; name the services that need it in [roles] service, or the administrators in admin."""
references  = ["https://www.postgresql.org/docs/16/sql-createusermapping.html", "NIST SP 800-53 AC-4"]
when_empty  = "no scanned database has a foreign server or a wrapper"
*/
WITH outside AS (
  SELECT e.acl, group_concat(DISTINCT CASE e.grantee WHEN '' THEN 'PUBLIC' ELSE coalesce(r.identity, e.grantee) END) AS roles
  FROM acl_entry e LEFT JOIN role r ON r.name = e.grantee
  WHERE e.privilege = 'USAGE' AND e.owner = 0 AND coalesce(r.superuser, 0) = 0
    AND e.grantee NOT IN (SELECT role FROM named_role WHERE list IN ('admin', 'service', 'owner') AND source = 'file')
    AND e.acl IN (SELECT acl FROM foreign_server)
  GROUP BY e.acl)
SELECT s.identity AS subject, s.kind AS kind, s.database AS database, o.roles IS NULL AS ok,
       CASE WHEN o.roles IS NULL THEN 'USAGE for roles of the policy only' ELSE 'USAGE for ' || replace(o.roles, ',', ', ') END AS observed,
       'USAGE only for roles of [roles] service, owner and admin' AS expected
FROM foreign_server s LEFT JOIN outside o ON o.acl = s.acl
