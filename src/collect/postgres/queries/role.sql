-- Every role.
-- reads: pg_roles
SELECT textsend(rolname::text) AS name, textsend(quote_ident(rolname::text)) AS identity, rolsuper AS superuser, rolinherit AS inherit,
       rolcreaterole AS createrole, rolcreatedb AS createdb, rolcanlogin AS can_login, rolreplication AS replication,
       rolbypassrls AS bypassrls, rolconnlimit::int8 AS connection_limit,
       CASE WHEN rolvaliduntil IS NULL THEN 'never' WHEN rolvaliduntil = 'infinity' THEN 'infinity' WHEN rolvaliduntil = '-infinity' THEN '0001-01-01T00:00:00Z'
            ELSE to_char(rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') END AS valid_until,
       oid = 10 AS bootstrap, oid >= 3000 AND oid < 16384 AND rolname ~ '^pg_' AS predefined, rolname = session_user AS scanner, oid::int8 AS oid
FROM pg_roles
