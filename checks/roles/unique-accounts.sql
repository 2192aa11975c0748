/*
title       = "No role that can log in has a generic name"
severity    = "medium"
measure     = "roles.unique_identity"
needs       = ["role"]
rationale   = """
An account named admin or test belongs to nobody: what it did cannot be traced to a person or a service, which is what HIPAA's unique user identification is for.
Such names are also the first that are tried from outside."""
remediation = """
Give each person and service a role of its own and take LOGIN away from the generic one: ALTER ROLE … NOLOGIN; GRANT it to the new ones where they need what it holds."""
fix         = "ALTER ROLE {subject} NOLOGIN;"
guide       = "Audit Trail"
references  = ["https://www.postgresql.org/docs/16/user-manag.html", "NIST SP 800-53 IA-2"]
*/
WITH generic(name) AS (VALUES ('admin'), ('administrator'), ('anonymous'), ('app'), ('application'), ('backup'), ('db'), ('dba'), ('dbuser'), ('default'), ('demo'), ('dev'), ('developer'), ('guest'), ('login'), ('me'), ('monitoring'), ('myuser'), ('nobody'), ('operator'), ('prod'), ('public_user'), ('qa'), ('readonly'), ('root'), ('sa'), ('shared'), ('staging'), ('support'), ('sysadmin'), ('team'), ('temp'), ('test'), ('tester'), ('testuser'), ('tmp'), ('user'), ('username'), ('web'), ('webapp'))
SELECT r.identity AS subject, 'role' AS kind, g.name IS NULL AS ok,
       CASE WHEN g.name IS NULL THEN 'a name of its own' ELSE 'a generic name' END AS observed, 'a name of its own, or NOLOGIN' AS expected
FROM role r LEFT JOIN generic g ON g.name = rtrim(lower(r.name), '0123456789_-')
WHERE r.can_login = 1
