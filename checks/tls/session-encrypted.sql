/*
title       = "The scan's own session is encrypted at both ends"
severity    = "critical"
measure     = "tls.server_enabled"
needs       = ["server.session", "tls_endpoint"]
rationale   = "One session seen from both ends proves more than a setting: the scanner knows what it negotiated, the server says in pg_stat_ssl what it received. If only one of them sees TLS, a proxy ends the encryption on the way, and from there on the data travel in clear. Local means a loopback address as the server sees its client (127.0.0.0/8, ::1)."
remediation = "Connect with sslmode=verify-full and let the server, not a proxy before it, end the TLS; or let the proxy speak TLS 1.2 or later to the server. Set ssl = on and ssl_min_protocol_version = 'TLSv1.2' in postgresql.conf and reload."
guide       = "pg_stat_ssl"
references  = ["https://www.postgresql.org/docs/16/monitoring-stats.html#MONITORING-PG-STAT-SSL-VIEW", "NIST SP 800-53 SC-8", "NIST SP 800-52r2", "STIG V-233519", "STIG V-233538"]
when_empty  = "the scan came over a Unix socket"
*/
WITH seen AS (
  SELECT e.encrypted, e.protocol, s.session_ssl, s.session_ssl_version, s.session_ssl_cipher, s.session_gss_encrypted, s.client_address,
         s.client_address LIKE '127.%' OR s.client_address LIKE '::ffff:127.%' OR s.client_address IN ('::1', '::1/128') AS local
  FROM tls_endpoint e CROSS JOIN server s WHERE e.transport = 'tcp'
)
SELECT 'the scan''s own session' AS subject, 'session' AS kind,
       CASE WHEN encrypted = 1 AND protocol NOT IN ('TLSv1.2', 'TLSv1.3') THEN 0
            WHEN session_ssl = 1 AND session_ssl_version NOT IN ('TLSv1.2', 'TLSv1.3') THEN 0
            WHEN encrypted = 0 AND session_ssl = 0 AND session_gss_encrypted = 0 THEN 0
            WHEN encrypted = 1 AND session_ssl = 0 AND session_gss_encrypted = 0 AND local = 0 THEN 0
            WHEN encrypted = 1 AND session_ssl = 1 THEN protocol IN ('TLSv1.2', 'TLSv1.3') AND session_ssl_version IN ('TLSv1.2', 'TLSv1.3')
       END AS ok,
       'scanner: ' || CASE encrypted WHEN 1 THEN coalesce(protocol, 'TLS of an unknown version') ELSE 'no TLS' END
         || '; server: ' || CASE WHEN session_ssl = 1 THEN coalesce(session_ssl_version, 'TLS of an unknown version') || coalesce(' ' || session_ssl_cipher, '')
                                 WHEN session_gss_encrypted = 1 THEN 'GSS encryption' WHEN session_ssl = 0 THEN 'no TLS' ELSE 'not seen' END
         || CASE WHEN encrypted <> session_ssl THEN '; something between them ends the TLS, and reaches the server from ' || coalesce(client_address, 'an unknown address')
                 WHEN encrypted = 1 AND protocol <> session_ssl_version THEN '; the versions differ: something between them speaks TLS to both' ELSE '' END AS observed,
       'TLSv1.2 or TLSv1.3 at both ends' AS expected,
       CASE WHEN session_ssl IS NULL OR protocol IS NULL AND encrypted = 1 THEN 'out_of_reach' ELSE 'proxy' END AS unknown_kind
FROM seen
