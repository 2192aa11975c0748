/*
title       = "Hint bits are logged, or checksums imply it"
severity    = "low"
measure     = "integrity.checksums"
needs       = ["setting:wal_log_hints", "setting:data_checksums"]
rationale   = "With hint bits in the write-ahead log pg_rewind can bring a failed primary back as a standby without copying everything, and pages carry a full image of what was changed. Data checksums need the same and switch it on by themselves."
remediation = "Set wal_log_hints = on in postgresql.conf and restart; or enable checksums (pg_checksums --enable, with the server stopped)."
fix         = "ALTER SYSTEM SET wal_log_hints = on;"
guide       = "Data integrity"
references  = ["https://www.postgresql.org/docs/16/runtime-config-wal.html#GUC-WAL-LOG-HINTS", "https://www.postgresql.org/docs/16/app-pgrewind.html"]
*/
SELECT s.name AS subject, 'setting' AS kind, s.value = 'on' OR c.value = 'on' AS ok,
       CASE WHEN s.hidden = 1 THEN 'hidden from the role' ELSE coalesce(s.value, 'not seen') END || ', data_checksums ' || coalesce(c.value, 'not seen')
         || CASE WHEN s.pending_restart = 1 THEN ' (another value of wal_log_hints waits for a restart)' ELSE '' END AS observed,
       'on, or data_checksums on' AS expected, CASE WHEN s.hidden = 1 THEN 'privilege' ELSE 'out_of_reach' END AS unknown_kind
FROM setting s JOIN setting c ON c.name = 'data_checksums'
WHERE s.name = 'wal_log_hints'
