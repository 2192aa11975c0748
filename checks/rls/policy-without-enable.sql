/*
title       = "No table has policies while its row-level security is off"
severity    = "critical"
measure     = "rls.enabled_forced"
needs       = ["relation", "rls_policy"]
rationale   = """
Policies that are written and not switched on look like protection to whoever reads the schema, and filter nothing.
It is what remains when somebody switched RLS off to look for a fault, or forgot the second of two statements."""
remediation = "ALTER TABLE … ENABLE ROW LEVEL SECURITY, or drop the policies if the table is not meant to be filtered."
fix         = "ALTER TABLE {subject} ENABLE ROW LEVEL SECURITY;"
guide       = "Row-Level Security"
references  = ["https://www.postgresql.org/docs/16/sql-createpolicy.html", "NIST SP 800-53 AC-3", "STIG V-233530"]
when_empty  = "no table has policies"
*/
SELECT r.identity AS subject, 'relation' AS kind, r.database AS database, r.row_security AS ok,
       count(*) || CASE WHEN count(*) = 1 THEN ' policy' ELSE ' policies' END || CASE WHEN r.row_security THEN ', RLS on' ELSE ', RLS off' END AS observed,
       'RLS on' AS expected
FROM rls_policy p JOIN relation r ON r.database = p.database AND r.schema = p.schema AND r.name = p.relation
WHERE r.extension IS NULL
GROUP BY r.database, r.schema, r.name
