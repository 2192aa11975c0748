/*
title       = "PUBLIC cannot create schemas in any database"
severity    = "high"
measure     = "grants.public"
needs       = ["privilege", "database"]
rationale   = """
CREATE on a database lets its holder make schemas and install trusted extensions in it.
PUBLIC is every role that exists and every role that will, so this right would be nobody's decision. PostgreSQL never gives it by itself: somebody did."""
remediation = "REVOKE CREATE ON DATABASE … FROM PUBLIC, and grant it to the role that runs migrations."
fix         = "REVOKE CREATE ON DATABASE {subject} FROM PUBLIC;"
guide       = "Lock down public access"
references  = ["https://www.postgresql.org/docs/16/ddl-priv.html", "NIST SP 800-53 AC-3", "STIG V-233520"]
*/
SELECT d.identity AS subject, 'database' AS kind, e.acl IS NULL AS ok,
       CASE WHEN e.acl IS NULL THEN 'no CREATE for PUBLIC' ELSE 'CREATE for PUBLIC' END
         || coalesce((SELECT ', the provider''s own (' || p.provider || ')' FROM provider_object p WHERE p.kind = 'database' AND p.name = d.name), '') AS observed,
       'no CREATE for PUBLIC' AS expected
FROM database d
LEFT JOIN (SELECT DISTINCT acl FROM acl_entry WHERE grantee = '' AND privilege = 'CREATE') e ON e.acl = d.acl
