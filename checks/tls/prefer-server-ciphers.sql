/*
title       = "The server's order of ciphers decides"
severity    = "low"
measure     = "tls.ciphers"
rationale   = "With the client's order in force, one badly configured client library picks the weakest suite that both sides know. The server's own order keeps that choice with the people who answer for it; TLS 1.3 leaves less to choose, and is unaffected."
remediation = "Set ssl_prefer_server_ciphers = on in postgresql.conf and reload."
fix         = "ALTER SYSTEM SET ssl_prefer_server_ciphers = on;"
guide       = "Server cipher preference"
references  = ["https://www.postgresql.org/docs/16/runtime-config-connection.html#GUC-SSL-PREFER-SERVER-CIPHERS", "NIST SP 800-52r2 section 3.3.1", "NIST SP 800-53 SC-13", "STIG V-233585"]

[setting]
name      = "ssl_prefer_server_ciphers"
is        = "on"
overrides = false
*/
