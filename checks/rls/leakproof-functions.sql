/*
title       = "No function of the database's own is LEAKPROOF"
severity    = "high"
measure     = "rls.tenant_isolation"
needs       = ["function"]
rationale   = """
LEAKPROOF is a promise that a function tells nothing about its arguments but its result. The planner believes it and runs such a function before policies and security barriers have filtered: on every tenant's rows.
Only a superuser can give the promise, and PostgreSQL never checks it."""
remediation = "ALTER FUNCTION … NOT LEAKPROOF. Where a policy became slow by that, index the column that the policy tests."
fix         = "ALTER FUNCTION {subject} NOT LEAKPROOF;"
references  = ["https://www.postgresql.org/docs/16/rules-privileges.html", "https://www.postgresql.org/docs/16/sql-createfunction.html", "NIST SP 800-53 AC-3", "STIG V-233530"]
when_empty  = "no database has functions of its own"
*/
SELECT f.identity AS subject, 'function' AS kind, f.database AS database, f.leakproof = 0 AS ok,
       CASE f.leakproof WHEN 1 THEN 'LEAKPROOF' ELSE 'not LEAKPROOF' END || ', ' || f.language AS observed, 'not LEAKPROOF' AS expected
FROM function f WHERE f.extension IS NULL AND f.kind IN ('function', 'window')
