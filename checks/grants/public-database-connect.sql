/*
title       = "PUBLIC can neither connect to application databases nor make temporary objects there"
severity    = "medium"
measure     = "grants.public"
needs       = ["privilege", "database", "policy:schemas.application"]
rationale   = """
Every new database lets PUBLIC connect and create temporary tables; a role made for something else can then enter the application's database and read all of its catalogs.
Temporary objects are also what shadows a table name in a function without a fixed search path. Revoking CREATE, as is often advised, changes neither."""
remediation = "REVOKE CONNECT, TEMPORARY ON DATABASE appdb FROM PUBLIC; then GRANT CONNECT ON DATABASE appdb TO the roles that use it."
fix         = "REVOKE CONNECT, TEMPORARY ON DATABASE {subject} FROM PUBLIC;"
guide       = "Lock down public access"
references  = ["https://www.postgresql.org/docs/16/ddl-priv.html", "NIST SP 800-53 AC-3", "STIG V-233520"]
*/
SELECT d.identity AS subject, 'database' AS kind, e.held IS NULL AS ok,
       coalesce(replace(e.held, ',', ', ') || ' for PUBLIC', 'neither for PUBLIC')
         || coalesce((SELECT ', the provider''s own (' || p.provider || ')' FROM provider_object p WHERE p.kind = 'database' AND p.name = d.name), '') AS observed,
       'no CONNECT or TEMPORARY for PUBLIC' AS expected
FROM database d
LEFT JOIN (SELECT acl, group_concat(DISTINCT privilege ORDER BY privilege) AS held FROM acl_entry
           WHERE grantee = '' AND privilege IN ('CONNECT', 'TEMPORARY') GROUP BY acl) e ON e.acl = d.acl
WHERE d.name IN (SELECT database FROM named_schema WHERE list = 'application')
