/*
title       = "Warnings and errors reach the log"
severity    = "medium"
measure     = "log.min_error_statement"
rationale   = "Raised above warning, the threshold drops messages that administrators and investigators count on: refused statements, damaged data, a certificate or password about to fail. An override does that for one account alone."
remediation = "Set log_min_messages = warning in postgresql.conf and reload; take overrides back with ALTER ROLE … RESET log_min_messages."
references  = ["https://www.postgresql.org/docs/16/runtime-config-logging.html#GUC-LOG-MIN-MESSAGES", "NIST SP 800-53 AU-12", "STIG V-233512", "STIG V-233564"]

[setting]
name     = "log_min_messages"
one_of   = ["debug5", "debug4", "debug3", "debug2", "debug1", "info", "notice", "warning"]
expected = "warning or lower"
*/
