/*
title       = "Columns that look like personal or health data are reviewed"
severity    = "info"
measure     = "data.pii_discovery"
needs       = ["table_column", "relation"]
listed      = true
rationale   = """
Nobody can protect, hand out or erase data that he does not know of. The list is a start for the record of processing, and not the record itself: it knows names and types alone, in the larger languages of Europe.
What it calls weak (a name or a note in a table that is not about people) is judged by no check; what is in free text, in documents and under names of another kind it does not see."""
remediation = """
Read the list; name what is personal in [privacy] inventory, with purpose and legal ground; drop what nobody needs; attest that it was reviewed."""
guide       = "Data Minimization"
references  = ["https://eur-lex.europa.eu/eli/reg/2016/679/oj", "NIST SP 800-53 PM-5(1)", "NIST SP 800-53 SI-12(1)"]
when_empty  = "no column of the scanned databases looks like personal data by its name and type, and the policy names none"
*/
SELECT p.identity AS subject, 'column' AS kind, p.database AS database, 1 AS ok,
       p.category || CASE p.strength WHEN 'none' THEN '' ELSE ' (' || p.strength || '; rule: ' || p.rule || ')' END
         || ', ' || c.type || CASE r.kind WHEN 'table' THEN '' ELSE ' of a ' || r.kind END
         || CASE p.declared WHEN 1 THEN '; in the inventory' ELSE '; not in the inventory' END AS observed,
       'reviewed' AS expected
FROM personal_data p
JOIN relation r ON r.database = p.database AND r.schema = p.schema AND r.name = p.relation
JOIN table_column c ON c.database = p.database AND c.schema = p.schema AND c.relation = p.relation AND c.name = p.name
