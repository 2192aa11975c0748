/*
title       = "Unfinished log-ins are cut off within a minute"
severity    = "low"
measure     = "auth.bruteforce"
rationale   = "A connection that has not logged in yet already holds one of the server's slots. A long limit lets a handful of silent clients keep everybody else out, without a single password tried."
remediation = "Set authentication_timeout = 60s or less in postgresql.conf and reload."
fix         = "ALTER SYSTEM SET authentication_timeout = '60s';"
references  = ["https://www.postgresql.org/docs/16/runtime-config-connection.html#GUC-AUTHENTICATION-TIMEOUT", "NIST SP 800-53 SC-5"]

[setting]
name      = "authentication_timeout"
max       = 60000
expected  = "at most 60 s"
overrides = false
*/
