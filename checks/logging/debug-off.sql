/*
title       = "Parse trees and plans stay out of the log"
severity    = "low"
measure     = "log.content"
needs       = ["setting:debug_print_parse", "setting:debug_print_rewritten", "setting:debug_print_plan", "setting_override"]
rationale   = "These developer options write every query's inner tree into the log, constants and so personal values included, whatever the settings for statements say. They also fill the disk."
remediation = "Set debug_print_parse, debug_print_rewritten and debug_print_plan to off in postgresql.conf and reload; take overrides back with ALTER ROLE … RESET."
references  = ["https://www.postgresql.org/docs/16/runtime-config-logging.html#GUC-DEBUG-PRINT-PARSE", "NIST SP 800-53 AU-3"]
*/
SELECT s.name AS subject, 'setting' AS kind, s.number = 0 AS ok,
       CASE WHEN s.hidden = 1 THEN 'hidden from the role' ELSE coalesce(s.value, 'masked by an override on the scanner''s own ' || s.masked_by, 'not seen') END AS observed,
       'off' AS expected, CASE WHEN s.hidden = 1 THEN 'privilege' ELSE 'out_of_reach' END AS unknown_kind
FROM setting s WHERE s.name IN ('debug_print_parse', 'debug_print_rewritten', 'debug_print_plan')
UNION ALL
SELECT o.name || ' of ' || coalesce('role ' || o.role_identity, 'every role') || coalesce(' in database ' || o.database_identity, ''), 'setting_override',
       o.number = 0, coalesce(o.value, 'not seen'), 'off', 'out_of_reach'
FROM setting_override o WHERE o.name IN ('debug_print_parse', 'debug_print_rewritten', 'debug_print_plan')
