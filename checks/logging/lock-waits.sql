/*
title       = "Long waits for locks are logged"
severity    = "info"
measure     = "log.min_duration"
rationale   = "A session that waits long for a lock is how an outage by a forgotten transaction, or by somebody who holds a table on purpose, begins. The line names who waits and who holds, which is gone when somebody looks later."
remediation = "Set log_lock_waits = on in postgresql.conf and reload; take overrides back with ALTER ROLE … RESET log_lock_waits."
references  = ["https://www.postgresql.org/docs/16/runtime-config-logging.html#GUC-LOG-LOCK-WAITS"]

[setting]
name     = "log_lock_waits"
min      = 1
expected = "on"
*/
