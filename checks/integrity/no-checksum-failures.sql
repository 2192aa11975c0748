/*
title       = "No damaged page has been found"
severity    = "critical"
measure     = "integrity.checksums"
needs       = ["database", "shared_objects", "setting:data_checksums"]
rationale   = "A checksum failure means that the storage gave back something else than PostgreSQL wrote: data are damaged now, and more may be. The server only counts it and goes on, so that a number nobody looks at is all the warning there is."
remediation = "Find the damaged pages (pg_amcheck; the server's log names file and block), check memory and storage of the host, and restore the affected tables from a backup made before the first failure. When that is done, SELECT pg_stat_reset() in the database starts the count anew."
guide       = "Data integrity"
references  = ["https://www.postgresql.org/docs/16/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW", "https://www.postgresql.org/docs/16/app-pgamcheck.html", "NIST SP 800-53 SI-7"]
when_empty  = "the cluster has no checksums, so no failure can be found"
*/
SELECT d.identity AS subject, 'database' AS kind, d.checksum_failures = 0 AS ok,
       coalesce(d.checksum_failures || ' failures', 'not seen') AS observed, '0 failures' AS expected
FROM database d JOIN setting c ON c.name = 'data_checksums'
WHERE (c.value = 'off' AND d.checksum_failures IS NULL) IS NOT 1
UNION ALL
SELECT 'the shared catalogs', 'cluster', s.checksum_failures = 0, coalesce(s.checksum_failures || ' failures', 'not seen'), '0 failures'
FROM shared_objects s JOIN setting c ON c.name = 'data_checksums'
WHERE (c.value = 'off' AND s.checksum_failures IS NULL) IS NOT 1
