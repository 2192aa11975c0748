/*
title       = "Every role that can log in is used for something"
severity    = "low"
measure     = "roles.dormant_accounts"
needs       = ["role", "membership", "role_dependency"]
rationale   = """
A role that owns nothing, was granted nothing and is member of nothing was left behind, by a person who has gone or a service that was replaced.
Its password still opens the server, and what PUBLIC has it has."""
remediation = """
Ask who it belonged to, then DROP ROLE …, or ALTER ROLE … NOLOGIN until that is known."""
fix         = "ALTER ROLE {subject} NOLOGIN;"
guide       = "Least Privilege"
references  = ["https://www.postgresql.org/docs/16/role-removal.html", "NIST SP 800-53 AC-2"]
*/
SELECT r.identity AS subject, 'role' AS kind, r.superuser = 1 OR r.scanner = 1 OR d.role IS NOT NULL OR m.member IS NOT NULL AS ok,
       CASE WHEN r.superuser = 1 THEN 'a superuser' WHEN r.scanner = 1 THEN 'in use by this scan' WHEN d.role IS NOT NULL THEN 'owns something, or was granted something'
            WHEN m.member IS NOT NULL THEN 'is a member of other roles' ELSE 'owns nothing, was granted nothing, is member of nothing' END AS observed,
       'an owner, a holder of privileges or a member' AS expected
FROM role r
LEFT JOIN (SELECT DISTINCT role FROM role_dependency) d ON d.role = r.name
LEFT JOIN (SELECT DISTINCT member FROM membership) m ON m.member = r.name
WHERE r.can_login = 1
