/*
title       = "PUBLIC has no privilege on any table, view or sequence"
severity    = "high"
measure     = "grants.public"
needs       = ["privilege", "relation"]
rationale   = """
A privilege of PUBLIC belongs to every role that exists and every role that will be made, and cannot be taken from one of them alone.
It makes each access review of named roles incomplete, and data protection by default impossible."""
remediation = "REVOKE ALL ON … FROM PUBLIC, and grant to roles by name. Look at default privileges too (grants/default-privileges), or the next table has it again."
fix         = "REVOKE ALL ON TABLE {subject} FROM PUBLIC;"
guide       = "Lock down public access"
references  = ["https://www.postgresql.org/docs/16/ddl-priv.html", "NIST SP 800-53 AC-3", "STIG V-233520"]
when_empty  = "no scanned database has a table, view or sequence of its own"
*/
SELECT r.identity AS subject, 'relation' AS kind, r.database AS database, e.held IS NULL AS ok,
       coalesce(replace(e.held, ',', ', ') || ' for PUBLIC on the ' || r.kind, 'nothing for PUBLIC') AS observed,
       'nothing for PUBLIC' AS expected
FROM relation r
LEFT JOIN (SELECT acl, group_concat(DISTINCT privilege ORDER BY privilege) AS held FROM acl_entry
           WHERE grantee = '' GROUP BY acl) e ON e.acl = r.acl
WHERE r.extension IS NULL
