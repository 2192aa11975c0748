/*
title       = "The history of passwords is not readable by everybody"
severity    = "high"
measure     = "auth.md5_hashes"
needs       = ["relation", "privilege"]
rationale   = """
credcheck keeps a fast digest of each password that a role ever had, salted with the role's name, and lets PUBLIC read them as it is installed.
Whoever can connect can guess at everybody's passwords at his leisure, on a machine of his own."""
remediation = """
REVOKE ALL ON pg_password_history FROM PUBLIC in each database that has it, and after each update of credcheck."""
fix         = "REVOKE ALL ON TABLE {subject} FROM PUBLIC; -- in database {database}"
references  = ["https://github.com/HexaCluster/credcheck", "NIST SP 800-53 IA-5"]
when_empty  = "no scanned database has such a history: credcheck is not installed"
*/
SELECT r.identity AS subject, 'relation' AS kind, r.database AS database, e.acl IS NULL AS ok,
       CASE WHEN e.acl IS NULL THEN 'not readable by PUBLIC' ELSE 'readable by PUBLIC' END AS observed, 'not readable by PUBLIC' AS expected
FROM relation r
LEFT JOIN (SELECT DISTINCT acl FROM acl_entry WHERE grantee = '' AND privilege = 'SELECT') e ON e.acl = r.acl
WHERE r.name = 'pg_password_history'
