/*
title       = "The lowest TLS version is 1.2 or later"
severity    = "high"
measure     = "tls.min_version"
rationale   = "TLS 1.0 and 1.1 rest on hash functions and cipher modes that have been broken, and were withdrawn in 2021 (RFC 8996). As long as the server accepts them, an attacker on the way can try to talk a client down to them."
remediation = "Set ssl_min_protocol_version = 'TLSv1.2' in postgresql.conf (or 'TLSv1.3' where every client speaks it) and reload."
fix         = "ALTER SYSTEM SET ssl_min_protocol_version = 'TLSv1.2';"
guide       = "TLS 1.2+ only"
references  = ["https://www.postgresql.org/docs/16/runtime-config-connection.html#GUC-SSL-MIN-PROTOCOL-VERSION", "NIST SP 800-52r2 section 3.1", "NIST SP 800-53 SC-13", "STIG V-233585"]

[setting]
name      = "ssl_min_protocol_version"
one_of    = ["TLSv1.2", "TLSv1.3"]
overrides = false
*/
