/*
title       = "Waiting for a lock has a time limit"
severity    = "info"
measure     = "session.statement_timeout"
rationale   = "Statements that queue behind one lock take connection after connection until none is left. A limit lets them fail early and visibly, before the queue becomes an outage."
remediation = "Set lock_timeout = '30s' in postgresql.conf and reload, or give it to the application's roles with ALTER ROLE … SET lock_timeout; migrations may set their own."
references  = ["https://www.postgresql.org/docs/16/runtime-config-client.html#GUC-LOCK-TIMEOUT", "NIST SP 800-53 SC-5"]

[setting]
name     = "lock_timeout"
min      = 1
expected = "above 0"
*/
