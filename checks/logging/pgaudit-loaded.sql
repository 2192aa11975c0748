/*
title       = "pgaudit is at work in the application's databases"
severity    = "high"
measure     = "log.pgaudit"
needs       = ["setting:pgaudit.log", "database", "extension", "event_trigger", "policy:schemas.application"]
rationale   = """
PostgreSQL's own log says that a statement ran, and not which tables it read or wrote through views and functions. pgaudit does, and HIPAA's audit controls and GDPR's accountability ask for such a record of access to personal data.
Where the library is loaded and the extension is not created, or its event triggers are disabled, changes of structure are missing from it."""
remediation = """
Install the package of pgaudit for the server's version, add pgaudit to shared_preload_libraries, restart, and CREATE EXTENSION pgaudit in each application database; ALTER EVENT TRIGGER … ENABLE for those that are disabled. A hosted server that cannot have it needs another record of access."""
guide       = "Audit logging of all PHI access"
references  = ["https://github.com/pgaudit/pgaudit", "NIST SP 800-53 AU-12"]
*/
WITH loaded AS (SELECT EXISTS (SELECT 1 FROM setting WHERE name = 'pgaudit.log') AS yes),
triggers AS (SELECT database, count(*) AS n, sum(enabled IN ('origin', 'always')) AS at_work FROM event_trigger WHERE name IN ('pgaudit_ddl_command_end', 'pgaudit_sql_drop') GROUP BY database)
SELECT d.identity AS subject, 'database' AS kind, d.name AS database, l.yes AND x.name IS NOT NULL AND coalesce(t.at_work, 0) = 2 AS ok,
       CASE WHEN NOT l.yes THEN 'pgaudit is not loaded' WHEN x.name IS NULL THEN 'loaded, and not created in the database' WHEN coalesce(t.at_work, 0) < 2 THEN 'created, and its event triggers are not at work' ELSE 'loaded, created, at work' END AS observed,
       'pgaudit loaded, created, and its event triggers enabled' AS expected
FROM (SELECT DISTINCT database FROM named_schema WHERE list = 'application') n
JOIN database d ON d.name = n.database AND d.entered = 1
CROSS JOIN loaded l
LEFT JOIN extension x ON x.database = d.name AND x.name = 'pgaudit'
LEFT JOIN triggers t ON t.database = d.name
