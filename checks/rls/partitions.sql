/*
title       = "No side door leads to the partitions of a protected table"
severity    = "high"
measure     = "rls.enabled_forced"
needs       = ["relation", "privilege", "table_column", "role", "membership", "role_reach"]
rationale   = """
The policies of a parent apply to what is read through the parent. A partition or inheritance child that is granted by itself is read past them, and default privileges grant it without anybody's doing.
Row-level security on the child, with no policy at all, is the lock on that door: queries through the parent do not ask it."""
remediation = "REVOKE ALL on the partitions from everybody but the owner (and mind default privileges), or ALTER TABLE … ENABLE ROW LEVEL SECURITY on each, with a policy for the backup role alone, which dumps them one by one."
references  = ["https://www.postgresql.org/docs/16/ddl-partitioning.html", "https://www.postgresql.org/docs/16/ddl-rowsecurity.html", "NIST SP 800-53 AC-3", "STIG V-233530"]
when_empty  = "no table with row-level security has partitions or children"
*/
WITH RECURSIVE child AS MATERIALIZED (
  SELECT database, schema, name, identity, parent, acl, row_security, is_partition FROM relation
  WHERE kind IN ('table', 'partitioned table', 'foreign table') AND extension IS NULL AND (is_partition = 1 OR parent IS NOT NULL)),
under(database, identity, top) AS (
  SELECT c.database, c.identity, c.parent FROM child c JOIN relation p ON p.database = c.database AND p.identity = c.parent AND p.row_security = 1
  UNION
  SELECT u.database, c.identity, u.top FROM under u JOIN child c ON c.database = u.database AND c.parent = u.identity),
below AS MATERIALIZED (SELECT database, identity, min(top) AS top FROM under GROUP BY 1, 2),
shared AS MATERIALIZED (
  SELECT acl, min(CASE grantee WHEN '' THEN 'PUBLIC' ELSE grantee END) AS who FROM acl_entry
  WHERE owner = 0 AND privilege IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE') AND grantee NOT IN (SELECT name FROM role WHERE superuser = 1 OR bypassrls = 1)
  GROUP BY acl),
judged AS (
  SELECT c.*, b.top,
         coalesce(s.who, (SELECT min(h.who || ' (column ' || t.name || ')') FROM table_column t JOIN shared h ON h.acl = t.acl
                          WHERE t.database = c.database AND t.schema = c.schema AND t.relation = c.name)) AS who
  FROM child c LEFT JOIN below b ON b.database = c.database AND b.identity = c.identity
  LEFT JOIN shared s ON s.acl = c.acl
  WHERE b.identity IS NOT NULL OR c.is_partition = 1 AND c.parent IS NULL)
SELECT identity AS subject, 'relation' AS kind, database,
       CASE WHEN row_security = 1 OR who IS NULL THEN 1 WHEN top IS NULL THEN NULL ELSE 0 END AS ok,
       CASE WHEN row_security = 1 THEN 'RLS on' WHEN who IS NULL THEN 'RLS off; nobody but its owner reaches it directly'
            WHEN top IS NULL THEN 'RLS off, open to ' || who || '; its parent was not seen'
            ELSE 'RLS off, under ' || top || '; open to ' || who END AS observed,
       'RLS on, or no grant of its own' AS expected
FROM judged
