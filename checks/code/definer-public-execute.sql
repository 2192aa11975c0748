/*
title       = "Functions that run with their owner's rights are not for everybody"
severity    = "high"
measure     = "functions.secdef_search_path"
needs       = ["function", "privilege", "schema"]
rationale   = """
PostgreSQL lets PUBLIC execute each new function. For one that runs with its owner's rights this hands a piece of the owner to every role that can reach the schema.
Roles made later have it as well, and no review of named roles shows it."""
remediation = """
REVOKE EXECUTE ON FUNCTION … FROM PUBLIC, and GRANT EXECUTE to the roles that call it; ALTER DEFAULT PRIVILEGES FOR ROLE appowner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC for those to come."""
fix         = "REVOKE EXECUTE ON FUNCTION {subject} FROM PUBLIC; -- in database {database}"
references  = ["https://www.postgresql.org/docs/16/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY", "NIST SP 800-53 AC-6"]
when_empty  = "no scanned database has a SECURITY DEFINER function of its own that can be called"
*/
WITH everybody AS (SELECT DISTINCT acl FROM acl_entry WHERE grantee = '' AND privilege = 'EXECUTE'),
usable AS (SELECT DISTINCT s.database, s.name FROM schema s JOIN acl_entry e ON e.acl = s.acl WHERE e.privilege = 'USAGE' AND e.owner = 0)
SELECT f.identity AS subject, 'function' AS kind, f.database AS database, e.acl IS NULL OR u.name IS NULL AS ok,
       CASE WHEN e.acl IS NULL THEN 'PUBLIC may not execute it' WHEN u.name IS NULL THEN 'PUBLIC may execute it, and nobody but its owner may use the schema' ELSE 'PUBLIC may execute it' END AS observed,
       'EXECUTE for named roles' AS expected
FROM function f
LEFT JOIN everybody e ON e.acl = f.acl
LEFT JOIN usable u ON u.database = f.database AND u.name = f.schema
WHERE f.security_definer = 1 AND coalesce(f.extension, '') = '' AND coalesce(f.returns, '') NOT IN ('trigger', 'event_trigger')
