-- Privileges on relations, columns and functions of pg_catalog beyond what they were made with (initdb, or their extension).
-- reads: pg_class pg_attribute pg_proc pg_init_privs
WITH object AS (
  SELECT 'relation' AS object_kind, quote_ident(c.relname::text) AS object, c.relowner AS owner, c.relacl AS acl,
         coalesce(i.initprivs, acldefault('r', c.relowner)) AS initial
  FROM pg_class c
  LEFT JOIN pg_init_privs i ON i.classoid = 'pg_class'::regclass AND i.objoid = c.oid AND i.objsubid = 0
  WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relacl IS NOT NULL
  UNION ALL
  SELECT 'column', quote_ident(c.relname::text) || '.' || quote_ident(a.attname::text), c.relowner, a.attacl, i.initprivs
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  LEFT JOIN pg_init_privs i ON i.classoid = 'pg_class'::regclass AND i.objoid = c.oid AND i.objsubid = a.attnum
  WHERE c.relnamespace = 'pg_catalog'::regnamespace AND a.attacl IS NOT NULL
  UNION ALL
  SELECT 'function', quote_ident(p.proname::text) || '(' || coalesce(pg_get_function_identity_arguments(p.oid), 'dropped meanwhile: ' || p.oid::text) || ')', p.proowner, p.proacl,
         coalesce(i.initprivs, acldefault('f', p.proowner))
  FROM pg_proc p
  LEFT JOIN pg_init_privs i ON i.classoid = 'pg_proc'::regclass AND i.objoid = p.oid
  WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proacl IS NOT NULL
)
SELECT o.object_kind AS object_kind, textsend(o.object) AS object, e.grantor::int8 AS grantor, e.grantee::int8 AS grantee,
       e.privilege_type AS privilege, e.is_grantable AS grantable
FROM object o
CROSS JOIN LATERAL aclexplode(o.acl) AS e
WHERE e.grantee <> o.owner
  AND NOT EXISTS (SELECT FROM aclexplode(o.initial) AS b
                  WHERE b.grantee = e.grantee AND b.privilege_type = e.privilege_type AND b.is_grantable >= e.is_grantable)
