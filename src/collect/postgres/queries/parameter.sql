-- Parameters on which a privilege was granted.
-- reads: pg_parameter_acl
-- since: 15
SELECT textsend(parname) AS name, oid::int8 AS acl_key FROM pg_parameter_acl
