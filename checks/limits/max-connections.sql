/*
title       = "The number of connections is bounded"
severity    = "low"
measure     = "limits.max_connections"
rationale   = "Every connection is a process with its own memory. A limit far above what the host can carry turns a flood of connections, by mistake or on purpose, from refused log-ins into a server without memory. 100, or the number that the policy has set for this host, is the most."
remediation = "Set max_connections = 100 in postgresql.conf (or the policy's limits.max_connections) and restart; put a pool in front where more clients have to be served."
fix         = "ALTER SYSTEM SET max_connections = 100;"
guide       = "Prevent resource exhaustion"
references  = ["https://www.postgresql.org/docs/16/runtime-config-connection.html#GUC-MAX-CONNECTIONS", "NIST SP 800-53 SC-5"]

[setting]
name      = "max_connections"
max       = "limits.max_connections"
overrides = false
*/
