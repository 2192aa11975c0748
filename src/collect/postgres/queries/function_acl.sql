-- Privileges on functions.
-- reads: pg_proc pg_namespace
SELECT p.oid::int8 AS acl_key, e.grantor::int8 AS grantor, e.grantee::int8 AS grantee, e.privilege_type AS privilege,
       e.is_grantable AS grantable, e.grantee = p.proowner AS owner
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS e
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
