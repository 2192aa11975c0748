/*
title       = "TLS 1.3 is not ruled out"
severity    = "medium"
measure     = "tls.min_version"
rationale   = "An upper bound below TLS 1.3 keeps every client on the older handshake, with weaker suites and without its protection against downgrades. Such a bound is nearly always the remnant of an old debugging session."
remediation = "Set ssl_max_protocol_version = '' (no bound) or 'TLSv1.3' in postgresql.conf and reload."
fix         = "ALTER SYSTEM SET ssl_max_protocol_version = 'TLSv1.3';"
guide       = "TLS 1.2+ only"
references  = ["https://www.postgresql.org/docs/16/runtime-config-connection.html#GUC-SSL-MAX-PROTOCOL-VERSION", "NIST SP 800-52r2 section 3.1", "NIST SP 800-53 SC-13", "STIG V-233585"]

[setting]
name      = "ssl_max_protocol_version"
one_of    = ["", "TLSv1.3"]
expected  = "no bound, or TLSv1.3"
overrides = false
*/
