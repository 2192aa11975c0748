/*
title       = "Extensions are at the version that the server ships"
severity    = "low"
measure     = "version.eol_patch"
needs       = ["extension"]
rationale   = """
A server's update brings new files of an extension, and leaves the objects in each database as they were.
A fix of an extension's own functions takes effect only after ALTER EXTENSION … UPDATE, which nothing asks for."""
remediation = """
ALTER EXTENSION … UPDATE in each database that is named; read the extension's release notes first."""
fix         = "ALTER EXTENSION {subject} UPDATE; -- in database {database}"
guide       = "Keep PostgreSQL updated"
references  = ["https://www.postgresql.org/docs/16/sql-alterextension.html", "NIST SP 800-53 SI-2"]
when_empty  = "no scanned database has an extension"
*/
SELECT CASE WHEN x.name GLOB '[a-z_]*' AND x.name NOT GLOB '*[^a-z0-9_]*' THEN x.name ELSE '"' || replace(x.name, '"', '""') || '"' END AS subject, 'extension' AS kind, x.database AS database, x.version = x.default_version AS ok,
       'version ' || x.version || CASE WHEN x.default_version IS NULL THEN ', and the server has no files of it to compare with' ELSE '' END AS observed,
       'version ' || coalesce(x.default_version, 'as shipped') AS expected
FROM extension x
