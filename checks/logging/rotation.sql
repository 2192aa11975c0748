/*
title       = "Logs rotate, and rotation does not overwrite them"
severity    = "low"
measure     = "log.retention_rotation"
needs       = ["setting:log_rotation_age", "setting:log_rotation_size", "setting:log_truncate_on_rotation", "setting:logging_collector"]
rationale   = "A log that never rotates grows until the disk is full and the database stops. A rotation that truncates comes round to the same names, and a week later last week's evidence is gone, however long the organisation promises to keep it. How long that has to be is the organisation's own decision."
remediation = "Set log_rotation_age = 1d (or log_rotation_size), log_truncate_on_rotation = off and log_filename = 'postgresql-%Y-%m-%d_%H%M%S.log' in postgresql.conf and reload; let a log shipper or a cron job remove old files after the retention period."
references  = ["https://www.postgresql.org/docs/16/runtime-config-logging.html#GUC-LOG-ROTATION-AGE", "https://www.postgresql.org/docs/16/runtime-config-logging.html#GUC-LOG-TRUNCATE-ON-ROTATION", "NIST SP 800-53 AU-4", "NIST SP 800-53 AU-11", "STIG V-233529", "STIG V-233610"]
when_empty  = "the collector is off, so PostgreSQL writes no log files of its own"
*/
WITH rotation AS (
  SELECT a.value AS age, a.unit AS age_unit, a.number > 0 AS by_age, z.value AS size, z.unit AS size_unit, z.number > 0 AS by_size,
         t.value AS truncate, f.value AS file, f.hidden
  FROM setting a JOIN setting z ON z.name = 'log_rotation_size' JOIN setting t ON t.name = 'log_truncate_on_rotation'
  JOIN setting f ON f.name = 'log_filename' JOIN setting c ON c.name = 'logging_collector'
  WHERE a.name = 'log_rotation_age' AND c.value IS NOT 'off'
)
SELECT 'log_rotation_age' AS subject, 'setting' AS kind, by_age OR by_size AS ok,
       'log_rotation_age ' || coalesce(age || coalesce(' ' || age_unit, ''), 'not seen') || ', log_rotation_size ' || coalesce(size || coalesce(' ' || size_unit, ''), 'not seen') AS observed,
       'one of them above 0' AS expected, 'out_of_reach' AS unknown_kind, NULL AS unlock
FROM rotation
UNION ALL
SELECT 'log_truncate_on_rotation', 'setting',
       CASE WHEN truncate = 'off' OR by_age = 0 THEN 1
            WHEN truncate = 'on' AND by_age = 1 AND instr(file, '%') = 0 THEN 0
            WHEN truncate = 'on' AND (instr(file, '%Y') + instr(file, '%G') > 0 AND (instr(file, '%j') > 0 OR instr(file, '%m') + instr(file, '%b') + instr(file, '%B') > 0 AND instr(file, '%d') + instr(file, '%e') > 0)
                                      OR instr(file, '%F') + instr(file, '%s') > 0) THEN 1 END,
       coalesce(truncate, 'not seen') || CASE WHEN truncate = 'off' OR by_age = 0 THEN ': nothing is overwritten' WHEN hidden = 1 THEN ', log_filename is hidden from the role'
         ELSE coalesce(', log_filename ' || file || CASE WHEN instr(file, '%Y') = 0 THEN ' comes round; whether before the retention period ends is for a person to state' ELSE '' END, ', log_filename not seen') END,
       'off, or file names that do not come round',
       CASE WHEN hidden = 1 THEN 'privilege' ELSE 'policy_missing' END, CASE WHEN hidden = 1 THEN 'GRANT pg_read_all_settings TO {scanner};' ELSE 'log_truncate_on_rotation = off' END
FROM rotation
