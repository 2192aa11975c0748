/*
title       = "Log messages are not cut short"
severity    = "low"
measure     = "log.min_error_statement"
rationale   = "With terse the log loses detail, hint, context and the error code: the lines that tell a wrong password from a missing rule, and which rule it was."
remediation = "Set log_error_verbosity = default in postgresql.conf and reload; take overrides back with ALTER ROLE … RESET log_error_verbosity."
references  = ["https://www.postgresql.org/docs/16/runtime-config-logging.html#GUC-LOG-ERROR-VERBOSITY", "NIST SP 800-53 AU-3", "STIG V-233512"]

[setting]
name     = "log_error_verbosity"
one_of   = ["default", "verbose"]
expected = "default or verbose"
*/
