/*
title       = "Privileges on single columns are reviewed"
severity    = "info"
measure     = "roles.app_least_privilege"
needs       = ["relation", "table_column", "privilege"]
listed      = true
rationale   = """
A privilege on a column stays when the table's is revoked, and hardly a tool shows it.
It can be the most careful way to give access, or what was forgotten when access was taken back: which of them, a person has to say."""
remediation = """
Read the list; REVOKE SELECT (email) ON app.usertable FROM … what nobody needs; attest the rest."""
references  = ["https://www.postgresql.org/docs/16/ddl-priv.html", "NIST SP 800-53 AC-3"]
when_empty  = "no column of the scanned databases has privileges of its own"
*/
SELECT c.identity AS subject, 'column' AS kind, c.database AS database, 1 AS ok,
       group_concat(x.words, '; ' ORDER BY x.words) AS observed, 'reviewed' AS expected
FROM table_column c
JOIN relation r ON r.database = c.database AND r.schema = c.schema AND r.name = c.relation
JOIN (SELECT acl, CASE grantee WHEN '' THEN 'PUBLIC' ELSE grantee END || ': ' || replace(group_concat(DISTINCT privilege ORDER BY privilege), ',', ', ') AS words
      FROM acl_entry WHERE owner = 0 GROUP BY acl, grantee) x ON x.acl = c.acl
WHERE coalesce(r.extension, '') = ''
GROUP BY c.database, c.identity
