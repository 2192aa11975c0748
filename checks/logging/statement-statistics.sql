/*
title       = "Statement statistics are collected"
severity    = "low"
measure     = "log.pg_stat_statements"
needs       = ["setting:pg_stat_statements.track", "database"]
rationale   = "pg_stat_statements shows which statements ran how often and returned how many rows: enough to notice an export that nobody ordered. It is no audit trail, because it has no times, and never stands in for one."
remediation = "Add pg_stat_statements to shared_preload_libraries in postgresql.conf and restart, then run CREATE EXTENSION pg_stat_statements in one database that the reviewers use."
guide       = "pg_stat_statements"
references  = ["https://www.postgresql.org/docs/16/pgstatstatements.html"]
*/
-- one database is enough, so `extension` is no need: that a database was not entered counts only where none has it
SELECT 'pg_stat_statements' AS subject, 'library' AS kind,
       EXISTS (SELECT 1 FROM setting WHERE module = 'pg_stat_statements' OR name LIKE 'pg_stat_statements.%') AS ok,
       CASE WHEN EXISTS (SELECT 1 FROM setting WHERE module = 'pg_stat_statements' OR name LIKE 'pg_stat_statements.%') THEN 'loaded' ELSE 'not loaded' END AS observed,
       'loaded' AS expected, NULL AS unknown_kind
UNION ALL
SELECT 'pg_stat_statements', 'extension',
       CASE WHEN EXISTS (SELECT 1 FROM extension WHERE name = 'pg_stat_statements') THEN 1
            WHEN EXISTS (SELECT 1 FROM database d WHERE d.allow_connections = 1 AND d.is_template = 0
              AND d.name NOT IN (SELECT database FROM collection WHERE fact = 'extension' AND part = '*' AND status = 'complete')) THEN NULL ELSE 0 END,
       coalesce('created in ' || (SELECT group_concat(d.identity, ', ') FROM extension x JOIN database d ON d.name = x.database WHERE x.name = 'pg_stat_statements'),
                'created in no database that was entered'),
       'created in a database', 'out_of_reach'
