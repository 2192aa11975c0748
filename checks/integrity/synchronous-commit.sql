/*
title       = "A commit is answered only when it is safe"
severity    = "medium"
measure     = "durability.wal"
rationale   = "With synchronous_commit off the last transactions before a crash are lost although the application was told that they are done; the database stays consistent. For records that somebody relies on, such as consents or audit entries, that is a loss of data that nobody notices."
remediation = "Set synchronous_commit = on in postgresql.conf and reload; take overrides back with ALTER ROLE … RESET synchronous_commit and ALTER DATABASE … RESET synchronous_commit."
guide       = "Data integrity"
references  = ["https://www.postgresql.org/docs/16/runtime-config-wal.html#GUC-SYNCHRONOUS-COMMIT", "NIST SP 800-53 SI-7"]

[setting]
name     = "synchronous_commit"
one_of   = ["on", "local", "remote_write", "remote_apply", "true", "yes", "1"]
expected = "not off"
*/
