-- Every database. `entered` is decided later.
-- reads: pg_database pg_roles pg_stat_database
SELECT textsend(d.datname::text) AS name, textsend(quote_ident(d.datname::text)) AS identity,
       textsend(coalesce(r.rolname::text, d.datdba::text)) AS owner, d.datistemplate AS is_template, d.datallowconn AS allow_connections,
       d.datconnlimit::int8 AS connection_limit, pg_encoding_to_char(d.encoding)::text AS encoding,
       coalesce(has_database_privilege(d.oid, 'CONNECT'), false) AS can_connect, d.datname = 'postgres' AS maintenance,
       s.checksum_failures AS checksum_failures, d.oid::int8 AS oid, d.oid::int8 AS acl_key
FROM pg_database d
LEFT JOIN pg_roles r ON r.oid = d.datdba
LEFT JOIN pg_stat_database s ON s.datid = d.oid
