/*
title       = "The server is a released version"
severity    = "low"
measure     = "version.eol_patch"
needs       = ["server"]
rationale   = "Betas, release candidates and development builds get no security releases, and their files on disk may not be readable by the release. They are for trying, not for people's data."
remediation = "Move to the newest minor version of a released major. From a beta that takes pg_upgrade or a dump."
guide       = "Keep PostgreSQL updated"
references  = ["https://www.postgresql.org/support/versioning/", "NIST SP 800-53 SA-22"]
*/
SELECT 'server' AS subject, 'server' AS kind,
       lower(v.own) NOT LIKE '%devel%' AND lower(v.own) NOT LIKE '%alpha%' AND lower(v.own) NOT LIKE '%beta%' AND lower(v.own) NOT LIKE '%rc%' AS ok,
       v.version AS observed, 'a release, such as 16.4' AS expected
FROM (SELECT version, substr(version || ' ', 1, instr(version || ' ', ' ') - 1) AS own FROM server) v
