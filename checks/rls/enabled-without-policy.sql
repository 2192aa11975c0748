/*
title       = "No table has row-level security on and no permissive policy"
severity    = "medium"
measure     = "rls.enabled_forced"
needs       = ["relation", "rls_policy"]
rationale   = """
Without a permissive policy nobody but the owner sees a row: the application finds an empty table, and a dump with row security is empty and reports success.
Restrictive policies alone do not help, since they only narrow what a permissive one allows."""
remediation = "CREATE POLICY … for each role that works with the table, or switch RLS off where the table holds nobody's data. On partitions and children whose parent has policies this state is right: it is the lock on the side door."
guide       = "Row-Level Security"
references  = ["https://www.postgresql.org/docs/16/ddl-rowsecurity.html", "NIST SP 800-53 AC-3", "STIG V-233530"]
when_empty  = "no table has row-level security on"
*/
WITH RECURSIVE policies AS MATERIALIZED (
  SELECT database, relation_identity AS identity, max(permissive) AS permissive, count(*) AS n FROM rls_policy GROUP BY 1, 2),
bare AS MATERIALIZED (
  SELECT r.database, r.identity, r.is_partition, r.parent, r.kind, p.n
  FROM relation r LEFT JOIN policies p ON p.database = r.database AND p.identity = r.identity
  WHERE r.row_security = 1 AND r.extension IS NULL AND coalesce(p.permissive, 0) = 0),
-- children are reached through a parent that filters, however far up it is
child AS MATERIALIZED (
  SELECT b.database, b.identity, b.parent FROM bare b WHERE b.parent IS NOT NULL AND b.n IS NULL),
locked(database, identity) AS (
  SELECT c.database, c.identity FROM child c JOIN policies p ON p.database = c.database AND p.identity = c.parent
  UNION
  SELECT c.database, c.identity FROM locked l JOIN child c ON c.database = l.database AND c.parent = l.identity)
SELECT r.identity AS subject, 'relation' AS kind, r.database AS database,
       CASE WHEN b.identity IS NULL THEN 1 WHEN b.is_partition = 1 AND b.parent IS NULL THEN NULL ELSE 0 END AS ok,
       CASE WHEN b.identity IS NULL THEN 'RLS on, with a permissive policy'
            WHEN b.is_partition = 1 AND b.parent IS NULL THEN 'RLS on without a permissive policy, on a partition whose parent was not seen'
            WHEN b.n IS NULL THEN 'RLS on, no policy' ELSE 'RLS on, only restrictive policies' END AS observed,
       'a permissive policy' AS expected
FROM relation r
LEFT JOIN bare b ON b.database = r.database AND b.identity = r.identity
WHERE r.row_security = 1 AND r.extension IS NULL
  AND (b.identity IS NULL OR (r.database, r.identity) NOT IN (SELECT database, identity FROM locked))
