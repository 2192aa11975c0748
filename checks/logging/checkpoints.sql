/*
title       = "Checkpoints are logged"
severity    = "info"
measure     = "log.min_duration"
rationale   = "Checkpoints say how much was written and how long it took: the trace of a mass change, and of storage that begins to fail. A line each few minutes costs nothing."
remediation = "Set log_checkpoints = on in postgresql.conf and reload."
fix         = "ALTER SYSTEM SET log_checkpoints = on;"
references  = ["https://www.postgresql.org/docs/16/runtime-config-logging.html#GUC-LOG-CHECKPOINTS"]

[setting]
name      = "log_checkpoints"
is        = "on"
overrides = false
*/
