/*
title       = "Policies name the roles that they are for"
severity    = "low"
measure     = "rls.tenant_isolation"
needs       = ["rls_policy", "relation"]
rationale   = """
A policy without TO applies to every role that exists and every role that will be made, the reporting account of next year among them.
Which rows a role sees should be decided when the role is made."""
remediation = "ALTER POLICY … TO appuser, and a policy of its own for each other role that works with the table."
guide       = "Row-Level Security"
references  = ["https://www.postgresql.org/docs/16/sql-createpolicy.html", "NIST SP 800-53 AC-3", "STIG V-233530"]
when_empty  = "no table has policies"
*/
SELECT p.identity AS subject, 'policy' AS kind, p.database AS database,
       NOT EXISTS (SELECT 1 FROM json_each(p.roles) j WHERE j.value = '') AS ok,
       'to ' || (SELECT group_concat(CASE j.value WHEN '' THEN 'PUBLIC' ELSE j.value END, ', ' ORDER BY j.value) FROM json_each(p.roles) j) AS observed,
       'to named roles' AS expected
FROM rls_policy p JOIN relation r ON r.database = p.database AND r.schema = p.schema AND r.name = p.relation
WHERE r.extension IS NULL
