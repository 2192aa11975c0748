/*
title       = "PUBLIC has no privilege on application schemas"
severity    = "high"
measure     = "grants.public"
needs       = ["privilege", "schema", "policy:schemas.application"]
rationale   = """
USAGE on the schema is the door to everything in it: without it a table that was granted too widely still cannot be reached.
Given to PUBLIC the door is open to every role, those of other services and of later years included."""
remediation = "REVOKE ALL ON SCHEMA app FROM PUBLIC, and GRANT USAGE ON SCHEMA app TO the application and read-only roles by name."
fix         = "REVOKE ALL ON SCHEMA {subject} FROM PUBLIC;"
guide       = "Lock down public access"
references  = ["https://www.postgresql.org/docs/16/ddl-schemas.html", "NIST SP 800-53 AC-3", "STIG V-233520"]
*/
SELECT s.identity AS subject, 'schema' AS kind, s.database AS database, e.held IS NULL AS ok,
       coalesce(replace(e.held, ',', ', ') || ' for PUBLIC', 'nothing for PUBLIC') AS observed,
       'nothing for PUBLIC' AS expected
FROM named_schema n
JOIN schema s ON s.database = n.database AND s.name = n.schema
LEFT JOIN (SELECT acl, group_concat(DISTINCT privilege ORDER BY privilege) AS held FROM acl_entry
           WHERE grantee = '' AND privilege IN ('USAGE', 'CREATE') GROUP BY acl) e ON e.acl = s.acl
WHERE n.list = 'application'
