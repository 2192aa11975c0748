/*
title       = "Slow statements are logged"
severity    = "low"
measure     = "log.min_duration"
needs       = ["setting:log_min_duration_statement", "setting:log_min_duration_sample", "setting:log_statement_sample_rate", "setting_override"]
params      = ["limits.slow_query"]
rationale   = "A query that suddenly runs for minutes is often the first trace of a mass export or of an attack on availability. Logging the slow ones shows them without copying every statement; the bind values are another check's subject."
remediation = "Set log_min_duration_statement = 1000 (milliseconds; the policy's limits.slow_query is the most allowed) in postgresql.conf and reload, or log_min_duration_sample with log_statement_sample_rate above 0; take overrides that say less back with ALTER ROLE … RESET."
guide       = "Query Logging"
references  = ["https://www.postgresql.org/docs/16/runtime-config-logging.html#GUC-LOG-MIN-DURATION-STATEMENT", "https://www.postgresql.org/docs/16/runtime-config-logging.html#GUC-LOG-MIN-DURATION-SAMPLE", "NIST SP 800-53 AU-12"]
*/
WITH sampled AS (
  SELECT a.number BETWEEN 1 AND p.number AND r.number > 0 AS yes
  FROM setting a JOIN setting r ON r.name = 'log_statement_sample_rate' LEFT JOIN policy p ON p.key = 'limits.slow_query'
  WHERE a.name = 'log_min_duration_sample'
)
SELECT s.name AS subject, 'setting' AS kind, s.number BETWEEN 1 AND p.number OR m.yes AS ok,
       CASE WHEN s.hidden = 1 THEN 'hidden from the role' ELSE coalesce(s.value, 'masked by an override on the scanner''s own ' || s.masked_by, 'not seen') END || CASE WHEN m.yes THEN ' (slow statements are sampled)' ELSE '' END AS observed,
       'between 1 and ' || CAST(p.number AS INTEGER) || ' ms' AS expected, CASE WHEN s.hidden = 1 THEN 'privilege' ELSE 'out_of_reach' END AS unknown_kind
FROM setting s CROSS JOIN sampled m LEFT JOIN policy p ON p.key = 'limits.slow_query'
WHERE s.name = 'log_min_duration_statement'
UNION ALL
SELECT o.name || ' of ' || coalesce('role ' || o.role_identity, 'every role') || coalesce(' in database ' || o.database_identity, ''), 'setting_override',
       CASE o.name WHEN 'log_min_duration_statement' THEN o.number BETWEEN 1 AND p.number OR m.yes
                   WHEN 'log_min_duration_sample' THEN s.number BETWEEN 1 AND p.number OR o.number BETWEEN 1 AND p.number
                   ELSE s.number BETWEEN 1 AND p.number OR o.number > 0 END,
       coalesce(o.value, 'not seen'),
       CASE o.name WHEN 'log_statement_sample_rate' THEN 'above 0' ELSE 'between 1 and ' || CAST(p.number AS INTEGER) || ' ms' END, 'out_of_reach'
FROM setting_override o JOIN setting s ON s.name = 'log_min_duration_statement' CROSS JOIN sampled m LEFT JOIN policy p ON p.key = 'limits.slow_query'
WHERE o.name IN ('log_min_duration_statement', 'log_min_duration_sample', 'log_statement_sample_rate')
