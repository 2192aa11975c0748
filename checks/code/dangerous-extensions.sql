/*
title       = "No extension that reaches beyond the database is installed"
severity    = "high"
measure     = "ext.dangerous"
needs       = ["extension"]
params      = ["extensions.allow"]
rationale   = """
Some extensions read and write the server's files, open connections to other hosts or change data past every check.
Each is a way out of the database for whoever may call its functions, and most stay installed after the task that they were for."""
remediation = """
DROP EXTENSION … in each database that is named; move a task that needs it to where it can be watched. What has to stay is named in [extensions] allow."""
references  = ["https://www.postgresql.org/docs/16/contrib.html", "NIST SP 800-53 CM-7"]
when_empty  = "no scanned database has an extension"
*/
WITH listed(name, why) AS (VALUES
  ('adminpack', 'writes files of the server'),
  ('dblink', 'opens connections to other servers'),
  ('file_fdw', 'reads files and runs programs'),
  ('http', 'sends data to any address'),
  ('pageinspect', 'shows rows past row-level security'),
  ('pg_background', 'runs statements in sessions of its own'),
  ('pg_net', 'sends data to any address'),
  ('pg_surgery', 'changes rows behind every constraint'),
  ('plperlu', 'runs code as the operating-system user'),
  ('plpython3u', 'runs code as the operating-system user'),
  ('plsh', 'runs shell commands'),
  ('pltclu', 'runs code as the operating-system user'))
SELECT CASE WHEN x.name GLOB '[a-z_]*' AND x.name NOT GLOB '*[^a-z0-9_]*' THEN x.name ELSE '"' || replace(x.name, '"', '""') || '"' END AS subject, 'extension' AS kind, x.database AS database, l.name IS NULL OR p.value IS NOT NULL AS ok,
       coalesce(l.why || CASE WHEN p.value IS NOT NULL THEN ', accepted by policy' ELSE '' END, 'not on the list') AS observed,
       'none that reaches beyond the database, unless named in [extensions] allow' AS expected,
       l.name IS NOT NULL AND p.value IS NOT NULL AS accepted
FROM extension x
LEFT JOIN listed l ON l.name = x.name
LEFT JOIN policy p ON p.key = 'extensions.allow' AND p.value = x.name
