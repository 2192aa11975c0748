/*
title       = "No role that can log in has its password stored as MD5"
severity    = "high"
measure     = "auth.md5_hashes"
needs       = ["role", "role_verifier"]
rationale   = """
An MD5 verifier can be used to log in as it is, without being cracked, and is cracked at billions of guesses a second.
password_encryption decides only about passwords that are set from now on: old verifiers stay until each password is set again."""
remediation = """
Set password_encryption = scram-sha-256, then set each password named here again (\\password in psql makes the verifier on the client), and change md5 in pg_hba.conf to scram-sha-256."""
guide       = "SCRAM-SHA-256"
references  = ["https://www.postgresql.org/docs/16/auth-password.html", "NIST SP 800-53 IA-5"]
*/
SELECT r.identity AS subject, 'role' AS kind, CASE v.method WHEN 'md5' THEN 0 WHEN 'scram-sha-256' THEN 1 WHEN 'none' THEN 1 END AS ok,
       CASE v.method WHEN 'none' THEN 'no password' WHEN 'scram-sha-256' THEN coalesce('scram-sha-256, ' || v.iterations || ' iterations', 'scram-sha-256')
                     WHEN 'unknown' THEN 'stored in a way that is not known' ELSE coalesce(v.method, 'not seen') END AS observed,
       'scram-sha-256, or no password' AS expected
FROM role r LEFT JOIN role_verifier v ON v.role = r.name
WHERE r.can_login = 1
