/*
title       = "Every log line says when, which session, who and where"
severity    = "medium"
measure     = "log.line_prefix"
needs       = ["setting:log_line_prefix", "setting:log_destination"]
rationale   = "An audit record without time, session, user and database cannot be attributed to anybody. The default prefix has the time and the process only, so that statements of different users run together. The client's address is advised as well: the log-in line alone has it otherwise."
remediation = "Set log_line_prefix = '%t [%p-%l] %q%u@%d %h ' in postgresql.conf and reload."
fix         = "ALTER SYSTEM SET log_line_prefix = '%t [%p-%l] %q%u@%d %h ';"
guide       = "Connection Logging"
references  = ["https://www.postgresql.org/docs/16/runtime-config-logging.html#GUC-LOG-LINE-PREFIX", "NIST SP 800-53 AU-3", "STIG V-233608", "STIG V-233582", "STIG V-233578"]
when_empty  = "the log is written as csvlog or jsonlog only, which carry these columns themselves"
*/
WITH prefix AS (
  -- %% is a percent sign; digits and - are padding, as in %-10u
  SELECT s.*, replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(value, '%%', ''), '-', ''),
    '0', ''), '1', ''), '2', ''), '3', ''), '4', ''), '5', ''), '6', ''), '7', ''), '8', ''), '9', '') AS plain
  FROM setting s WHERE s.name = 'log_line_prefix'
), found AS (
  SELECT *, instr(plain, '%t') + instr(plain, '%m') + instr(plain, '%n') > 0 AS at, instr(plain, '%p') + instr(plain, '%c') > 0 AS process,
         instr(plain, '%u') > 0 AS user, instr(plain, '%d') > 0 AS place, instr(plain, '%h') + instr(plain, '%r') > 0 AS client
  FROM prefix
)
SELECT f.name AS subject, 'setting' AS kind, f.at AND f.process AND f.user AND f.place AS ok,
       CASE WHEN f.hidden = 1 THEN 'hidden from the role' WHEN f.value IS NULL THEN 'not seen'
            ELSE '''' || f.value || '''' || CASE WHEN f.at THEN '' ELSE ', without time' END || CASE WHEN f.process THEN '' ELSE ', without process' END
              || CASE WHEN f.user THEN '' ELSE ', without user' END || CASE WHEN f.place THEN '' ELSE ', without database' END
              || CASE WHEN f.client THEN '' ELSE ', without the client (advised)' END END AS observed,
       'time (%t, %m or %n), process (%p or %c), user (%u) and database (%d)' AS expected,
       CASE WHEN f.hidden = 1 THEN 'privilege' ELSE 'out_of_reach' END AS unknown_kind
FROM found f JOIN setting d ON d.name = 'log_destination'
WHERE (d.value <> '' AND replace(replace(replace(replace(lower(d.value), ' ', ''), ',', ''), 'csvlog', ''), 'jsonlog', '') = '') IS NOT 1
