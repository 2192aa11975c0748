/*
title       = "The application's statements have a time limit"
severity    = "medium"
measure     = "session.statement_timeout"
needs       = ["setting_override", "role", "database", "policy:roles.application", "policy:schemas.application"]
params      = ["limits.statement_timeout"]
rationale   = "One runaway or malicious query without a limit holds memory, locks and a connection for as long as it likes, and a few of them stop the service. Judged is what each application role gets in each application database, because an override decides over the server's value; dumps and migrations by other roles may run long."
remediation = "Give the application's roles a limit: ALTER ROLE name SET statement_timeout = '5min'; or set it in postgresql.conf and reload. New sessions get it; pools have to reconnect."
fix         = "ALTER ROLE {subject} IN DATABASE {database} SET statement_timeout = '5min';"
guide       = "Prevent resource exhaustion"
references  = ["https://www.postgresql.org/docs/16/runtime-config-client.html#GUC-STATEMENT-TIMEOUT", "NIST SP 800-53 SC-5"]
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
JOIN named_role n ON n.role = g.role AND n.list = 'application'
LEFT JOIN policy p ON p.key = 'limits.statement_timeout'
WHERE g.name = 'statement_timeout'
GROUP BY g.role_identity, g.database
