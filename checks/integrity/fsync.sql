/*
title       = "Committed data reach the disk"
severity    = "critical"
measure     = "durability.wal"
rationale   = "With fsync off PostgreSQL tells the application that data are safe while they are still in memory; a power cut or a crash of the host then leaves a database that is corrupt beyond repair. It belongs into throw-away test systems alone."
remediation = "Set fsync = on in postgresql.conf, reload, and then have everything written once: CHECKPOINT; and sync on the host. Data written while it was off are suspect only if the host crashed in that time."
fix         = "ALTER SYSTEM SET fsync = on;"
guide       = "Data integrity"
references  = ["https://www.postgresql.org/docs/16/runtime-config-wal.html#GUC-FSYNC", "NIST SP 800-53 SI-7"]

[setting]
name      = "fsync"
is        = "on"
overrides = false
*/
