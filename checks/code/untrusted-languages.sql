/*
title       = "No untrusted procedural language is installed"
severity    = "high"
measure     = "ext.untrusted_languages"
needs       = ["language"]
params      = ["extensions.languages"]
rationale   = """
A function in an untrusted language runs as the operating-system user of the server, with no limit: it reads the data directory, past every grant and policy.
Only superusers can write one, but whoever may call it acts with that reach."""
remediation = """
DROP EXTENSION plperlu; (or DROP LANGUAGE …) in each database that has it. Where one is needed, name it in [extensions] languages, and let few roles execute what is written in it."""
references  = ["https://www.postgresql.org/docs/16/sql-createlanguage.html", "NIST SP 800-53 CM-7"]
when_empty  = "no scanned database has a procedural language"
*/
SELECT l.identity AS subject, 'language' AS kind, l.database AS database, l.trusted = 1 OR p.value IS NOT NULL AS ok,
       CASE WHEN l.trusted = 1 THEN 'trusted' WHEN p.value IS NOT NULL THEN 'untrusted, accepted by policy' ELSE 'untrusted' END AS observed,
       'trusted, or named in [extensions] languages' AS expected,
       l.trusted = 0 AND p.value IS NOT NULL AS accepted
FROM language l
LEFT JOIN policy p ON p.key = 'extensions.languages' AND p.value = l.name
WHERE l.procedural = 1
