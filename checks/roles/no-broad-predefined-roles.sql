/*
title       = "No role outside policy reaches a broad predefined role"
severity    = "high"
measure     = "roles.escalation_membership"
needs       = ["role", "membership", "role_reach"]
params      = ["roles.allow.pg_read_all_data", "roles.allow.pg_write_all_data", "roles.allow.pg_maintain", "roles.allow.pg_signal_backend", "roles.allow.pg_create_subscription", "roles.allow.pg_use_reserved_connections"]
rationale   = """
These predefined roles hold in every database, for tables that exist and tables to come, and no ACL shows it.
pg_read_all_data, a favourite for backups, reads the catalogs as well, and with them the password verifiers of all roles."""
remediation = "Revoke the membership and grant the privileges on the schemas that the role works with. A membership that has to stay is named in the policy, as in [roles.allow] pg_read_all_data = [\"backupuser\"]."
guide       = "Least Privilege"
references  = ["https://www.postgresql.org/docs/16/predefined-roles.html", "NIST SP 800-53 AC-6", "NIST SP 800-53 CM-7", "STIG V-233614", "STIG V-233593"]
*/
WITH reached AS (
  SELECT m.role, m.target, min(m.path) AS path, a.role IS NOT NULL AS allowed
  FROM role_reach m LEFT JOIN allowed_role a ON a.attribute = m.target AND a.role = m.role
  WHERE m.way IN ('inherit', 'set')
    AND m.target IN ('pg_read_all_data', 'pg_write_all_data', 'pg_maintain', 'pg_signal_backend',
                     'pg_create_subscription', 'pg_use_reserved_connections')
  GROUP BY m.role, m.target)
SELECT r.identity AS subject, 'role' AS kind, coalesce(min(m.allowed), 1) AS ok,
       CASE WHEN count(m.target) = 0 THEN 'member of none of them'
            WHEN min(m.allowed) = 1 THEN 'accepted by policy: ' || group_concat(m.path, ', ' ORDER BY m.path)
            ELSE group_concat(m.path, ', ' ORDER BY m.path) FILTER (WHERE NOT m.allowed) END AS observed,
       'no predefined role that reads, writes or maintains everything, signals sessions or takes reserved connections' AS expected,
       coalesce(min(m.allowed), 0) AS accepted
FROM role r LEFT JOIN reached m ON m.role = r.name
WHERE r.superuser = 0 AND r.predefined = 0
GROUP BY r.name
