-- Privileges on relations, each distinct ACL once.
-- reads: pg_class pg_namespace
WITH grouped AS (
  SELECT c.relowner, coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, c.relowner)) AS acl,
         c.relkind = 'S' AS sequence, min(c.oid) AS acl_key
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  GROUP BY 1, 2, 3
)
SELECT g.acl_key::int8 AS acl_key, e.grantor::int8 AS grantor, e.grantee::int8 AS grantee, e.privilege_type AS privilege,
       e.is_grantable AS grantable, e.grantee = g.relowner AS owner
FROM grouped g CROSS JOIN LATERAL aclexplode(g.acl) AS e
