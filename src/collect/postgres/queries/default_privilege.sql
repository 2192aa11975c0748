-- ALTER DEFAULT PRIVILEGES, entry by entry; an empty list of entries is kept as one without grantee and privilege.
-- reads: pg_default_acl pg_roles pg_namespace
SELECT d.defaclrole::int8 AS creator, textsend(n.nspname::text) AS schema,
       CASE d.defaclobjtype WHEN 'r' THEN 'table' WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'function' WHEN 'T' THEN 'type'
                            WHEN 'n' THEN 'schema' WHEN 'L' THEN 'large object' ELSE 'other' END AS object_kind,
       coalesce(e.grantor, d.defaclrole)::int8 AS grantor, coalesce(e.grantee, 0)::int8 AS grantee,
       coalesce(e.privilege_type, '') AS privilege, coalesce(e.is_grantable, false) AS grantable
FROM pg_default_acl d
LEFT JOIN LATERAL aclexplode(d.defaclacl) AS e ON true
LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
