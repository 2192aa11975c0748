/*
title       = "Idle sessions of people and administrators are ended"
severity    = "medium"
measure     = "session.idle_session"
needs       = ["setting_override", "role", "database", "policy:roles.application"]
params      = ["limits.idle_session"]
since       = 14
rationale   = "A session left open at an unattended desk is somebody else's access; ending it after a while of silence is what automatic logoff means at the database. Application, read-only, service and backup roles are not judged: pools and agents keep idle connections on purpose, and would lose them."
remediation = "ALTER ROLE name SET idle_session_timeout = '15min'; for each person and administrator; new sessions get it. Leave the server's own value at 0 where pools connect. Roles of pools belong into [roles] application, read_only, service or backup."
fix         = "ALTER ROLE {subject} SET idle_session_timeout = '15min';"
guide       = "Automatic session timeout"
references  = ["https://www.postgresql.org/docs/16/runtime-config-client.html#GUC-IDLE-SESSION-TIMEOUT", "NIST SP 800-53 AC-12", "STIG V-233613"]
when_empty  = "every log-in role is one of the application, of read-only access, of a service or of backups"
*/
SELECT r.identity AS subject, 'role' AS kind,
       CASE WHEN max(g.number NOT BETWEEN 1 AND p.number) = 1 THEN 0 WHEN count(g.number NOT BETWEEN 1 AND p.number) = count(*) THEN 1 END AS ok,
       CASE WHEN max(g.number NOT BETWEEN 1 AND p.number) = 1
            THEN group_concat(CASE WHEN g.number NOT BETWEEN 1 AND p.number THEN CASE g.number WHEN 0 THEN '0: none' ELSE g.value END || ' in ' || g.database_identity || ' (set for the ' || g.level || ')' END, ', ')
            WHEN count(g.number) = count(*) THEN 'at most ' || CAST(max(g.number) AS INTEGER) || ' ms in every database'
            ELSE 'masked by an override on the scanner''s own role or database' END AS observed,
       'between 1 and ' || CAST(max(p.number) AS INTEGER) || ' ms' AS expected,
       'out_of_reach' AS unknown_kind
-- needs no fact `setting`: a value of the server that is masked is NULL here, and counts only for roles without an override
FROM role r LEFT JOIN database d ON d.allow_connections = 1 AND d.is_template = 0
LEFT JOIN setting_for_role g ON g.name = 'idle_session_timeout' AND g.role = r.name AND g.database = d.name
LEFT JOIN policy p ON p.key = 'limits.idle_session'
WHERE r.can_login = 1 AND r.name NOT IN (SELECT role FROM named_role WHERE list IN ('application', 'read_only', 'service', 'backup'))
GROUP BY r.identity
