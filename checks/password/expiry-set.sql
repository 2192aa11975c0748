/*
title       = "Every password has an expiry date within the rotation period"
severity    = "medium"
measure     = "auth.password_expiry"
needs       = ["role"]
params      = ["password.max_age_days"]
rationale   = "PostgreSQL keeps no date of a password's change; VALID UNTIL, moved on at every rotation, is the only trace of the organisation's rotation that the server itself enforces. The period is the organisation's own policy, not law: NIST SP 800-63B advises against periodic change for people, and for service accounts it stays common practice. It is an expiry date, not proof of a change, and a rotation that forgets it locks the role out."
remediation = "Let the rotation set both at once: ALTER ROLE name PASSWORD '…' VALID UNTIL 'date of the next rotation'. Roles that log in without a password (peer, certificate) belong into [roles] passwordless."
guide       = "Rotate every 90 days"
references  = ["https://www.postgresql.org/docs/16/sql-createrole.html", "NIST SP 800-63B", "NIST SP 800-53 IA-5"]
when_empty  = "the policy names every log-in role as passwordless"
*/
SELECT r.identity AS subject, 'role' AS kind,
       CASE WHEN r.valid_until IN ('never', 'infinity') THEN 0
            ELSE unixepoch(r.valid_until) <= n.number + p.number * 86400 END AS ok,
       CASE r.valid_until WHEN 'never' THEN 'no VALID UNTIL' ELSE coalesce('VALID UNTIL ' || r.valid_until, 'not seen') END AS observed,
       'VALID UNTIL no later than ' || strftime('%Y-%m-%d', n.number + p.number * 86400, 'unixepoch') AS expected
FROM role r
LEFT JOIN policy n ON n.key = 'now'
LEFT JOIN policy p ON p.key = 'password.max_age_days'
WHERE r.can_login = 1 AND r.name NOT IN (SELECT role FROM named_role WHERE list = 'passwordless')
