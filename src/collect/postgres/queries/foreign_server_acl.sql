-- Privileges on foreign servers and foreign-data wrappers.
-- reads: pg_foreign_server pg_foreign_data_wrapper
SELECT 2 * s.oid::int8 AS acl_key, e.grantor::int8 AS grantor, e.grantee::int8 AS grantee, e.privilege_type AS privilege,
       e.is_grantable AS grantable, e.grantee = s.srvowner AS owner
FROM pg_foreign_server s
CROSS JOIN LATERAL aclexplode(coalesce(s.srvacl, acldefault('S', s.srvowner))) AS e
UNION ALL
SELECT 2 * w.oid::int8 + 1, e.grantor::int8, e.grantee::int8, e.privilege_type, e.is_grantable, e.grantee = w.fdwowner
FROM pg_foreign_data_wrapper w
CROSS JOIN LATERAL aclexplode(coalesce(w.fdwacl, acldefault('F', w.fdwowner))) AS e
