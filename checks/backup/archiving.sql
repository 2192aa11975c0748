/*
title       = "WAL is archived"
severity    = "high"
measure     = "backup.archiving"
needs       = ["setting:archive_mode", "setting:archive_command"]
rationale   = "Without archived WAL the newest state that can be restored is the last base backup, and everything written since is lost with the server. A standby is no backup: it repeats every mistake within a second."
remediation = "Set archive_mode = on and an archive_command or archive_library of a backup tool (pgBackRest, Barman, WAL-G), and restart. Where backups are made in another way, name it in [backup] method and give its own evidence."
fix         = "ALTER SYSTEM SET archive_mode = on; -- and an archive_command or archive_library that stores the segments elsewhere; then restart"
guide       = "Automated backups"
references  = ["https://www.postgresql.org/docs/16/continuous-archiving.html", "https://www.postgresql.org/docs/16/runtime-config-wal.html#RUNTIME-CONFIG-WAL-ARCHIVING", "NIST SP 800-53 CP-9"]
*/
SELECT 'archive_mode' AS subject, 'setting' AS kind,
       CASE WHEN m.value IN ('on', 'always') THEN c.value <> '' OR CASE WHEN l.name IS NULL THEN 0 ELSE l.value <> '' END
            WHEN m.value = 'off' AND b.value IS NULL THEN 0 END AS ok,
       CASE WHEN m.value = 'off' AND b.value IS NOT NULL THEN 'off; the policy''s method is ' || b.value || ', of which nothing was seen'
            WHEN m.value = 'off' THEN 'off, and the policy names no other method'
            WHEN m.value IN ('on', 'always') AND (c.value <> '' OR l.value <> '') THEN m.value || ', with a command or library'
            WHEN m.value IN ('on', 'always') AND c.value = '' THEN m.value || ', without a command or library: nothing is archived'
            ELSE 'not seen' END AS observed,
       'on, with archive_command or archive_library' AS expected,
       CASE WHEN m.value = 'off' THEN 'not_provided' ELSE 'out_of_reach' END AS unknown_kind,
       CASE WHEN m.value = 'off' THEN 'the catalogue of the backups, in [files] backups' END AS unlock
FROM setting m JOIN setting c ON c.name = 'archive_command'
LEFT JOIN setting l ON l.name = 'archive_library'
LEFT JOIN policy b ON b.key = 'backup.method'
WHERE m.name = 'archive_mode'
