-- What the role may read and call, asked before anything is read, so that no refusal lands in the server's log.
SELECT textsend(c.relname::text) AS name, has_table_privilege(c.oid, 'SELECT') AS allowed
FROM pg_class c WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relname::text = ANY ($1::text[])
UNION ALL
SELECT textsend(p.oid::regprocedure::text), has_function_privilege(p.oid, 'EXECUTE')
FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.oid::regprocedure::text = ANY ($1::text[])
