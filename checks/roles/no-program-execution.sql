/*
title       = "No login role reaches the server's files or programs"
severity    = "critical"
measure     = "roles.escalation_membership"
needs       = ["role", "membership", "role_reach"]
rationale   = """
These predefined roles leave the database: they run commands as the operating-system user that owns the data files, or read and write those files.
Any of them is worth as much as a superuser, and none shows among the role's attributes."""
remediation = "Revoke the membership (REVOKE pg_execute_server_program FROM …). Loads and unloads go through the client: COPY … FROM STDIN and \\copy need no such role."
guide       = "Least Privilege"
references  = ["https://www.postgresql.org/docs/16/predefined-roles.html", "NIST SP 800-53 CM-7", "NIST SP 800-53 AC-6", "STIG V-233593", "STIG V-233614"]
*/
WITH reached AS (
  SELECT role, group_concat(path, ', ' ORDER BY path) AS paths
  FROM (SELECT role, target, min(path) AS path FROM role_reach
        WHERE way IN ('inherit', 'set')
          AND target IN ('pg_execute_server_program', 'pg_write_server_files', 'pg_read_server_files')
        GROUP BY role, target)
  GROUP BY role)
SELECT r.identity AS subject, 'role' AS kind, m.role IS NULL AS ok,
       coalesce(m.paths, 'member of none of them') AS observed,
       'no membership in pg_execute_server_program, pg_write_server_files, pg_read_server_files' AS expected
FROM role r LEFT JOIN reached m ON m.role = r.name
WHERE r.can_login = 1 AND r.superuser = 0
