/*
title       = "The only superuser is the bootstrap role"
severity    = "critical"
measure     = "roles.superuser_count"
needs       = ["role"]
params      = ["roles.allow.superuser"]
rationale   = """
No grant, policy or setting binds a superuser, who can also change or silence the audit trail and run programs on the host.
Each further one is a further password that opens everything, so there is one, kept for maintenance, unless the policy names more."""
remediation = "Take SUPERUSER away (ALTER ROLE … NOSUPERUSER) and grant what the role really does: a predefined role, or privileges of its own. A superuser that has to stay is named in [roles.allow] superuser."
fix         = "ALTER ROLE {subject} NOSUPERUSER;"
guide       = "Least Privilege"
references  = ["https://www.postgresql.org/docs/16/role-attributes.html", "NIST SP 800-53 AC-6", "NIST SP 800-53 SC-2", "STIG V-233614", "STIG V-233588"]
*/
SELECT r.identity AS subject, 'role' AS kind,
       r.superuser = 0 OR r.bootstrap = 1 OR a.role IS NOT NULL AS ok,
       CASE WHEN r.superuser = 0 THEN 'the bootstrap role, without SUPERUSER'
            WHEN r.bootstrap = 1 THEN 'SUPERUSER, the bootstrap role'
            WHEN a.role IS NOT NULL THEN 'accepted by policy: SUPERUSER'
            ELSE 'SUPERUSER' || CASE WHEN r.can_login THEN ', can log in' ELSE ', cannot log in' END END
         || coalesce((SELECT ', the provider''s own (' || p.provider || ')' FROM provider_object p WHERE p.kind = 'role' AND p.name = r.name), '') AS observed,
       'no superuser but the bootstrap role' AS expected,
       r.superuser = 1 AND r.bootstrap = 0 AND a.role IS NOT NULL AS accepted
FROM role r LEFT JOIN allowed_role a ON a.attribute = 'superuser' AND a.role = r.name
WHERE r.superuser = 1 OR r.bootstrap = 1
