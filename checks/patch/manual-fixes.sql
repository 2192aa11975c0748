/*
title       = "Fixes of the catalogs were applied by hand in every database"
severity    = "medium"
measure     = "version.eol_patch"
needs       = ["catalog_fix", "database"]
since       = 14
rationale   = "Some security fixes change a system view, and no update of the binaries reaches a database that exists already. CVE-2024-4317 lets every role read statistics of other people's tables, with values out of them, until somebody runs the script in each database; the version number does not show it."
remediation = "As a superuser run fix-CVE-2024-4317.sql (in the server's share folder) in every database, template0 and template1 included; the release notes of 16.3, 15.7 and 14.12 say how."
guide       = "Keep PostgreSQL updated"
references  = ["https://www.postgresql.org/support/security/CVE-2024-4317/", "https://www.postgresql.org/docs/release/16.3/", "NIST SP 800-53 SI-2"]
*/
SELECT d.identity AS subject, 'database' AS kind, d.name AS database,
       CASE WHEN min(f.applied) = 0 THEN 0 WHEN count(f.applied) = count(*) THEN 1 END AS ok,
       CASE WHEN min(f.applied) = 0 THEN group_concat(f.name || ' is open in ' || f.object, ', ' ORDER BY f.object) FILTER (WHERE f.applied = 0)
            WHEN count(f.applied) = count(*) THEN group_concat(DISTINCT f.name) || ' is applied' ELSE 'not seen' END AS observed,
       'the fixed definitions of pg_stats_ext and pg_stats_ext_exprs' AS expected
FROM catalog_fix f JOIN database d ON d.name = f.database
GROUP BY d.name
