/*
title       = "Torn pages can be repaired after a crash"
severity    = "critical"
measure     = "durability.wal"
rationale   = "A crash in the middle of writing a page leaves half old and half new; the full copy in the write-ahead log is what recovery repairs it from. Without it such pages stay corrupt, silently, until somebody reads them."
remediation = "Set full_page_writes = on in postgresql.conf and reload. Only storage that is proved to write pages atomically can do without."
fix         = "ALTER SYSTEM SET full_page_writes = on;"
guide       = "Data integrity"
references  = ["https://www.postgresql.org/docs/16/runtime-config-wal.html#GUC-FULL-PAGE-WRITES", "NIST SP 800-53 SI-7"]

[setting]
name      = "full_page_writes"
is        = "on"
overrides = false
*/
