/*
title       = "PUBLIC cannot create objects in any schema"
severity    = "high"
measure     = "grants.public_schema_create"
needs       = ["privilege", "schema"]
rationale   = """
Where everybody may create, anybody can plant a function or table that another role's query finds first, and runs with that role's rights.
PostgreSQL 13 and 14 allow it in the schema public of every new database, and an upgrade keeps it."""
remediation = "REVOKE CREATE ON SCHEMA public FROM PUBLIC in each database, and in template1, so that new databases begin without it."
fix         = "REVOKE CREATE ON SCHEMA {subject} FROM PUBLIC;"
guide       = "Lock down public access"
references  = ["https://www.postgresql.org/docs/16/ddl-schemas.html", "NIST SP 800-53 CM-11", "NIST SP 800-53 CM-5", "STIG V-233587", "STIG V-233523"]
*/
SELECT s.identity AS subject, 'schema' AS kind, s.database AS database, e.acl IS NULL AS ok,
       CASE WHEN e.acl IS NULL THEN 'no CREATE for PUBLIC' ELSE 'CREATE for PUBLIC' END AS observed,
       'no CREATE for PUBLIC' AS expected
FROM schema s
LEFT JOIN (SELECT DISTINCT acl FROM acl_entry WHERE grantee = '' AND privilege = 'CREATE') e ON e.acl = s.acl
