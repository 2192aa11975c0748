-- Tables, views, sequences and the like outside the system schemas. acl_key: the first object with the same owner, kind and ACL.
-- reads: pg_class pg_namespace pg_roles pg_inherits pg_depend pg_extension
WITH object AS (
  SELECT c.oid, c.relnamespace, c.relname, c.relkind, c.relowner, c.relrowsecurity, c.relforcerowsecurity, c.relpersistence,
         c.relispartition, c.reloptions, n.nspname,
         coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, c.relowner)) AS acl
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
), grouped AS (
  SELECT relowner, relkind = 'S' AS sequence, acl, min(oid) AS acl_key FROM object GROUP BY 1, 2, 3
), first_parent AS (
  SELECT DISTINCT ON (i.inhrelid) i.inhrelid, quote_ident(pn.nspname::text) || '.' || quote_ident(p.relname::text) AS identity
  FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
  ORDER BY i.inhrelid, i.inhseqno
)
SELECT textsend(o.nspname::text) AS schema, textsend(o.relname::text) AS name,
       textsend(quote_ident(o.nspname::text) || '.' || quote_ident(o.relname::text)) AS identity,
       CASE o.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
                      WHEN 'S' THEN 'sequence' ELSE 'foreign table' END AS kind,
       o.relowner::int8 AS owner_oid, o.relrowsecurity AS row_security,
       o.relforcerowsecurity AS force_row_security,
       CASE o.relpersistence WHEN 'p' THEN 'permanent' WHEN 'u' THEN 'unlogged' ELSE 'temporary' END AS persistence,
       o.relispartition AS is_partition, textsend(f.identity) AS parent, textsend(array_to_json(o.reloptions)::text) AS options,
       textsend(x.extname::text) AS extension, o.oid::int8 AS oid, g.acl_key::int8 AS acl_key
FROM object o
JOIN grouped g ON g.relowner = o.relowner AND g.sequence = (o.relkind = 'S') AND g.acl = o.acl
LEFT JOIN first_parent f ON f.inhrelid = o.oid
LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = o.oid AND d.objsubid = 0 AND d.deptype = 'e'
LEFT JOIN pg_extension x ON x.oid = d.refobjid
