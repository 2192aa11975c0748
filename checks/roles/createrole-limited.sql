/*
title       = "No login role outside policy can create roles"
severity    = "high"
measure     = "roles.attributes"
needs       = ["role", "role_reach"]
params      = ["roles.allow.createrole"]
rationale   = """
Who makes roles decides who gets in. Before PostgreSQL 16 the attribute even let its holder grant himself every role that is no superuser, the owner of the data among them.
An access review that trusts the list of roles trusts whoever may change it."""
remediation = "Take it away (ALTER ROLE … NOCREATEROLE, REVOKE the membership), and manage roles as the superuser, or with a role that is named in [roles.allow] createrole."
fix         = "ALTER ROLE {subject} NOCREATEROLE;"
guide       = "Least Privilege"
references  = ["https://www.postgresql.org/docs/16/role-attributes.html", "NIST SP 800-53 AC-6", "NIST SP 800-53 AC-3", "STIG V-233614", "STIG V-233520"]
*/
WITH reached AS (
  SELECT m.role, group_concat(m.path, ', ' ORDER BY m.path) AS paths
  FROM role_reach m JOIN role t ON t.name = m.target
  WHERE m.way = 'set' AND (t.createrole = 1 OR t.superuser = 1)
  GROUP BY m.role)
SELECT r.identity AS subject, 'role' AS kind,
       r.createrole = 0 AND m.role IS NULL OR a.role IS NOT NULL AS ok,
       CASE WHEN r.createrole = 0 AND m.role IS NULL THEN 'no CREATEROLE'
            ELSE CASE WHEN a.role IS NOT NULL THEN 'accepted by policy: ' ELSE '' END
              || CASE WHEN r.createrole = 1 THEN 'CREATEROLE' ELSE '' END
              || CASE WHEN r.createrole = 1 AND m.role IS NOT NULL THEN ', ' ELSE '' END
              || coalesce('can become a role with it or a superuser: ' || m.paths, '') END
         || coalesce((SELECT ', the provider''s own (' || p.provider || ')' FROM provider_object p WHERE p.kind = 'role' AND p.name = r.name), '') AS observed,
       'no CREATEROLE, nor SET ROLE to a role that has it' AS expected,
       a.role IS NOT NULL AND (r.createrole = 1 OR m.role IS NOT NULL) AS accepted
FROM role r
LEFT JOIN reached m ON m.role = r.name
LEFT JOIN allowed_role a ON a.attribute = 'createrole' AND a.role = r.name
WHERE r.superuser = 0 AND r.can_login = 1
