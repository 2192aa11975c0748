-- Privileges on schemas.
-- reads: pg_namespace
SELECT n.oid::int8 AS acl_key, e.grantor::int8 AS grantor, e.grantee::int8 AS grantee, e.privilege_type AS privilege,
       e.is_grantable AS grantable, e.grantee = n.nspowner AS owner
FROM pg_namespace n
CROSS JOIN LATERAL aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS e
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
