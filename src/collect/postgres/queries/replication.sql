-- Who this server sends its WAL to. Without pg_read_all_stats every column but the role's is NULL.
-- reads: pg_stat_replication pg_stat_ssl pg_stat_gssapi
SELECT r.pid::int8 AS pid, textsend(coalesce(r.usename::text, '')) AS role,
       CASE WHEN r.client_port = -1 THEN 'unix' WHEN r.client_addr IS NOT NULL THEN 'tcp' END AS transport,
       host(r.client_addr) AS address, r.state AS state, r.sync_state AS sync_state,
       s.ssl AS ssl, s.version AS ssl_version, g.encrypted AS gss_encrypted
FROM pg_stat_replication r
LEFT JOIN pg_stat_ssl s ON s.pid = r.pid
LEFT JOIN pg_stat_gssapi g ON g.pid = r.pid
