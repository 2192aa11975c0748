-- Privileges on parameters.
-- reads: pg_parameter_acl
-- since: 15
SELECT p.oid::int8 AS acl_key, e.grantor::int8 AS grantor, e.grantee::int8 AS grantee, e.privilege_type AS privilege,
       e.is_grantable AS grantable, e.grantee = 10 AS owner
FROM pg_parameter_acl p
CROSS JOIN LATERAL aclexplode(p.paracl) AS e
