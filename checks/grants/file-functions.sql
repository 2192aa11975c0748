/*
title       = "Nobody but superusers reads or writes the server's files through functions"
severity    = "critical"
measure     = "grants.catalog"
needs       = ["catalog_privilege", "database", "role", "membership", "role_reach"]
rationale   = """
With EXECUTE on one of these functions a role reads the server's files: its private key, its passwords in configuration files, the table files themselves, past every grant and policy. Two of them write.
PostgreSQL gives them to superusers, and to the predefined roles that are made for it."""
remediation = """
REVOKE EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) FROM …; in each database that is named (such grants are kept in each). What a task needs it gets by a function of its own that reads one file."""
references  = ["https://www.postgresql.org/docs/16/functions-admin.html#FUNCTIONS-ADMIN-GENFILE", "NIST SP 800-53 AC-6"]
*/
WITH granted AS (
  SELECT database, object, privilege, grantee FROM catalog_privilege
  WHERE object_kind = 'function' AND substr(object, 1, instr(object, '(') - 1) IN
    ('pg_read_file', 'pg_read_file_off_len', 'pg_read_file_v2', 'pg_read_binary_file', 'pg_ls_dir', 'pg_stat_file', 'lo_import', 'lo_export',
     'pg_file_write', 'pg_file_sync', 'pg_file_rename', 'pg_file_unlink', 'pg_file_read', 'pg_file_length', 'pg_logdir_ls')),
holder AS (
  SELECT database, object, privilege, grantee AS role, NULL AS path FROM granted
  UNION
  SELECT g.database, g.object, g.privilege, m.role, min(m.path) FROM granted g JOIN role_reach m ON m.target = g.grantee AND m.way IN ('inherit', 'set')
  GROUP BY g.database, g.object, g.privilege, m.role),
outside AS (
  SELECT h.database, CASE h.role WHEN '' THEN 'PUBLIC' ELSE coalesce(r.identity, h.role) END AS role, group_concat(DISTINCT h.privilege || ' on ' || h.object || coalesce(' (' || h.path || ')', '')) AS words
  FROM holder h LEFT JOIN role r ON r.name = h.role
  WHERE coalesce(r.superuser, 0) = 0 AND coalesce(r.predefined, 0) = 0 AND h.role NOT IN (SELECT role FROM named_role WHERE list = 'admin')
  GROUP BY h.database, h.role),
found AS (SELECT database, group_concat(role || ': ' || replace(words, ',', ', '), '; ' ORDER BY role) AS words FROM outside GROUP BY database)
SELECT d.identity AS subject, 'database' AS kind, d.name AS database, f.words IS NULL AS ok, coalesce(f.words, 'nothing beyond what PostgreSQL gives') AS observed,
       'no EXECUTE on file functions outside [roles] admin' AS expected
FROM database d LEFT JOIN found f ON f.database = d.name
WHERE d.entered = 1
