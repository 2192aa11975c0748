/*
title       = "The minor version has every known security fix"
severity    = "high"
measure     = "version.eol_patch"
needs       = ["server"]
rationale   = "Minor versions only mend: what they close is public from the day they appear, with a description that serves attackers as well. A minor update is new binaries and a restart. Judged are releases that carry a CVE, by a table with a date; where that is too old, nothing passes by it."
remediation = "Install the newest minor version of the same major and restart. Read the release notes of those in between: some ask for a step by hand (patch/manual-fixes)."
guide       = "Keep PostgreSQL updated"
references  = ["https://www.postgresql.org/support/security/", "https://www.postgresql.org/support/versioning/", "NIST SP 800-53 SI-2", "NIST SP 800-40r4"]
*/
WITH missing AS (
  SELECT f.major, f.minor, f.fixes FROM security_release f JOIN server s ON f.major = s.version_num / 10000 AND f.minor > s.version_num % 10000)
SELECT 'server' AS subject, 'server' AS kind,
       CASE WHEN s.vendor IS NULL OR s.vendor <> '' THEN NULL
            WHEN EXISTS (SELECT 1 FROM missing) THEN 0
            WHEN k.stale = 0 AND k.newest >= s.version_num % 10000 THEN 1 END AS ok,
       s.version || CASE WHEN s.vendor <> '' THEN ' of ' || s.vendor || ', whose fixes do not follow the number'
         WHEN EXISTS (SELECT 1 FROM missing) THEN ': fixed since then in ' || (SELECT group_concat(major || '.' || minor || ' (' || replace(fixes, ' ', ', ') || ')', '; ' ORDER BY minor DESC) FROM missing)
         WHEN k.major IS NULL OR k.newest < s.version_num % 10000 THEN ', newer than the table of releases, which is of ' || coalesce(k.as_of, 'an earlier time')
         WHEN k.stale = 1 THEN ': no later fix is known, but the table of releases is of ' || k.as_of || ', too old to pass by'
         ELSE ': no later security fix is known on ' || k.as_of END AS observed,
       'no security fix in a later minor version' AS expected,
       CASE WHEN s.vendor <> '' THEN 'version' WHEN s.vendor IS NULL THEN 'out_of_reach' ELSE 'stale_data' END AS unknown_kind,
       CASE WHEN s.vendor = '' THEN 'a newer pgcomply, whose table of releases is newer than ' || (SELECT max(as_of) FROM known_major) END AS unlock
FROM server s LEFT JOIN known_major k ON k.major = s.version_num / 10000
