/*
title       = "Data pages carry checksums"
severity    = "medium"
measure     = "integrity.checksums"
rationale   = "Storage that returns something else than was written is rare and silent; without checksums the damage is served to the application, copied to standbys and kept in backups until the last good copy has expired. With them the first read says so."
remediation = "Stop the server and run pg_checksums --enable on the data directory (for a large cluster: on a standby first, then switch over); new clusters: initdb --data-checksums, the default from 18 on. It is no line of postgresql.conf: data_checksums there stops the server from starting."
guide       = "Data integrity"
references  = ["https://www.postgresql.org/docs/16/checksums.html", "https://www.postgresql.org/docs/16/app-pgchecksums.html", "https://www.postgresql.org/docs/16/runtime-config-preset.html#GUC-DATA-CHECKSUMS", "NIST SP 800-53 SI-7"]

[setting]
name      = "data_checksums"
is        = "on"
overrides = false
*/
