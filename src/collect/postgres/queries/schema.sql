-- Schemas, the system's own aside.
-- reads: pg_namespace pg_roles pg_depend pg_extension
SELECT textsend(n.nspname::text) AS name, textsend(quote_ident(n.nspname::text)) AS identity,
       n.nspowner::int8 AS owner_oid, textsend(x.extname::text) AS extension, n.oid::int8 AS acl_key
FROM pg_namespace n
LEFT JOIN pg_depend d ON d.classid = 'pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e'
LEFT JOIN pg_extension x ON x.oid = d.refobjid
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
