/*
title       = "Owner, application and read-only roles exist and are different roles"
severity    = "medium"
measure     = "roles.app_least_privilege"
needs       = ["role", "policy:roles.owner", "policy:roles.application", "policy:roles.read_only"]
rationale   = """
The access model rests on three kinds of roles: one that owns, one that works, one that only reads.
Where one role is two of these, or does not exist, the separation is on paper only, and every check that rests on it looks at the wrong role."""
remediation = "Create the roles that are missing (CREATE ROLE appowner NOLOGIN; CREATE ROLE appuser LOGIN; CREATE ROLE backupuser LOGIN), let each do one thing, and correct the names in [roles]."
guide       = "three distinct roles"
references  = ["https://www.postgresql.org/docs/16/user-manag.html", "NIST SP 800-53 AC-3", "NIST SP 800-53 AC-5", "STIG V-233520"]
*/
WITH listed AS (
  SELECT list, role, source FROM named_role WHERE list IN ('owner', 'application', 'read_only')),
-- that the scan runs as a role does not make it the read-only role where the policy names another kind for it
kinds AS (
  SELECT l.role, l.list, replace(l.list, '_', '-') AS word FROM listed l
  WHERE l.source <> 'scanner' OR NOT EXISTS (SELECT 1 FROM listed o WHERE o.role = l.role AND o.source <> 'scanner'))
SELECT coalesce(r.identity, k.role) AS subject, 'role' AS kind,
       r.name IS NOT NULL AND count(*) = 1 AS ok,
       CASE WHEN r.name IS NULL THEN 'named as ' || group_concat(k.word, ' and ' ORDER BY k.word) || ', does not exist'
            ELSE group_concat(k.word, ' and ' ORDER BY k.word) || ' role' END AS observed,
       'an existing role with one task' AS expected, NULL AS unknown_kind, NULL AS unlock
FROM kinds k LEFT JOIN role r ON r.name = k.role
GROUP BY k.role
UNION ALL
SELECT 'no ' || replace(t.list, '_', '-') || ' role', 'list of roles',
       CASE WHEN EXISTS (SELECT 1 FROM policy WHERE key LIKE 'roles.%' AND source = 'file') THEN 0 END,
       'the list names no role', 'at least one role', 'role_model', 'name them in [roles]: ' || t.list || ' = […]'
FROM (SELECT 'owner' AS list UNION ALL SELECT 'application' UNION ALL SELECT 'read_only') t
WHERE NOT EXISTS (SELECT 1 FROM kinds k WHERE k.list = t.list)
