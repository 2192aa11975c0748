-- The server, and the scanner's own session as the server sees it.
-- reads: pg_stat_ssl pg_stat_gssapi
SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int8 AS version_num,
       CASE WHEN to_regproc('pg_catalog.aurora_version') IS NOT NULL THEN 'Amazon Aurora'
            WHEN version() ~ '^PostgreSQL [0-9]+([.][0-9]+|devel|alpha[0-9]*|beta[0-9]+|rc[0-9]+)*( [(](Debian|Ubuntu|Homebrew|Postgres[.]app)[^)]*[)])? on ' THEN ''
            ELSE split_part(version(), ' on ', 1) END AS vendor,
       pg_is_in_recovery() AS in_recovery,
       to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS server_time,
       to_char(pg_postmaster_start_time() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS started_at,
       to_char(pg_conf_load_time() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS config_loaded_at,
       textsend(session_user::text) AS scanner_role, textsend(current_database()::text) AS scanner_database,
       host(inet_client_addr()) AS client_address, host(inet_server_addr()) AS server_address,
       s.ssl AS session_ssl, s.version AS session_ssl_version, s.cipher AS session_ssl_cipher,
       s.bits::int8 AS session_ssl_bits, g.encrypted AS session_gss_encrypted
FROM (SELECT pg_backend_pid() AS pid) AS me
LEFT JOIN pg_stat_ssl s ON s.pid = me.pid
LEFT JOIN pg_stat_gssapi g ON g.pid = me.pid
