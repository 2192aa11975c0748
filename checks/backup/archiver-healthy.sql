/*
title       = "The archiver keeps up"
severity    = "high"
measure     = "backup.archiving"
needs       = ["archiver", "server", "setting:archive_mode"]
params      = ["backup.archive_lag"]
rationale   = "Archiving that was set up and then began to fail looks like archiving in every setting. The server goes on working while the disk fills and the point in time that could be restored stays behind, until the day it is needed."
remediation = "Read the server's log for what archive_command says, mend it (space, credentials, network), and see that last_archived_time of pg_stat_archiver moves again. Then take a new base backup if segments were lost."
guide       = "Automated backups"
references  = ["https://www.postgresql.org/docs/16/monitoring-stats.html#MONITORING-PG-STAT-ARCHIVER-VIEW", "https://www.postgresql.org/docs/16/continuous-archiving.html", "NIST SP 800-53 CP-9"]
when_empty  = "archiving is off, or this is a standby"
*/
SELECT 'archiver' AS subject, 'archiver' AS kind,
       CASE WHEN m.value IS NULL OR s.in_recovery IS NULL THEN NULL
            WHEN a.failed > 0 AND (a.archived = 0 OR a.last_failed_at > a.last_archived_at) THEN 0
            WHEN a.behind > p.number THEN 0
            WHEN a.archived = 0 AND a.failed = 0 THEN CASE WHEN substr(a.current_segment, 9) <= printf('%016X', 1 + p.number) THEN 1 END
            WHEN a.behind <= p.number AND (a.failed = 0 OR a.last_failed_at <= a.last_archived_at) THEN 1 END AS ok,
       CASE WHEN a.archived = 0 AND a.failed = 0 THEN 'nothing archived since the counters were reset, no failure'
            ELSE a.archived || ' archived, the last ' || coalesce(a.last_archived_segment || ' at ' || a.last_archived_at, 'unknown') || coalesce(', ' || a.behind || ' behind the current segment', '') END
         || CASE WHEN a.failed > 0 THEN '; ' || a.failed || ' failures, the last ' || coalesce(a.last_failed_at, 'at a time that is not known') ELSE '' END AS observed,
       'the last success newer than the last failure, and at most ' || CAST(p.number AS INTEGER) || ' segments behind' AS expected
FROM archiver a CROSS JOIN server s JOIN setting m ON m.name = 'archive_mode' LEFT JOIN policy p ON p.key = 'backup.archive_lag'
WHERE (m.value = 'off') IS NOT 1 AND (s.in_recovery = 1) IS NOT 1
