/*
title       = "Row-level security binds everybody who can act as a table's owner"
severity    = "high"
measure     = "rls.enabled_forced"
needs       = ["relation", "role", "membership", "role_reach"]
rationale   = """
Policies do not apply to a table's owner, nor to any role that inherits the owner's rights, unless they are FORCED.
With an owner that nobody can be it makes no difference; with one login role that is a member of it, that role sees the rows of every tenant, and a query shows nothing unusual."""
remediation = "Revoke the membership in the owner, or take LOGIN from it; else ALTER TABLE … FORCE ROW LEVEL SECURITY on every table of that owner. A member can switch FORCE off again, so that the membership is the better thing to change."
guide       = "Row-Level Security"
references  = ["https://www.postgresql.org/docs/16/ddl-rowsecurity.html", "NIST SP 800-53 AC-3", "STIG V-233530"]
when_empty  = "no table has row-level security on"
*/
WITH owners AS MATERIALIZED (
  SELECT database, owner, count(*) AS tables, sum(force_row_security = 0) AS open,
         min(CASE WHEN force_row_security = 0 THEN identity END) AS first
  FROM relation WHERE row_security = 1 AND extension IS NULL
  GROUP BY database, owner),
said AS (
  SELECT o.*, r.identity AS owner_identity, r.can_login, r.superuser,
         CASE WHEN open = 0 THEN 'all ' || tables || ' tables with RLS are FORCED'
              ELSE open || ' of ' || tables || ' tables with RLS are not FORCED (' || first
                || CASE WHEN open > 1 THEN ' and ' || (open - 1) || ' more' ELSE '' END || ')' END AS words
  FROM owners o LEFT JOIN role r ON r.name = o.owner)
SELECT coalesce(s.owner_identity, s.owner) AS subject, 'role' AS kind, s.database AS database,
       CASE WHEN s.open = 0 THEN 1 ELSE s.can_login = 0 OR s.superuser = 1 END AS ok,
       s.words || CASE WHEN s.superuser = 1 THEN '; the owner is a superuser, whom FORCE does not bind'
                       WHEN s.can_login = 1 THEN '; the owner can log in' || CASE WHEN s.open = 0 THEN ', and switch FORCE off' ELSE '' END
                       WHEN s.can_login = 0 THEN '; the owner cannot log in' ELSE '; the owner was not seen' END AS observed,
       'FORCED, or an owner that cannot log in' AS expected
FROM said s
UNION ALL
SELECT m.identity || ' → ' || s.owner_identity, 'membership', s.database, s.open = 0,
       s.words || '; ' || m.words || CASE WHEN s.open = 0 THEN ', and can switch FORCE off' ELSE '' END, 'FORCED, or no such member'
FROM said s
JOIN (SELECT r.identity, m.target,
             min(m.path) || CASE WHEN max(m.way = 'inherit') = 1 THEN ' has the owner''s rights at once' ELSE ' has them by SET ROLE' END AS words
      FROM role_reach m JOIN role r ON r.name = m.role
      WHERE m.way IN ('inherit', 'set') AND r.can_login = 1 AND r.superuser = 0
      GROUP BY m.role, m.target) m ON m.target = s.owner
