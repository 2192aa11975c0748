/*
title       = "No role outside policy can pass its privileges on"
severity    = "medium"
measure     = "roles.app_least_privilege"
needs       = ["role", "privilege", "database", "schema", "relation", "table_column", "function", "type", "foreign_server", "large_object"]
params      = ["roles.allow.grant_option"]
rationale   = """
WITH GRANT OPTION lets its holder open the object to anybody, and a review of who was given access no longer says who has it.
Revoking then needs CASCADE, which takes more away than was meant, so that it is put off."""
remediation = "REVOKE GRANT OPTION FOR SELECT ON app.usertable FROM … CASCADE, and grant to the further roles from the owner. Where a role has to pass privileges on, name it in [roles.allow] grant_option."
guide       = "Least Privilege"
references  = ["https://www.postgresql.org/docs/16/sql-revoke.html", "NIST SP 800-53 AC-3", "STIG V-233520"]
*/
WITH grantable AS MATERIALIZED (
  SELECT acl, grantee, group_concat(DISTINCT privilege ORDER BY privilege) AS privileges
  FROM acl_entry WHERE grantable = 1 AND owner = 0 GROUP BY acl, grantee),
-- any of the objects of each ACL, to have a name for it
held AS (
  SELECT g.grantee, count(DISTINCT g.acl) AS n, min(replace(g.privileges, ',', ', ') || ' on ' || coalesce(o.object, 'an object that was not seen')) AS first, count(o.object) AS objects
  FROM grantable g
  LEFT JOIN (SELECT acl, object FROM object_acl WHERE acl IN (SELECT acl FROM grantable) AND extension IS NULL) o ON o.acl = g.acl
  -- what extensions bring is theirs; an object that was not seen is nobody's
  WHERE o.object IS NOT NULL OR NOT EXISTS (SELECT 1 FROM object_acl x WHERE x.acl = g.acl)
  GROUP BY g.grantee)
SELECT r.identity AS subject, 'role' AS kind, h.grantee IS NULL OR a.role IS NOT NULL AS ok,
       CASE WHEN h.grantee IS NULL THEN 'no grant option'
            ELSE CASE WHEN a.role IS NOT NULL THEN 'accepted by policy: ' ELSE '' END || h.first || ' WITH GRANT OPTION'
              || CASE WHEN h.objects > 1 THEN ', and ' || (h.objects - 1) || ' more objects' ELSE '' END END AS observed,
       'no grant option' AS expected,
       h.grantee IS NOT NULL AND a.role IS NOT NULL AS accepted
FROM role r
LEFT JOIN held h ON h.grantee = r.name
LEFT JOIN allowed_role a ON a.attribute = 'grant_option' AND a.role = r.name
WHERE r.predefined = 0
