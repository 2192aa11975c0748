/*
title       = "The statement behind an error is logged"
severity    = "medium"
measure     = "log.min_error_statement"
rationale   = "Refused access shows up as an error. If the log keeps the message but not the statement, nobody can tell what was tried; and attempts are what precedes the statement that succeeds."
remediation = "Set log_min_error_statement = error in postgresql.conf and reload; take overrides back with ALTER ROLE … RESET log_min_error_statement."
guide       = "Failed Authentication Tracking"
references  = ["https://www.postgresql.org/docs/16/runtime-config-logging.html#GUC-LOG-MIN-ERROR-STATEMENT", "NIST SP 800-53 AU-3", "STIG V-233512", "STIG V-233564"]

[setting]
name     = "log_min_error_statement"
one_of   = ["debug5", "debug4", "debug3", "debug2", "debug1", "info", "notice", "warning", "error"]
expected = "error or lower"
*/
