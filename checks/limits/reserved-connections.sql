/*
title       = "Connections are reserved for the superuser"
severity    = "low"
measure     = "limits.max_connections"
rationale   = "When the application has taken every slot, an administrator still has to get in to end it. Without reserved slots the only way left is a restart, which throws everybody out."
remediation = "Set superuser_reserved_connections = 3 in postgresql.conf and restart."
fix         = "ALTER SYSTEM SET superuser_reserved_connections = 3;"
references  = ["https://www.postgresql.org/docs/16/runtime-config-connection.html#GUC-SUPERUSER-RESERVED-CONNECTIONS", "NIST SP 800-53 SC-5"]

[setting]
name      = "superuser_reserved_connections"
min       = 1
overrides = false
*/
