/*
title       = "No role outside policy bypasses row-level security"
severity    = "high"
measure     = "roles.attributes"
needs       = ["role", "role_reach"]
params      = ["roles.allow.bypassrls"]
rationale   = """
BYPASSRLS shows a role every row of every tenant, whatever the policies say, and nothing in the tables tells that it does.
The attribute is not inherited, but SET ROLE gives it; so a membership counts as much as the attribute."""
remediation = "Take it away (ALTER ROLE … NOBYPASSRLS, REVOKE the membership). A role that has to see all rows gets a SELECT policy of its own, or is named in [roles.allow] bypassrls."
fix         = "ALTER ROLE {subject} NOBYPASSRLS;"
guide       = "Row-Level Security"
references  = ["https://www.postgresql.org/docs/16/ddl-rowsecurity.html", "NIST SP 800-53 AC-6", "NIST SP 800-53 AC-3", "STIG V-233614", "STIG V-233520"]
*/
WITH reached AS (
  SELECT m.role, group_concat(m.path, ', ' ORDER BY m.path) AS paths
  FROM role_reach m JOIN role t ON t.name = m.target
  WHERE m.way = 'set' AND (t.bypassrls = 1 OR t.superuser = 1)
  GROUP BY m.role)
SELECT r.identity AS subject, 'role' AS kind,
       r.bypassrls = 0 AND m.role IS NULL OR a.role IS NOT NULL AS ok,
       CASE WHEN r.bypassrls = 0 AND m.role IS NULL THEN 'no BYPASSRLS'
            ELSE CASE WHEN a.role IS NOT NULL THEN 'accepted by policy: ' ELSE '' END
              || CASE WHEN r.bypassrls = 1 THEN 'BYPASSRLS' ELSE '' END
              || CASE WHEN r.bypassrls = 1 AND m.role IS NOT NULL THEN ', ' ELSE '' END
              || coalesce('can become a role with it or a superuser: ' || m.paths, '') END
         || coalesce((SELECT ', the provider''s own (' || p.provider || ')' FROM provider_object p WHERE p.kind = 'role' AND p.name = r.name), '') AS observed,
       'no BYPASSRLS, nor SET ROLE to a role that has it' AS expected,
       a.role IS NOT NULL AND (r.bypassrls = 1 OR m.role IS NOT NULL) AS accepted
FROM role r
LEFT JOIN reached m ON m.role = r.name
LEFT JOIN allowed_role a ON a.attribute = 'bypassrls' AND a.role = r.name
WHERE r.superuser = 0 AND r.predefined = 0
