/*
title       = "Bind values stay out of the log"
severity    = "medium"
measure     = "log.content"
needs       = ["setting:log_parameter_max_length", "setting:log_parameter_max_length_on_error", "setting:log_statement", "setting:log_min_duration_statement", "setting:log_min_duration_sample", "setting:log_transaction_sample_rate", "setting_override"]
rationale   = "An application passes personal data as parameters, and PostgreSQL by default writes them in full beside every statement that it logs. The log then holds names, diagnoses and tokens, readable by whoever reads logs and kept as long as logs are kept."
remediation = "Set log_parameter_max_length = 0 and log_parameter_max_length_on_error = 0 in postgresql.conf and reload; take overrides back with ALTER ROLE … RESET."
guide       = "Data Minimization"
references  = ["https://www.postgresql.org/docs/16/runtime-config-logging.html#GUC-LOG-PARAMETER-MAX-LENGTH", "https://www.postgresql.org/docs/16/runtime-config-logging.html#GUC-LOG-PARAMETER-MAX-LENGTH-ON-ERROR", "NIST SP 800-53 AU-3"]
when_empty  = "no statement is logged, so no bind value is"
*/
WITH silent AS (
  -- nothing copies a statement into the log, neither on the server nor by an override
  SELECT min(CASE name WHEN 'log_statement' THEN value = 'none' WHEN 'log_transaction_sample_rate' THEN number = 0 ELSE number = -1 END) = 1
         AND count(CASE name WHEN 'log_statement' THEN value ELSE number END) = 4
         AND NOT EXISTS (SELECT 1 FROM setting_override WHERE name IN ('log_statement', 'log_min_duration_statement', 'log_min_duration_sample', 'log_transaction_sample_rate')) AS yes
  FROM setting WHERE name IN ('log_statement', 'log_min_duration_statement', 'log_min_duration_sample', 'log_transaction_sample_rate')
)
SELECT s.name AS subject, 'setting' AS kind, s.number = 0 AS ok,
       CASE s.number WHEN -1 THEN '-1: in full' ELSE CASE WHEN s.hidden = 1 THEN 'hidden from the role' ELSE coalesce(s.value, 'masked by an override on the scanner''s own ' || s.masked_by, 'not seen') END END AS observed, '0' AS expected, CASE WHEN s.hidden = 1 THEN 'privilege' ELSE 'out_of_reach' END AS unknown_kind
FROM setting s CROSS JOIN silent q
WHERE s.name IN ('log_parameter_max_length', 'log_parameter_max_length_on_error') AND (q.yes IS NOT 1 OR s.name = 'log_parameter_max_length_on_error' AND s.number IS NOT 0)
UNION ALL
SELECT o.name || ' of ' || coalesce('role ' || o.role_identity, 'every role') || coalesce(' in database ' || o.database_identity, ''), 'setting_override',
       o.number = 0, CASE o.number WHEN -1 THEN '-1: in full' ELSE coalesce(o.value, 'not seen') END, '0', 'out_of_reach'
FROM setting_override o CROSS JOIN silent q
WHERE o.name IN ('log_parameter_max_length', 'log_parameter_max_length_on_error') AND (q.yes IS NOT 1 OR o.name = 'log_parameter_max_length_on_error' AND o.number IS NOT 0)
