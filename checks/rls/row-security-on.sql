/*
title       = "row_security is on for the application"
severity    = "medium"
measure     = "rls.enabled_forced"
needs       = ["setting_override", "role", "database", "policy:roles.application"]
rationale   = "With row_security off a query that a policy would filter ends in an error and shows no row more, which is what a dump role wants. For an application it turns every filtered query into an outage, and outages of this kind get repaired by giving the role BYPASSRLS."
remediation = "Set row_security = on in postgresql.conf and reload; take overrides that reach an application role back (ALTER ROLE name RESET row_security; ALTER DATABASE name RESET row_security)."
guide       = "row_security = on"
references  = ["https://www.postgresql.org/docs/16/runtime-config-client.html#GUC-ROW-SECURITY", "https://www.postgresql.org/docs/16/ddl-rowsecurity.html", "NIST SP 800-53 AC-3", "STIG V-233530"]
*/
-- needs no fact `setting`: a server value that is masked is NULL here, and a role's own `off` fails all the same
SELECT s.name AS subject, 'setting' AS kind, s.number = 1 AS ok,
       CASE WHEN s.hidden = 1 THEN 'hidden from the role' ELSE coalesce(s.value, 'masked by an override on the scanner''s own ' || s.masked_by, 'not seen') END AS observed,
       'on' AS expected, CASE WHEN s.hidden = 1 THEN 'privilege' ELSE 'out_of_reach' END AS unknown_kind
FROM setting s WHERE s.name = 'row_security'
UNION ALL
SELECT g.role_identity, 'role', CASE WHEN max(g.number = 0) = 1 THEN 0 WHEN count(g.number) = count(*) THEN 1 END,
       CASE WHEN max(g.number = 0) = 1 THEN 'off in ' || group_concat(CASE WHEN g.number = 0 THEN g.database_identity || ' (set for the ' || g.level || ')' END, ', ')
            WHEN count(g.number) = count(*) THEN 'on in every database' ELSE 'not seen' END,
       'on', 'out_of_reach'
FROM named_role n JOIN setting_for_role g ON g.role = n.role AND g.name = 'row_security'
JOIN database d ON d.name = g.database AND d.allow_connections = 1 AND d.is_template = 0
WHERE n.list = 'application'
GROUP BY g.role_identity
