/*
title       = "There is an audit table that says who, what, when and from where"
severity    = "medium"
measure     = "audit_table.append_only"
needs       = ["relation", "table_column", "schema", "policy:schemas.application"]
rationale   = """
The server's log knows the pool's role and address. Which person did what in the application, only the application can write down.
An entry that lacks one of who, what, when and from where cannot answer the question that it is there for."""
remediation = "Make the table of the guide (user_id, action, timestamp, ip_address) in the application's schema, or name the one that there is in [privacy] audit_table; add the columns that are missing."
guide       = "Audit Trail"
references  = ["https://www.postgresql.org/docs/16/ddl-priv.html", "NIST SP 800-53 AU-3", "NIST SP 800-53 AU-12"]
*/
WITH wanted AS MATERIALIZED (
  SELECT DISTINCT n.database FROM named_schema n JOIN schema s ON s.database = n.database AND s.name = n.schema
  WHERE n.list = 'application'
    -- a name with a database before it is looked for there alone
    AND (NOT EXISTS (SELECT 1 FROM policy p JOIN schema q ON substr(p.value, 1, length(q.database || '.' || q.identity) + 1) = q.database || '.' || q.identity || '.'
                     WHERE p.key = 'privacy.audit_table')
         OR EXISTS (SELECT 1 FROM policy p WHERE p.key = 'privacy.audit_table'
                    AND substr(p.value, 1, length(n.database || '.' || s.identity) + 1) = n.database || '.' || s.identity || '.'))),
found AS (
  SELECT a.database, a.identity,
         max(c.name IN ('user_id', 'userid', 'user_name', 'username', 'user', 'actor', 'actor_id', 'account_id', 'performed_by', 'changed_by', 'created_by',
                        'modified_by', 'session_user_name', 'session_user', 'subject_id', 'principal', 'who', 'employee_id', 'operator', 'login')) AS who,
         max(c.name IN ('action', 'action_type', 'event', 'event_type', 'event_name', 'operation', 'op', 'activity', 'verb', 'command', 'tg_op', 'change_type', 'what', 'type')) AS what,
         max(substr(c.type, 1, 9) = 'timestamp') AS time,
         max(c.type IN ('inet', 'cidr') OR c.name IN ('ip', 'ip_address', 'ip_addr', 'client_ip', 'client_addr', 'remote_addr', 'remote_ip', 'source_ip', 'origin', 'from_where', 'host', 'hostname')) AS place
  FROM audit_table a JOIN table_column c ON c.database = a.database AND c.schema = a.schema AND c.relation = a.name
  GROUP BY a.database, a.identity),
lacking AS (
  SELECT database, identity, who AND what AND time AND place AS whole,
         rtrim(CASE WHEN who THEN '' ELSE 'who, ' END || CASE WHEN what THEN '' ELSE 'what, ' END || CASE WHEN time THEN '' ELSE 'when, ' END
               || CASE WHEN place THEN '' ELSE 'from where, ' END, ', ') AS words
  FROM found)
SELECT coalesce(l.identity, (SELECT min(value) FROM policy WHERE key = 'privacy.audit_table'), 'audit_log') AS subject, 'relation' AS kind, w.database AS database,
       coalesce(l.whole, 0) AS ok,
       CASE WHEN l.identity IS NULL THEN 'there is no such table' WHEN l.whole THEN 'who, what, when, from where' ELSE 'no column says ' || l.words END AS observed,
       'a table with who, what, when, from where' AS expected
FROM wanted w LEFT JOIN lacking l ON l.database = w.database
