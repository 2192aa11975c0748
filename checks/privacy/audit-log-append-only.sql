/*
title       = "Application roles add to the audit table and change nothing in it"
severity    = "high"
measure     = "audit_table.append_only"
needs       = ["privilege", "relation", "table_column", "role", "membership", "role_reach", "policy:roles.application"]
rationale   = """
Whoever takes over the application gets its privileges, and the first thing to go is the trace. An audit table that the application can rewrite proves nothing.
Grants on all tables of a schema and default privileges give UPDATE and DELETE on this one as on every other: they have to be taken back after it is made."""
remediation = "REVOKE UPDATE, DELETE, TRUNCATE ON the table FROM the application role (and from the role through which it holds them); GRANT INSERT. Its owner is a role that nobody logs in as."
guide       = "Audit Trail"
references  = ["https://www.postgresql.org/docs/16/ddl-priv.html", "NIST SP 800-53 AU-9", "STIG V-233514"]
when_empty  = "there is no audit table; privacy/audit-log-exists speaks of that"
*/
WITH app AS (
  SELECT r.name, r.identity FROM named_role n JOIN role r ON r.name = n.role WHERE n.list = 'application' AND r.superuser = 0),
holder AS MATERIALIZED (
  SELECT name, identity, name AS grantee, '' AS through FROM app
  UNION ALL SELECT name, identity, '', ' through PUBLIC' FROM app
  UNION ALL SELECT a.name, a.identity, m.target, ' through ' || min(m.path) FROM app a JOIN role_reach m ON m.role = a.name AND m.way IN ('inherit', 'set')
  GROUP BY a.name, m.target),
held AS (
  SELECT a.database, a.identity AS subject, h.name, h.identity, h.through, e.privilege, e.owner
  FROM audit_table a JOIN acl_entry e ON e.acl = a.acl JOIN holder h ON h.grantee = e.grantee
  UNION ALL
  SELECT a.database, a.identity, h.name, h.identity, h.through, e.privilege || ' (column ' || c.name || ')', 0
  FROM audit_table a JOIN table_column c ON c.database = a.database AND c.schema = a.schema AND c.relation = a.name
  JOIN acl_entry e ON e.acl = c.acl JOIN holder h ON h.grantee = e.grantee WHERE e.privilege = 'UPDATE'
  UNION ALL
  SELECT a.database, a.identity, h.name, h.identity, h.through, w.value, 0
  FROM audit_table a CROSS JOIN holder h CROSS JOIN json_each('["INSERT", "UPDATE", "DELETE"]') w WHERE h.grantee = 'pg_write_all_data'
  UNION ALL
  SELECT a.database, a.identity, h.name, h.identity, h.through, 'ownership', 0 FROM audit_table a JOIN holder h ON h.grantee = a.owner),
excess AS (
  SELECT database, subject, group_concat(words, '; ' ORDER BY words) AS words
  FROM (SELECT database, subject, identity || ': ' || replace(group_concat(DISTINCT privilege ORDER BY privilege), ',', ', ') || through AS words
        FROM held WHERE owner = 0 AND (privilege IN ('DELETE', 'TRUNCATE', 'ownership') OR substr(privilege, 1, 6) = 'UPDATE')
        GROUP BY database, subject, name, through)
  GROUP BY database, subject),
mute AS (
  SELECT a.database, a.identity AS subject, group_concat(p.identity, ', ' ORDER BY p.identity) AS roles
  FROM audit_table a CROSS JOIN app p
  WHERE NOT EXISTS (SELECT 1 FROM held h WHERE h.database = a.database AND h.subject = a.identity AND h.name = p.name AND h.privilege = 'INSERT')
    -- by a column at a time is enough
    AND NOT EXISTS (SELECT 1 FROM table_column c JOIN acl_entry e ON e.acl = c.acl JOIN holder h ON h.grantee = e.grantee
                    WHERE c.database = a.database AND c.schema = a.schema AND c.relation = a.name AND e.privilege = 'INSERT' AND h.name = p.name)
  GROUP BY a.database, a.identity)
SELECT a.identity AS subject, 'relation' AS kind, a.database AS database, x.words IS NULL AND m.roles IS NULL AS ok,
       coalesce(x.words || coalesce('; no INSERT for ' || m.roles, ''), 'no INSERT for ' || m.roles, 'INSERT, and nothing that changes an entry') AS observed,
       'INSERT, without UPDATE, DELETE, TRUNCATE or ownership' AS expected
FROM audit_table a
LEFT JOIN excess x ON x.database = a.database AND x.subject = a.identity
LEFT JOIN mute m ON m.database = a.database AND m.subject = a.identity
WHERE EXISTS (SELECT 1 FROM app)
