/*
title       = "Sessions of clients that are gone are noticed"
severity    = "low"
measure     = "session.idle_session"
needs       = ["tls_endpoint", "setting:tcp_keepalives_idle", "setting:client_connection_check_interval"]
rationale   = "When a client disappears without saying so, its query, its locks and its slot stay until the operating system notices, by default after more than two hours. What keeps running for nobody is a load, and a session that somebody on the way could take over."
remediation = "Set client_connection_check_interval = '10s' (14 and later) and tcp_keepalives_idle = 300 in postgresql.conf and reload; new sessions get them."
references  = ["https://www.postgresql.org/docs/16/runtime-config-connection.html#GUC-CLIENT-CONNECTION-CHECK-INTERVAL", "https://www.postgresql.org/docs/16/runtime-config-connection.html#GUC-TCP-KEEPALIVES-IDLE", "NIST SP 800-53 AC-12", "STIG V-233613"]
*/
SELECT 'tcp_keepalives_idle' AS subject, 'setting' AS kind,
       CASE WHEN i.number > 0 THEN 1
            WHEN i.name IS NOT NULL AND i.number IS NULL THEN NULL
            WHEN e.transport = 'tcp' THEN k.source <> 'default' AND k.number BETWEEN 1 AND 600000 END AS ok,
       CASE WHEN i.name IS NULL THEN '' ELSE 'client_connection_check_interval ' || coalesce(i.value || coalesce(' ' || i.unit, ''), 'not seen') || ', ' END
         || CASE WHEN e.transport = 'unix' THEN 'tcp_keepalives_idle cannot be seen over a Unix socket'
                 ELSE 'tcp_keepalives_idle ' || coalesce(k.value || coalesce(' ' || k.unit, '') || CASE k.source WHEN 'default' THEN ' (the system''s own, not set)' ELSE '' END, 'not seen') END AS observed,
       'client_connection_check_interval above 0, or tcp_keepalives_idle set to 10 minutes or less' AS expected,
       'out_of_reach' AS unknown_kind, 'scan over TCP' AS unlock
FROM setting k CROSS JOIN tls_endpoint e LEFT JOIN setting i ON i.name = 'client_connection_check_interval'
WHERE k.name = 'tcp_keepalives_idle'
