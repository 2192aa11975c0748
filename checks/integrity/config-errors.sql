/*
title       = "No line of the configuration files has an error"
severity    = "medium"
measure     = "config.in_force"
needs       = ["file_setting"]
rationale   = "A line that cannot be applied protects nothing, and on a reload the server passes over the whole file for it. At the next start the server does not come up: a mistake that nobody sees becomes an outage. Entries that a later one overrides, as ALTER SYSTEM does, are said and do not count; what only waits for a restart is integrity/pending-restart's."
remediation = "Correct or remove the line that is named, SELECT pg_reload_conf(), and look at pg_file_settings again: error has to be empty everywhere."
references  = ["https://www.postgresql.org/docs/16/view-pg-file-settings.html", "NIST SP 800-53 CM-6"]
*/
SELECT coalesce(f.name, 'line ' || f.line) || ' in ' || f.file AS subject, 'config_line' AS kind,
       CASE WHEN max(f.wrong) = 0 THEN 1 WHEN s.name IS NULL THEN 0 WHEN s.pending_restart = 1 THEN 1 WHEN s.pending_restart = 0 THEN 0 END AS ok,
       CASE WHEN max(f.wrong) = 0 THEN CASE WHEN max(f.applied) = 1 THEN 'applied' WHEN max(f.applied) = 0 THEN 'overridden by a later entry' ELSE 'without an error' END
            WHEN s.pending_restart = 1 THEN 'waits for a restart'
            ELSE 'line ' || max(f.line) FILTER (WHERE f.wrong = 1) || ': ' || coalesce(max(f.error) FILTER (WHERE f.wrong = 1), 'an error') END AS observed,
       'an entry without an error' AS expected
FROM file_setting f LEFT JOIN setting s ON lower(s.name) = lower(f.name)
GROUP BY coalesce(f.name, 'line ' || f.line), f.file
