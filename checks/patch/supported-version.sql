/*
title       = "The major version is supported by the PostgreSQL project"
severity    = "high"
measure     = "version.eol_patch"
needs       = ["server"]
rationale   = "After five years a major version gets no fixes any more: every weakness found from then on stays open, and is published all the same. The table of versions that comes with pgcomply has a date; where it is too old, nothing passes by it."
remediation = "Plan the move to a supported major version with pg_upgrade or logical replication; test it on a copy, and check extensions first."
guide       = "Keep PostgreSQL updated"
references  = ["https://www.postgresql.org/support/versioning/", "NIST SP 800-53 SA-22", "NIST SP 800-53 SI-2"]
*/
SELECT 'server' AS subject, 'server' AS kind,
       CASE WHEN s.vendor IS NULL OR s.vendor <> '' THEN NULL
            WHEN s.version_num / 10000 < (SELECT min(major) FROM known_major) THEN 0
            WHEN k.end_of_life < substr(n.value, 1, 10) THEN 0
            WHEN k.stale = 0 THEN 1 END AS ok,
       s.version || CASE WHEN s.vendor <> '' THEN ' of ' || s.vendor || ', whose support does not follow the project''s'
         WHEN k.end_of_life < substr(n.value, 1, 10) THEN ', without support since ' || k.end_of_life
         WHEN k.major IS NOT NULL THEN ', supported until ' || k.end_of_life || CASE k.stale WHEN 1 THEN '; the table of releases is of ' || k.as_of || ', too old to pass by' ELSE '' END
         WHEN s.version_num / 10000 < (SELECT min(major) FROM known_major) THEN ', older than every major that the project still releases'
         ELSE ', newer than the table of releases' END AS observed,
       'a major version with support on the day of the scan' AS expected,
       CASE WHEN s.vendor <> '' THEN 'version' WHEN s.vendor IS NULL THEN 'out_of_reach' ELSE 'stale_data' END AS unknown_kind,
       CASE WHEN s.vendor = '' THEN 'a newer pgcomply, whose table of releases is newer than ' || (SELECT max(as_of) FROM known_major) END AS unlock
FROM server s CROSS JOIN (SELECT value FROM policy WHERE key = 'now') n
LEFT JOIN known_major k ON k.major = s.version_num / 10000
