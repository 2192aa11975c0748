/*
title       = "Every table with personal data has a way to erase a person"
severity    = "medium"
measure     = "data.soft_delete_erasure"
needs       = ["table_column", "relation", "table_constraint"]
params      = ["privacy.erasure"]
rationale   = """
Whoever asks to be erased has to be erased in every table. A column that marks a row as erased, or a foreign key that takes the row along with its person, makes that one step which can be tested.
A table without either is one that the job for erasure has to know by heart."""
remediation = "ALTER TABLE … ADD COLUMN deleted_at timestamptz (or the columns that [privacy] erasure names), or a foreign key with ON DELETE CASCADE to the table that has them. The audit table is left out: it records that somebody was erased."
guide       = "Right to Erasure"
references  = ["https://eur-lex.europa.eu/eli/reg/2016/679/oj", "https://www.postgresql.org/docs/16/ddl-constraints.html", "NIST SP 800-53 SI-12"]
when_empty  = "no table besides the audit table has a column that looks like personal data or that the policy's inventory names"
*/
WITH RECURSIVE marked AS MATERIALIZED (
  SELECT DISTINCT database, relation_identity AS identity FROM table_column
  WHERE name IN (SELECT value FROM policy WHERE key = 'privacy.erasure')),
cascade AS MATERIALIZED (
  SELECT database, relation_identity AS identity, references_identity AS above FROM table_constraint
  WHERE kind = 'foreign key' AND on_delete = 'CASCADE'),
erased(database, identity) AS (
  SELECT database, identity FROM marked
  UNION SELECT c.database, c.identity FROM erased e JOIN cascade c ON c.database = e.database AND c.above = e.identity),
holder AS (
  SELECT p.database, p.relation_identity AS identity, group_concat(p.name, ', ' ORDER BY p.name) AS columns
  FROM personal_data p JOIN relation r ON r.database = p.database AND r.schema = p.schema AND r.name = p.relation
  WHERE r.kind IN ('table', 'partitioned table') AND r.is_partition = 0 AND (p.strength = 'strong' OR p.declared = 1)
    AND NOT EXISTS (SELECT 1 FROM audit_table a WHERE a.database = r.database AND a.identity = r.identity)
  GROUP BY 1, 2)
SELECT h.identity AS subject, 'relation' AS kind, h.database AS database,
       CASE WHEN e.identity IS NOT NULL THEN 1
            WHEN EXISTS (SELECT 1 FROM table_constraint c WHERE c.database = h.database AND c.relation_identity = h.identity
                         AND c.kind = 'foreign key' AND (c.on_delete IS NULL OR c.references_identity IS NULL)) THEN NULL ELSE 0 END AS ok,
       h.columns || CASE WHEN m.identity IS NOT NULL THEN '; rows can be marked as erased'
                         WHEN e.identity IS NOT NULL THEN '; rows go with a row that is erased (ON DELETE CASCADE)'
                         ELSE '; no column marks a row as erased, and no foreign key takes it along' END AS observed,
       (SELECT group_concat(value, ' or ' ORDER BY value) FROM policy WHERE key = 'privacy.erasure') || ', or ON DELETE CASCADE to a table with it' AS expected
FROM holder h
LEFT JOIN marked m ON m.database = h.database AND m.identity = h.identity
LEFT JOIN erased e ON e.database = h.database AND e.identity = h.identity
