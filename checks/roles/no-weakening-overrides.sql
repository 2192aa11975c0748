/*
title       = "No role has a setting of its own that weakens a safeguard"
severity    = "medium"
measure     = "audit.not_switchable"
needs       = ["setting_override", "role", "policy:roles.read_only"]
rationale   = """
ALTER ROLE … SET is remembered by the server and seen by nobody who reads its configuration file.
One such line can switch off foreign keys and audit triggers for a session (session_replication_role), load code into it, or take back that a role only reads."""
remediation = "ALTER ROLE … RESET the setting (IN DATABASE where it is set there). Where a maintenance job needs it, it sets it in its own session."
guide       = "Query Logging"
references  = ["https://www.postgresql.org/docs/16/runtime-config-client.html", "https://www.postgresql.org/docs/16/sql-alterrole.html", "NIST SP 800-53 AU-9"]
*/
WITH judged AS (
  SELECT o.role, coalesce(o.role_identity, o.role, 'every role') AS subject,
         o.name || ' = ' || CASE WHEN o.value IS NULL THEN 'a value that was not seen' WHEN o.value = '' THEN '(empty)' ELSE o.value END
           || coalesce(' in database ' || coalesce(o.database_identity, o.database), '') AS what,
         CASE o.name WHEN 'session_replication_role' THEN lower(o.value) IN ('origin', 'local')
                     WHEN 'lo_compat_privileges' THEN o.number = 0
                     WHEN 'default_transaction_read_only' THEN o.number = 1
                     ELSE 0 END AS ok
  FROM setting_override o
  WHERE o.name IN ('session_replication_role', 'lo_compat_privileges', 'session_preload_libraries', 'local_preload_libraries')
     OR o.name = 'default_transaction_read_only'
        AND coalesce(o.role IN (SELECT role FROM named_role WHERE list = 'read_only'), 1))
SELECT coalesce(r.identity, j.subject) AS subject, 'role' AS kind,
       CASE WHEN count(j.subject) = 0 THEN 1 WHEN min(j.ok) = 0 THEN 0 WHEN count(j.ok) < count(*) THEN NULL ELSE 1 END AS ok,
       CASE WHEN count(j.subject) = 0 THEN 'no such setting of its own' ELSE group_concat(j.what, ', ' ORDER BY j.what) END AS observed,
       'no override of session_replication_role, lo_compat_privileges or the preloaded libraries; read-only stays read-only' AS expected
FROM (SELECT name, identity FROM role WHERE predefined = 0) r FULL JOIN judged j ON j.subject = r.identity
GROUP BY 1
