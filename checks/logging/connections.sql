/*
title       = "Every log-in is logged"
severity    = "high"
measure     = "log.connections"
needs       = ["setting:log_connections", "server"]
rationale   = "Who came in, when and from where is the first question after an incident, and the one that no later source can answer. The line for the authenticated session names the role, the database and the encryption that it got. No role can override the setting."
remediation = "Set log_connections = on in postgresql.conf (on 18 and later 'on', 'all', or a list with authentication and authorization) and reload; new connections are logged from then on."
fix         = "ALTER SYSTEM SET log_connections = on;"
guide       = "Connection Logging"
references  = ["https://www.postgresql.org/docs/16/runtime-config-logging.html#GUC-LOG-CONNECTIONS", "https://www.postgresql.org/docs/18/runtime-config-logging.html#GUC-LOG-CONNECTIONS", "NIST SP 800-53 AU-12", "STIG V-233554", "STIG V-233558"]
*/
SELECT s.name AS subject, 'setting' AS kind,
       CASE WHEN v.major < 18 THEN s.number = 1
            ELSE s.items IN (',on,', ',true,', ',yes,', ',1,') OR s.items LIKE '%,all,%'
              OR s.items LIKE '%,authentication,%' AND s.items LIKE '%,authorization,%' END AS ok,
       CASE WHEN s.value = '' THEN '(empty)' ELSE CASE WHEN s.hidden = 1 THEN 'hidden from the role' ELSE coalesce(s.value, 'masked by an override on the scanner''s own ' || s.masked_by, 'not seen') END END AS observed,
       CASE WHEN v.major < 18 THEN 'on' ELSE 'on, all, or a list with authentication and authorization' END AS expected,
       CASE WHEN s.hidden = 1 THEN 'privilege' ELSE 'out_of_reach' END AS unknown_kind
FROM (SELECT *, ',' || replace(replace(lower(value), ' ', ''), '"', '') || ',' AS items FROM setting WHERE name = 'log_connections') s
CROSS JOIN server v
