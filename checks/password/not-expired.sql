/*
title       = "No role that can log in is past its expiry date"
severity    = "low"
measure     = "auth.password_expiry"
needs       = ["role"]
rationale   = "VALID UNTIL stops password log-ins only: a certificate, peer or trust rule still lets the role in. A role left behind with a date in the past is either forgotten, and then an account without an owner, or in use by a way that nobody expected."
remediation = "Take the log-in away from roles that are no longer used (ALTER ROLE name NOLOGIN, or DROP ROLE after reassigning what it owns); rotate the password of those that are (ALTER ROLE name PASSWORD '…' VALID UNTIL '…')."
fix         = "ALTER ROLE {subject} NOLOGIN;"
guide       = "Rotate every 90 days"
references  = ["https://www.postgresql.org/docs/16/sql-createrole.html", "NIST SP 800-53 AC-2"]
*/
SELECT r.identity AS subject, 'role' AS kind,
       CASE WHEN r.valid_until IN ('never', 'infinity') THEN 1
            ELSE unixepoch(r.valid_until) > (SELECT number FROM policy WHERE key = 'now') END AS ok,
       CASE r.valid_until WHEN 'never' THEN 'never expires' ELSE coalesce('VALID UNTIL ' || r.valid_until, 'not seen') END AS observed,
       'NOLOGIN, or VALID UNTIL after ' || (SELECT value FROM policy WHERE key = 'now') AS expected
FROM role r
WHERE r.can_login = 1
