/*
title       = "Application and read-only roles have a connection limit"
severity    = "low"
measure     = "limits.connection_limits"
needs       = ["role", "policy:roles.application", "policy:roles.read_only"]
rationale   = """
One client that leaks connections, or an attacker who opens them, takes all of max_connections and stops everybody else, the administrators included.
A limit for each role keeps that failure where it began."""
remediation = "Set a limit a little above what the role's pools can open together: ALTER ROLE appuser CONNECTION LIMIT 40."
fix         = "ALTER ROLE {subject} CONNECTION LIMIT 40;"
guide       = "Prevent resource exhaustion"
references  = ["https://www.postgresql.org/docs/16/sql-createrole.html", "NIST SP 800-53 AC-10", "STIG V-233522"]
*/
SELECT r.identity AS subject, 'role' AS kind, r.connection_limit >= 0 AS ok,
       CASE WHEN r.connection_limit >= 0 THEN 'CONNECTION LIMIT ' || r.connection_limit ELSE 'no limit' END AS observed,
       'a CONNECTION LIMIT' AS expected
FROM role r
WHERE r.can_login = 1 AND r.name IN (SELECT role FROM named_role WHERE list IN ('application', 'read_only'))
