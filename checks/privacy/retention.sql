/*
title       = "No row is kept longer than the policy says"
severity    = "medium"
measure     = "data.retention"
needs       = ["erasure", "policy:privacy.retention"]
rationale   = """
Personal data may be kept only as long as it is needed. A period that is written down and that nothing enforces is found out when the first row older than it is counted.
Rows marked as erased have a period as well: they are there for an undo or a dispute, and not for ever."""
remediation = "Delete what is past its period, and run the job that does so regularly (pg_cron, or the application's scheduler); or drop old partitions. The periods are [privacy] retention, for rows marked as erased, and retention_tables (\"app.audit_log.timestamp: 400d\")."
guide       = "Right to Erasure"
references  = ["https://eur-lex.europa.eu/eli/reg/2016/679/oj", "NIST SP 800-53 SI-12"]
*/
WITH judged AS (
  SELECT e.*, CASE e.purpose WHEN 'erased' THEN (SELECT number FROM policy WHERE key = 'privacy.retention')
                             ELSE (SELECT min(max_age_ms) FROM retention_rule r WHERE r.database = e.database AND r.identity = e.dated_by) END AS most
  FROM erasure e WHERE e.purpose IN ('erased', 'dated')),
aged AS (
  SELECT *, CASE WHEN oldest_age_ms > most THEN 0
                 WHEN most IS NULL OR partial = 1 THEN NULL
                 WHEN rows = 0 THEN 1
                 WHEN rows_undated = 0 AND oldest_age_ms <= most THEN 1 END AS ok
  FROM judged)
SELECT CASE purpose WHEN 'erased' THEN relation_identity ELSE dated_by END AS subject,
       CASE purpose WHEN 'erased' THEN 'relation' ELSE 'column' END AS kind, database, ok,
       CASE WHEN rows IS NULL THEN coalesce(obstacle, 'the rows were not counted')
            WHEN most IS NULL THEN 'the policy has no period for it'
            WHEN ok IS NULL AND partial = 1 THEN 'row-level security may hide rows from the role that counts'
            WHEN rows = 0 THEN 'no row' || CASE purpose WHEN 'erased' THEN ' is marked as erased' ELSE '' END
            WHEN ok IS NULL THEN coalesce(rows_undated, 'some') || ' of ' || rows || ' rows have no date'
            ELSE 'the oldest of ' || rows || ' rows' || CASE purpose WHEN 'erased' THEN ' marked as erased' ELSE '' END
              || ' is ' || (oldest_age_ms / 86400000) || ' days old' END AS observed,
       coalesce('at most ' || CAST(most / 86400000 AS INTEGER) || ' days', 'a period in the policy') AS expected,
       CASE WHEN rows IS NULL THEN coalesce(obstacle_kind, 'out_of_reach') WHEN most IS NULL THEN 'policy_missing'
            WHEN partial = 1 THEN 'privilege' ELSE 'out_of_reach' END AS unknown_kind,
       CASE WHEN rows IS NULL THEN unlock
            WHEN most IS NULL THEN CASE purpose WHEN 'erased' THEN '[privacy] retention = "30d"' ELSE '[privacy] retention_tables' END
            WHEN partial = 1 THEN 'a policy for {scanner} on ' || relation_identity || ' FOR SELECT USING (true)'
            ELSE 'a time in the column that marks the row (deleted_at)' END AS unlock
FROM aged
UNION ALL
SELECT entry, 'retention_rule', NULL, NULL, 'the policy names a column that was not seen', 'a column of a scanned database', 'out_of_reach',
       'correct the entry, or scan the database that it is in'
FROM retention_rule WHERE database = ''
