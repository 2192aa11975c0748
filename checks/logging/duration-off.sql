/*
title       = "The duration of every single statement is not logged"
severity    = "info"
measure     = "log.min_duration"
rationale   = "log_duration writes a line for each statement, without its text: volume that tells nobody anything and pushes the lines that matter out of the retained log. log_min_duration_statement gives the slow ones with their text."
remediation = "Set log_duration = off in postgresql.conf and reload; take overrides back with ALTER ROLE … RESET log_duration."
guide       = "Connection Logging"
references  = ["https://www.postgresql.org/docs/16/runtime-config-logging.html#GUC-LOG-DURATION"]

[setting]
name     = "log_duration"
max      = 0
expected = "off"
*/
