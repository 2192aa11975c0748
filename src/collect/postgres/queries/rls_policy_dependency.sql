-- What policies use, from pg_depend: columns of their own table, other relations and their columns, functions outside the system schemas.
-- reads: pg_policy pg_class pg_namespace pg_depend pg_attribute pg_proc
WITH used AS (
  SELECT p.polname, p.polrelid, d.refclassid, d.refobjid, d.refobjsubid
  FROM pg_policy p JOIN pg_depend d ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid
  WHERE d.deptype = 'n' OR d.refobjsubid > 0
)
SELECT DISTINCT textsend(n.nspname::text) AS schema, textsend(c.relname::text) AS relation,
       textsend(quote_ident(n.nspname::text) || '.' || quote_ident(c.relname::text)) AS relation_identity, textsend(u.polname::text) AS policy,
       textsend(quote_ident(u.polname::text) || ' on ' || quote_ident(n.nspname::text) || '.' || quote_ident(c.relname::text)) AS policy_identity,
       CASE WHEN u.refclassid = 'pg_proc'::regclass THEN 'function' WHEN u.refobjsubid > 0 THEN 'column' ELSE 'relation' END AS kind,
       u.refobjid = u.polrelid AND u.refclassid = 'pg_class'::regclass AS own,
       textsend(CASE WHEN u.refclassid = 'pg_proc'::regclass
                     THEN quote_ident(fn.nspname::text) || '.' || quote_ident(f.proname::text) || '(' || coalesce(pg_get_function_identity_arguments(f.oid), 'dropped meanwhile') || ')'
                     ELSE quote_ident(rn.nspname::text) || '.' || quote_ident(r.relname::text) || coalesce('.' || quote_ident(a.attname::text), '') END) AS object,
       textsend(CASE WHEN u.refclassid = 'pg_class'::regclass THEN quote_ident(rn.nspname::text) || '.' || quote_ident(r.relname::text) ELSE '' END) AS object_relation
FROM used u
JOIN pg_class c ON c.oid = u.polrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class r ON u.refclassid = 'pg_class'::regclass AND r.oid = u.refobjid
LEFT JOIN pg_namespace rn ON rn.oid = r.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = u.refobjsubid AND u.refobjsubid > 0
LEFT JOIN pg_proc f ON u.refclassid = 'pg_proc'::regclass AND f.oid = u.refobjid
LEFT JOIN pg_namespace fn ON fn.oid = f.pronamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND (r.oid IS NOT NULL OR f.oid IS NOT NULL)
