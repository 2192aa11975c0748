/*
title       = "The end of every session is logged"
severity    = "medium"
measure     = "log.connections"
rationale   = "Only the end of a session tells how long it lasted: without it a log shows that somebody came, but not whether he stayed for a second or a night. Together with the log-in line it gives the times that an investigation needs."
remediation = "Set log_disconnections = on in postgresql.conf and reload; it holds for new sessions."
fix         = "ALTER SYSTEM SET log_disconnections = on;"
guide       = "Connection Logging"
references  = ["https://www.postgresql.org/docs/16/runtime-config-logging.html#GUC-LOG-DISCONNECTIONS", "NIST SP 800-53 AU-12", "STIG V-233558"]

[setting]
name      = "log_disconnections"
is        = "on"
overrides = false
*/
