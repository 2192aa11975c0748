/*
title       = "No session is idle in a transaction for long"
severity    = "low"
measure     = "session.idle_in_transaction"
needs       = ["session", "role"]
params      = ["limits.idle_in_transaction"]
rationale   = "A session that has begun a transaction and gone silent keeps its locks and holds back vacuum for the whole cluster. That one is there although a time-out exists shows that the time-out does not reach it."
remediation = "Find the client (its role and database are named), make it commit or roll back, and set idle_in_transaction_session_timeout for its role."
guide       = "idle_in_transaction"
references  = ["https://www.postgresql.org/docs/16/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW", "https://www.postgresql.org/docs/16/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT", "NIST SP 800-53 AC-12"]
*/
WITH seen AS (
  SELECT s.role, s.state_age_ms AS age,
         CASE WHEN s.state IN ('active', 'idle', 'fastpath function call') THEN 1
              WHEN s.state IN ('idle in transaction', 'idle in transaction (aborted)') THEN s.state_age_ms <= p.number END AS good
  FROM session s LEFT JOIN policy p ON p.key = 'limits.idle_in_transaction'
  WHERE s.backend = 'client')
SELECT coalesce(max(r.identity), nullif(p.name, ''), 'a role that is gone') AS subject, 'role' AS kind,
       CASE WHEN min(s.good) = 0 THEN 0 WHEN count(s.good) = count(s.role) THEN 1 END AS ok,
       CASE WHEN count(s.role) = 0 THEN 'no session of this role at the moment of the scan'
            WHEN min(s.good) = 0 THEN 'idle in a transaction for ' || max(s.age) FILTER (WHERE s.good = 0) / 1000 || ' s'
            WHEN count(s.good) = count(s.role) THEN count(s.role) || ', none of them idle in a transaction for long'
            ELSE 'the state of a session is not known' END AS observed,
       'not longer than ' || (SELECT CAST(number / 1000 AS INTEGER) FROM policy WHERE key = 'limits.idle_in_transaction') || ' s' AS expected
FROM (SELECT name FROM role WHERE can_login = 1 UNION SELECT role FROM seen) p
LEFT JOIN role r ON r.name = p.name
LEFT JOIN seen s ON s.role = p.name
GROUP BY p.name
