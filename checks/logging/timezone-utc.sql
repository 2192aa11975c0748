/*
title       = "Log times are in UTC"
severity    = "low"
measure     = "log.line_prefix"
rationale   = "Local time repeats an hour each autumn, so that the order of events in the log is lost exactly then, and records of several hosts do not line up. In UTC they do."
remediation = "Set log_timezone = 'UTC' in postgresql.conf and reload."
fix         = "ALTER SYSTEM SET log_timezone = 'UTC';"
references  = ["https://www.postgresql.org/docs/16/runtime-config-logging.html#GUC-LOG-TIMEZONE", "NIST SP 800-53 AU-8"]

[setting]
name      = "log_timezone"
one_of    = ["UTC", "Etc/UTC", "GMT", "Etc/GMT", "UCT", "Etc/UCT", "Zulu", "Etc/Zulu", "Universal", "Etc/Universal"]
expected  = "UTC"
overrides = false
*/
