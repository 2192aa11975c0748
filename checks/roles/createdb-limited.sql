/*
title       = "No login role outside policy can create databases"
severity    = "medium"
measure     = "roles.attributes"
needs       = ["role", "role_reach"]
params      = ["roles.allow.createdb"]
rationale   = """
A database made on the side has the default privileges of its template and none of the protections of the application's: data copied into it are out of the audit's sight.
Its owner can also fill the disk that all databases share."""
remediation = "Take it away (ALTER ROLE … NOCREATEDB, REVOKE the membership). A role that has to make databases is named in [roles.allow] createdb."
fix         = "ALTER ROLE {subject} NOCREATEDB;"
guide       = "Least Privilege"
references  = ["https://www.postgresql.org/docs/16/role-attributes.html", "NIST SP 800-53 AC-6", "STIG V-233614", "STIG V-233520"]
*/
WITH reached AS (
  SELECT m.role, group_concat(m.path, ', ' ORDER BY m.path) AS paths
  FROM role_reach m JOIN role t ON t.name = m.target
  WHERE m.way = 'set' AND (t.createdb = 1 OR t.superuser = 1)
  GROUP BY m.role)
SELECT r.identity AS subject, 'role' AS kind,
       r.createdb = 0 AND m.role IS NULL OR a.role IS NOT NULL AS ok,
       CASE WHEN r.createdb = 0 AND m.role IS NULL THEN 'no CREATEDB'
            ELSE CASE WHEN a.role IS NOT NULL THEN 'accepted by policy: ' ELSE '' END
              || CASE WHEN r.createdb = 1 THEN 'CREATEDB' ELSE '' END
              || CASE WHEN r.createdb = 1 AND m.role IS NOT NULL THEN ', ' ELSE '' END
              || coalesce('can become a role with it or a superuser: ' || m.paths, '') END
         || coalesce((SELECT ', the provider''s own (' || p.provider || ')' FROM provider_object p WHERE p.kind = 'role' AND p.name = r.name), '') AS observed,
       'no CREATEDB, nor SET ROLE to a role that has it' AS expected,
       a.role IS NOT NULL AND (r.createdb = 1 OR m.role IS NOT NULL) AS accepted
FROM role r
LEFT JOIN reached m ON m.role = r.name
LEFT JOIN allowed_role a ON a.attribute = 'createdb' AND a.role = r.name
WHERE r.superuser = 0 AND r.can_login = 1
