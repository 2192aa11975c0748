/*
title       = "Log files are closed to other users"
severity    = "medium"
measure     = "log.retention_rotation"
needs       = ["setting:log_file_mode", "setting:logging_collector"]
rationale   = "Logs hold names, addresses, statements and now and then personal data, and show an attacker what is watched. A file that everybody on the host can read undoes the access control of the database; one that others can write is no evidence."
remediation = "Set log_file_mode = 0600, or 0640 where a log shipper reads through its group, in postgresql.conf and reload. Files that are there already keep their mode: chmod them."
fix         = "ALTER SYSTEM SET log_file_mode = '0640';"
references  = ["https://www.postgresql.org/docs/16/runtime-config-logging.html#GUC-LOG-FILE-MODE", "NIST SP 800-53 AU-9", "STIG V-233529"]
when_empty  = "the collector is off, so PostgreSQL writes no log files of its own"
*/
SELECT s.name AS subject, 'setting' AS kind,
       CAST(s.number AS INTEGER) & 31 = 0 AS ok,
       CASE WHEN s.hidden = 1 THEN 'hidden from the role' WHEN s.number IS NULL THEN 'not seen' ELSE printf('%04o', CAST(s.number AS INTEGER)) END AS observed,
       '0640 or stricter' AS expected, CASE WHEN s.hidden = 1 THEN 'privilege' ELSE 'out_of_reach' END AS unknown_kind
-- 31 = octal 0037: the group may read, and nothing else
FROM setting s JOIN setting c ON c.name = 'logging_collector'
WHERE s.name = 'log_file_mode' AND c.value IS NOT 'off'
