/*
title       = "Rows that are marked as erased hold no personal data"
severity    = "critical"
measure     = "data.soft_delete_erasure"
needs       = ["erasure", "policy:privacy.inventory"]
params      = ["privacy.erasure", "privacy.erased_values"]
rationale   = """
A row that is only marked as erased still has the person in it, for every query that forgets the mark, for each dump and for whoever breaks in. To the person it was said that it is gone.
Rows are counted and never read out: how many are marked, and how many of these still hold something in a column of the inventory."""
remediation = "UPDATE the rows that are marked: set the columns of the inventory to NULL, or to a text that [privacy] erased_values names, in the statement that sets the mark; a trigger or a CHECK keeps it so."
guide       = "Right to Erasure"
references  = ["https://eur-lex.europa.eu/eli/reg/2016/679/oj", "NIST SP 800-53 SI-12(3)", "NIST SP 800-53 MP-6"]
when_empty  = "no table of the inventory has a column that marks a row as erased; privacy/erasure-supported speaks of those"
*/
SELECT relation_identity AS subject, 'relation' AS kind, database,
       CASE WHEN rows_holding > 0 THEN 0 WHEN rows_holding = 0 AND partial = 0 THEN 1 END AS ok,
       CASE WHEN rows_holding IS NULL THEN coalesce(obstacle, 'the rows were not counted')
            WHEN rows_holding = 0 AND partial = 1 THEN 'row-level security may hide rows from the role that counts'
            ELSE rows_holding || ' of ' || coalesce(rows, 'the') || ' rows marked as erased still hold something'
              || CASE WHEN partial = 1 THEN ', of those that row-level security shows' ELSE '' END
              || ' (' || replace(replace(replace(replace(cleared, '["', ''), '"]', ''), '","', ', '), '"', '') || ')' END AS observed,
       'none' AS expected,
       CASE WHEN rows_holding IS NULL THEN coalesce(obstacle_kind, 'out_of_reach') ELSE 'privilege' END AS unknown_kind,
       CASE WHEN rows_holding IS NULL THEN unlock
            ELSE 'a policy for {scanner} on ' || relation_identity || ' FOR SELECT USING (true)' END AS unlock
FROM erasure WHERE purpose = 'erased'
