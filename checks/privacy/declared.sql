/*
title       = "Every column that looks like personal data is in the record of processing"
severity    = "medium"
measure     = "data.pii_discovery"
needs       = ["table_column", "relation", "policy:privacy.inventory"]
rationale   = """
Who keeps personal data has to be able to say which, what for, and on what legal ground; a request for access or erasure is answered from that list, and a column that is not on it is forgotten.
Columns are found by name and type: that one is found is a reason to look at it, and not a proof."""
remediation = "Name the column in [privacy] inventory with its purpose and legal ground (\"app.usertable.email: to reach the person; contract, GDPR 6(1)(b)\"), or drop it. A column that holds no personal data after all is waived, with that as the reason."
guide       = "Only if required"
references  = ["https://eur-lex.europa.eu/eli/reg/2016/679/oj", "NIST SP 800-53 PM-5(1)"]
when_empty  = "no column looks like personal data by its name and type, and the policy names none"
*/
WITH inventory AS MATERIALIZED (SELECT count(*) AS entries FROM policy WHERE key = 'privacy.inventory'),
said AS MATERIALIZED (
  SELECT database, identity, max(purpose) AS purpose, max(basis) AS basis FROM declared_column WHERE database <> '' GROUP BY 1, 2),
-- what partitions and children hold is their parent's
own AS (
  SELECT p.*, s.identity AS listed, s.purpose, s.basis FROM personal_data p
  JOIN relation r ON r.database = p.database AND r.schema = p.schema AND r.name = p.relation
  LEFT JOIN said s ON s.database = p.database AND s.identity = p.identity
  WHERE r.kind NOT IN ('view', 'sequence') AND r.is_partition = 0 AND (p.strength = 'strong' OR p.declared = 1)
    AND (r.parent IS NULL OR p.declared = 1
         OR NOT EXISTS (SELECT 1 FROM personal_data a WHERE a.database = r.database AND a.relation_identity = r.parent AND a.name = p.name)))
SELECT o.identity AS subject, 'column' AS kind, o.database AS database,
       CASE WHEN i.entries = 0 THEN NULL ELSE o.listed IS NOT NULL AND o.purpose <> '' AND o.basis <> '' END AS ok,
       o.category || CASE WHEN i.entries = 0 THEN ': the policy has no inventory'
                          WHEN o.listed IS NULL THEN ', by its name and type; not in the inventory'
                          WHEN o.purpose = '' THEN ', in the inventory without a purpose and a legal ground'
                          WHEN o.basis = '' THEN ', in the inventory without a legal ground'
                          ELSE ': ' || o.purpose || '; ' || o.basis END AS observed,
       'in [privacy] inventory, with purpose and legal ground' AS expected,
       CASE WHEN i.entries = 0 THEN 'policy_missing' END AS unknown_kind,
       CASE WHEN i.entries = 0 THEN '[privacy] inventory = ["' || o.identity || ': purpose; legal ground", …]' END AS unlock
FROM own o CROSS JOIN inventory i
UNION ALL
SELECT entry, 'inventory', NULL, NULL, 'the inventory names a column that was not seen', 'a column of a scanned database', 'out_of_reach',
       'correct the entry, or scan the database that it is in'
FROM declared_column WHERE database = ''
