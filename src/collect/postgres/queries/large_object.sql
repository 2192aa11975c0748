-- Large objects, counted by owner and ACL: there can be millions. acl_key: the first of each group.
-- reads: pg_largeobject_metadata
SELECT g.lomowner::int8 AS owner_oid, g.objects AS objects, g.first::int8 AS first_oid, g.first::int8 AS acl_key
FROM (SELECT lomowner, coalesce(lomacl, acldefault('L', lomowner)) AS acl, count(*)::int8 AS objects, min(oid) AS first
      FROM pg_largeobject_metadata GROUP BY 1, 2) g
