-- Privileges on large objects, each distinct ACL of an owner once.
-- reads: pg_largeobject_metadata
SELECT g.first::int8 AS acl_key, e.grantor::int8 AS grantor, e.grantee::int8 AS grantee, e.privilege_type AS privilege,
       e.is_grantable AS grantable, e.grantee = g.lomowner AS owner
FROM (SELECT lomowner, coalesce(lomacl, acldefault('L', lomowner)) AS acl, min(oid) AS first
      FROM pg_largeobject_metadata GROUP BY 1, 2) g
CROSS JOIN LATERAL aclexplode(g.acl) AS e
