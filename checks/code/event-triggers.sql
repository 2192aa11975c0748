/*
title       = "Event triggers are reviewed"
severity    = "info"
measure     = "ext.dangerous"
needs       = ["event_trigger"]
listed      = true
rationale   = """
An event trigger runs code of its owner, a superuser, whenever anybody changes the structure, or from 17 logs in.
It can be the audit trail, or a way to be handed superuser rights by the next person who creates a table: which of them it is, a person has to say."""
remediation = """
Read the function of each event trigger and who may change it; DROP EVENT TRIGGER … for those that nobody needs; attest the rest."""
references  = ["https://www.postgresql.org/docs/16/event-triggers.html", "NIST SP 800-53 CM-5"]
when_empty  = "no scanned database has an event trigger"
*/
SELECT e.identity AS subject, 'event trigger' AS kind, e.database AS database, 1 AS ok,
       'on ' || e.event || ', calls ' || coalesce(e.function, 'a function that is gone') || ', owner ' || e.owner || ', ' || e.enabled
         || coalesce(', of extension ' || e.extension, '') AS observed,
       'reviewed' AS expected
FROM event_trigger e
