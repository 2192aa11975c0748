/*
title       = "New passwords are stored as SCRAM-SHA-256"
severity    = "critical"
measure     = "auth.scram_default"
rationale   = "An MD5 verifier is unsalted but for the role's name, is cracked at billions of guesses a second, and can be replayed as it stands: whoever reads it can log in. The setting decides what the next ALTER ROLE … PASSWORD stores, and an override for one role or database brings MD5 back there alone."
remediation = "Set password_encryption = 'scram-sha-256' in postgresql.conf and reload; take overrides back with ALTER ROLE … RESET password_encryption. Then set the passwords of roles that still have MD5 verifiers again: the setting does not convert them."
guide       = "SCRAM-SHA-256"
references  = ["https://www.postgresql.org/docs/16/runtime-config-connection.html#GUC-PASSWORD-ENCRYPTION", "https://www.postgresql.org/docs/16/auth-password.html", "NIST SP 800-63B", "NIST SP 800-53 IA-5", "STIG V-233596"]

[setting]
name = "password_encryption"
is   = "scram-sha-256"
*/
