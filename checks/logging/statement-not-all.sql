/*
title       = "The log does not copy every statement"
severity    = "medium"
measure     = "log.content"
needs       = ["setting:log_statement", "setting:log_min_duration_statement", "setting_override"]
params      = ["logging.all_statements"]
rationale   = "A log with every statement in it is a second, uncontrolled copy of the personal data: values stand in the SQL text, outside of row-level security, of retention and of erasure. It also buries the lines that matter."
remediation = "Set log_statement = 'ddl' and log_min_duration_statement = 1000 (or -1) in postgresql.conf and reload; use pgaudit where access to single tables has to be recorded. If every statement must be kept, say so with [logging] all_statements = true, and protect the log like the data."
guide       = "Query Logging"
references  = ["https://www.postgresql.org/docs/16/runtime-config-logging.html#GUC-LOG-STATEMENT", "https://www.postgresql.org/docs/16/runtime-config-logging.html#GUC-LOG-MIN-DURATION-STATEMENT", "NIST SP 800-53 AU-3"]
*/
WITH said AS (
  SELECT s.name, s.name AS subject, 'setting' AS kind, s.value, s.number, CASE WHEN s.hidden = 1 THEN 'hidden from the role' ELSE coalesce(s.value, 'masked by an override on the scanner''s own ' || s.masked_by, 'not seen') END AS observed, CASE WHEN s.hidden = 1 THEN 'privilege' ELSE 'out_of_reach' END AS why
  FROM setting s WHERE s.name IN ('log_statement', 'log_min_duration_statement')
  UNION ALL
  SELECT o.name, o.name || ' of ' || coalesce('role ' || o.role_identity, 'every role') || coalesce(' in database ' || o.database_identity, ''), 'setting_override', o.value, o.number, coalesce(o.value, 'not seen'), 'out_of_reach'
  FROM setting_override o WHERE o.name IN ('log_statement', 'log_min_duration_statement')
), judged AS (
  SELECT *, CASE name WHEN 'log_statement' THEN lower(value) <> 'all' ELSE number <> 0 END AS spares FROM said
)
SELECT subject, kind, spares OR p.number = 1 AS ok, observed,
       CASE name WHEN 'log_statement' THEN 'none, ddl or mod' ELSE 'not 0' END AS expected,
       spares = 0 AND p.number = 1 AS accepted, why AS unknown_kind
FROM judged LEFT JOIN policy p ON p.key = 'logging.all_statements'
