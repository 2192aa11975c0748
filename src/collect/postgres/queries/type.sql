-- Types and domains of their own: the row types of relations and array types aside.
-- reads: pg_type pg_namespace pg_roles pg_class pg_depend pg_extension
SELECT textsend(n.nspname::text) AS schema, textsend(t.typname::text) AS name,
       textsend(quote_ident(n.nspname::text) || '.' || quote_ident(t.typname::text)) AS identity,
       t.typowner::int8 AS owner_oid, textsend(x.extname::text) AS extension, t.oid::int8 AS acl_key
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_class c ON c.oid = t.typrelid
LEFT JOIN pg_depend d ON d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
LEFT JOIN pg_extension x ON x.oid = d.refobjid
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND t.typcategory <> 'A'
  AND (t.typrelid = 0 OR c.relkind = 'c') AND t.typtype <> 'm'
