/*
title       = "The log goes to a place that is made for it"
severity    = "medium"
measure     = "log.retention_rotation"
needs       = ["setting:logging_collector", "setting:log_destination"]
rationale   = "An audit trail has to be kept. PostgreSQL keeps it itself through its collector, or hands it to syslog or the event log; what is only written to standard error lives as long as the container or service manager lets it, which no query can see. With no destination at all, or one that needs the collector while it is off, the log is not where it is looked for."
remediation = "Set logging_collector = on and log_destination = 'stderr' (or csvlog, jsonlog) in postgresql.conf and restart, or log_destination = 'syslog' and reload. If the platform collects standard error, have that attested with its retention."
guide       = "Audit Logging"
references  = ["https://www.postgresql.org/docs/16/runtime-config-logging.html#GUC-LOGGING-COLLECTOR", "https://www.postgresql.org/docs/16/runtime-config-logging.html#GUC-LOG-DESTINATION", "NIST SP 800-53 AU-4", "STIG V-233529", "STIG V-233610"]
*/
SELECT 'log_destination' AS subject, 'setting' AS kind,
       CASE WHEN d.value = '' THEN 0 WHEN d.items LIKE '%,syslog,%' OR d.items LIKE '%,eventlog,%' THEN 1
            WHEN d.value <> '' AND c.value = 'on' THEN 1
            WHEN c.value = 'off' AND d.items NOT LIKE '%,stderr,%' THEN 0 END AS ok,
       'log_destination ' || CASE WHEN d.value = '' THEN '(empty)' ELSE coalesce(d.value, 'not seen') END || ', logging_collector ' || coalesce(c.value, 'not seen')
         || CASE WHEN d.items LIKE '%,stderr,%' AND c.value = 'off' THEN ': standard error is kept where the container or service manager puts it, for a person to state'
                 WHEN c.value = 'off' AND d.value <> '' AND d.items NOT LIKE '%,syslog,%' AND d.items NOT LIKE '%,eventlog,%' THEN ': these formats are written only by the collector'
                 ELSE '' END AS observed,
       'logging_collector on, or syslog or eventlog' AS expected,
       c.value = 'off' AND d.items LIKE '%,stderr,%' AS manual,
       'not_provided' AS unknown_kind, 'logging_collector = on, or [files] logs' AS unlock
FROM (SELECT *, ',' || replace(replace(lower(value), ' ', ''), '"', '') || ',' AS items FROM setting WHERE name = 'log_destination') d
JOIN setting c ON c.name = 'logging_collector'
