/*
title       = "Reads of tables with health data are recorded by pgaudit"
severity    = "medium"
measure     = "log.pgaudit"
needs       = ["setting:pgaudit.log", "setting:pgaudit.role", "setting_override", "role", "relation", "privilege", "role_reach", "membership", "policy:logging.phi_tables"]
rationale   = """
Who looked at a patient's record is a question that HIPAA's audit controls have to answer, and a record of changes does not.
pgaudit logs reads either of everything (class read), or of the tables on which its own role (pgaudit.role) holds SELECT."""
remediation = """
Add read to pgaudit.log, or set pgaudit.role = 'auditor' (a role that nobody has) and GRANT SELECT ON the tables TO auditor; reload. Which tables are concerned, [logging] phi_tables says."""
guide       = "Audit logging of all PHI access"
references  = ["https://github.com/pgaudit/pgaudit#object-audit-logging", "NIST SP 800-53 AU-12"]
when_empty  = "pgaudit is not loaded"
*/
WITH RECURSIVE source AS (
  SELECT name AS subject, 'setting' AS kind, value FROM setting WHERE name = 'pgaudit.log'
  UNION ALL
  SELECT name || ' of ' || coalesce('role ' || coalesce(role_identity, role), 'every role') || coalesce(' in database ' || coalesce(database_identity, database), '') AS subject,
         'setting_override' AS kind, value FROM setting_override WHERE name = 'pgaudit.log'),
part(subject, position, item, rest) AS (
  SELECT subject, 0, NULL, value || ',' FROM source WHERE value IS NOT NULL
  UNION ALL
  SELECT subject, position + 1, trim(substr(rest, 1, instr(rest, ',') - 1)), substr(rest, instr(rest, ',') + 1) FROM part WHERE rest <> ''),
-- a class is logged where the last word about it, or about all, is not taken away
said AS (SELECT subject, position, ltrim(lower(replace(item, '"', '')), '-') AS class, item NOT LIKE '-%' AND item NOT LIKE '"-%' AS added FROM part WHERE item IS NOT NULL),
reads AS (
  SELECT min(CASE WHEN s.value IS NULL THEN NULL ELSE coalesce((SELECT p.added FROM said p WHERE p.subject = s.subject AND p.class IN ('read', 'all') ORDER BY p.position DESC LIMIT 1), 0) END) AS all_of_them, count(*) - count(s.value) AS unseen FROM source s),
auditor AS (SELECT value FROM setting WHERE name = 'pgaudit.role' UNION ALL SELECT value FROM setting_override WHERE name = 'pgaudit.role'),
marked AS (SELECT value FROM policy WHERE key = 'logging.phi_tables'),
found AS (
  SELECT m.value, r.database, r.identity, r.acl FROM marked m
  LEFT JOIN relation r ON m.value IN (r.identity, r.database || '.' || r.identity)),
held AS (
  SELECT f.database, f.identity, count(DISTINCT a.value) AS auditors FROM found f JOIN acl_entry e ON e.acl = f.acl AND e.privilege = 'SELECT'
  JOIN auditor a ON a.value <> '' AND (a.value = e.grantee OR e.grantee IN (SELECT target FROM role_reach m WHERE m.role = a.value AND m.way = 'inherit'))
  GROUP BY f.database, f.identity)
SELECT coalesce(f.identity, f.value) AS subject, 'relation' AS kind, f.database AS database,
       CASE WHEN f.identity IS NULL THEN NULL WHEN n.unseen = 0 AND n.all_of_them THEN 1
            WHEN (SELECT count(*) - count(value) FROM auditor) > 0 OR n.unseen > 0 THEN NULL
            ELSE coalesce(h.auditors, 0) > 0 AND h.auditors = (SELECT count(DISTINCT value) FROM auditor) END AS ok,
       CASE WHEN f.identity IS NULL THEN 'there is no such table in the databases that were scanned' WHEN n.unseen > 0 THEN 'pgaudit.log was not seen' WHEN n.all_of_them THEN 'the class read is logged'
            WHEN h.auditors > 0 THEN 'pgaudit.role holds SELECT' ELSE 'neither the class read nor pgaudit.role covers it' END AS observed,
       'read in pgaudit.log, or SELECT for pgaudit.role' AS expected
FROM found f CROSS JOIN reads n
LEFT JOIN held h ON h.database = f.database AND h.identity = f.identity
WHERE EXISTS (SELECT 1 FROM setting WHERE name = 'pgaudit.log') AND EXISTS (SELECT 1 FROM role)
