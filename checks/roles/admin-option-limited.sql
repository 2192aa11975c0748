/*
title       = "No login role outside policy can grant memberships"
severity    = "medium"
measure     = "roles.escalation_membership"
needs       = ["role", "membership"]
params      = ["roles.allow.admin_option"]
rationale   = """
ADMIN OPTION lets a role hand a group, and all that the group may do, to anybody, itself included, without an administrator knowing.
Access that an organisation granted once then spreads by hands that it did not authorise. From PostgreSQL 16 a role with CREATEROLE gets the option on every role that it makes."""
remediation = "REVOKE ADMIN OPTION FOR … FROM …, and let administrators grant memberships. Where a login role has to do it, name it in [roles.allow] admin_option."
guide       = "Least Privilege"
references  = ["https://www.postgresql.org/docs/16/role-membership.html", "NIST SP 800-53 AC-6", "STIG V-233614", "STIG V-233593"]
*/
WITH held AS (
  SELECT m.member, count(DISTINCT m.role) AS n, min(g.identity) AS first,
         group_concat(DISTINCT g.identity ORDER BY g.identity) AS groups
  FROM membership m JOIN role g ON g.name = m.role
  WHERE m.admin = 1 GROUP BY m.member)
SELECT r.identity AS subject, 'role' AS kind, h.member IS NULL OR a.role IS NOT NULL AS ok,
       CASE WHEN h.member IS NULL THEN 'no ADMIN OPTION'
            ELSE CASE WHEN a.role IS NOT NULL THEN 'accepted by policy: ' ELSE '' END || 'ADMIN OPTION on '
              || CASE WHEN h.n <= 5 THEN replace(h.groups, ',', ', ') ELSE h.n || ' roles, among them ' || h.first END END AS observed,
       'no ADMIN OPTION' AS expected,
       h.member IS NOT NULL AND a.role IS NOT NULL AS accepted
FROM role r
LEFT JOIN held h ON h.member = r.name
LEFT JOIN allowed_role a ON a.attribute = 'admin_option' AND a.role = r.name
WHERE r.can_login = 1 AND r.superuser = 0
