-- Whether the optional function that says how passwords are stored is there, may be run, and runs as a role that nobody logs in as.
-- reads: pg_proc pg_namespace pg_roles
SELECT has_schema_privilege(n.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE') AS allowed,
       p.prosecdef AND NOT r.rolcanlogin AND NOT r.rolsuper AS safe
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_roles r ON r.oid = p.proowner
WHERE n.nspname = 'audit_api' AND p.proname = 'password_storage' AND p.pronargs = 0
