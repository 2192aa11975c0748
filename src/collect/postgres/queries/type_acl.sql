-- Privileges on types.
-- reads: pg_type pg_namespace pg_class
SELECT t.oid::int8 AS acl_key, e.grantor::int8 AS grantor, e.grantee::int8 AS grantee, e.privilege_type AS privilege,
       e.is_grantable AS grantable, e.grantee = t.typowner AS owner
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_class c ON c.oid = t.typrelid
CROSS JOIN LATERAL aclexplode(coalesce(t.typacl, acldefault('T', t.typowner))) AS e
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND t.typcategory <> 'A'
  AND (t.typrelid = 0 OR c.relkind = 'c') AND t.typtype <> 'm'
