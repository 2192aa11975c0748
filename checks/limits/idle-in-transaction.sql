/*
title       = "Transactions that sit idle are ended"
severity    = "medium"
measure     = "session.idle_in_transaction"
needs       = ["setting_override", "role", "database", "policy:schemas.application"]
params      = ["limits.idle_in_transaction"]
rationale   = "A session that forgets its transaction keeps its locks, holds back vacuum everywhere, and leaves whoever finds the terminal inside an open transaction with somebody else's rights. The backup roles are left out: a dump is idle in its transaction by design."
remediation = "Set idle_in_transaction_session_timeout = '10min' in postgresql.conf and reload, and take overrides back (ALTER ROLE name RESET idle_in_transaction_session_timeout); roles that take backups belong into [roles] backup."
fix         = "ALTER ROLE {subject} IN DATABASE {database} SET idle_in_transaction_session_timeout = '10min';"
guide       = "Prevent resource exhaustion"
references  = ["https://www.postgresql.org/docs/16/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT", "NIST SP 800-53 AC-12", "STIG V-233613"]
*/
SELECT g.role_identity AS subject, 'role' AS kind, g.database AS database,
       CASE WHEN max(g.number NOT BETWEEN 1 AND p.number) = 1 THEN 0 WHEN count(g.number NOT BETWEEN 1 AND p.number) = count(*) THEN 1 END AS ok,
       coalesce(CASE WHEN max(g.number) = 0 THEN '0: none' ELSE max(g.value) || CASE WHEN max(g.value) GLOB '*[^0-9]*' THEN '' ELSE ' ms' END END
                || ' (set for the ' || max(g.level) || ')', 'masked by an override on the scanner''s own role or database') AS observed,
       'between 1 and ' || CAST(max(p.number) AS INTEGER) || ' ms' AS expected,
       'out_of_reach' AS unknown_kind
-- needs no fact `setting`: a value of the server that is masked is NULL here, and counts only for roles without an override
FROM setting_for_role g
JOIN (SELECT DISTINCT database FROM named_schema WHERE list = 'application') a ON a.database = g.database
LEFT JOIN policy p ON p.key = 'limits.idle_in_transaction'
WHERE g.name = 'idle_in_transaction_session_timeout' AND g.role NOT IN (SELECT role FROM named_role WHERE list = 'backup')
GROUP BY g.role_identity, g.database
