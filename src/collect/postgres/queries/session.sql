-- Sessions and who they come from. Of a statement only its kind is computed, by the server: its text never travels. Without pg_read_all_stats the sessions of other roles are rows of NULLs: `backend` is unseen.
-- reads: pg_stat_activity pg_stat_ssl pg_stat_gssapi
-- member: pg_read_all_stats
SELECT a.pid::int8 AS pid, a.pid = pg_backend_pid() AS scanner,
       CASE a.backend_type WHEN 'client backend' THEN 'client' WHEN 'walsender' THEN 'replication' ELSE CASE WHEN a.backend_type IS NULL THEN 'unseen' ELSE 'server' END END AS backend,
       textsend(coalesce(a.usename::text, '')) AS role, textsend(a.datname::text) AS database,
       CASE WHEN a.client_port = -1 THEN 'unix' WHEN a.client_addr IS NOT NULL THEN 'tcp' END AS transport,
       host(a.client_addr) AS address,
       to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS started_at,
       a.state AS state, (extract(epoch FROM clock_timestamp() - a.state_change) * 1000)::int8 AS state_age_ms,
       CASE WHEN a.backend_type IN ('client backend', 'walsender') AND a.state <> 'disabled' THEN
         CASE WHEN k.head ~ '^(CREATE|ALTER|DROP) (ROLE|USER|GROUP)( |$)' AND k.head !~ '^[A-Z]+ USER MAPPING'
                THEN split_part(k.head, ' ', 1) || ' ROLE'
              WHEN k.head ~ '^CREATE (GLOBAL |LOCAL )?TEMP(ORARY)? ' THEN 'CREATE TEMPORARY'
              WHEN split_part(k.head, ' ', 1) IN ('CREATE', 'ALTER', 'DROP', 'GRANT', 'REVOKE', 'TRUNCATE', 'COMMENT', 'SECURITY', 'REASSIGN', 'IMPORT', 'REFRESH', 'REINDEX', 'CLUSTER',
                     'SELECT', 'INSERT', 'UPDATE', 'DELETE', 'MERGE', 'WITH', 'VALUES', 'TABLE', 'COPY', 'CALL', 'DO', 'EXECUTE', 'PREPARE', 'DEALLOCATE', 'DECLARE', 'FETCH', 'MOVE', 'CLOSE',
                     'SET', 'RESET', 'SHOW', 'BEGIN', 'START', 'COMMIT', 'END', 'ROLLBACK', 'ABORT', 'SAVEPOINT', 'RELEASE', 'LOCK', 'VACUUM', 'ANALYZE', 'CHECKPOINT', 'EXPLAIN', 'DISCARD',
                     'LISTEN', 'UNLISTEN', 'NOTIFY', 'LOAD', 'START_REPLICATION', 'BASE_BACKUP')
                THEN split_part(k.head, ' ', 1)
              ELSE 'OTHER' END END AS statement,
       s.ssl AS ssl, s.version AS ssl_version, g.encrypted AS gss_encrypted
FROM pg_stat_activity a
LEFT JOIN pg_stat_ssl s ON s.pid = a.pid
LEFT JOIN pg_stat_gssapi g ON g.pid = a.pid
CROSS JOIN LATERAL (SELECT upper(regexp_replace(substring(regexp_replace(left(a.query, 2000), '^(\s|;|--[^\n]*(\n|$)|/\*([^*]|\*+[^*/])*\*+/)+', '')
                                                FROM '^[A-Za-z_]+(?:\s+[A-Za-z_]+)?(?:\s+[A-Za-z_]+)?'), '\s+', ' ', 'g')) AS head) k
