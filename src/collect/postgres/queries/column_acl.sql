-- Privileges on single columns.
-- reads: pg_attribute pg_class pg_namespace
SELECT (a.attrelid::int8 << 16) + a.attnum AS acl_key, e.grantor::int8 AS grantor, e.grantee::int8 AS grantee,
       e.privilege_type AS privilege, e.is_grantable AS grantable, e.grantee = c.relowner AS owner
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL aclexplode(a.attacl) AS e
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped AND a.attacl IS NOT NULL
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
