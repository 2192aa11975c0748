/*
title       = "No large object is open to everybody"
severity    = "low"
measure     = "grants.public"
needs       = ["large_object", "privilege", "role", "setting:lo_compat_privileges", "setting_override"]
rationale   = """
Large objects hold documents and images, and are no tables: no grant on a table, no policy and no review of tables shows who reads them.
With lo_compat_privileges on, nothing is asked at all."""
remediation = """
REVOKE ALL ON LARGE OBJECT … FROM PUBLIC; lo_compat_privileges = off in postgresql.conf, and ALTER ROLE … RESET lo_compat_privileges."""
references  = ["https://www.postgresql.org/docs/16/lo-implementation.html", "NIST SP 800-53 AC-3"]
*/
SELECT 'large object ' || l.first_oid AS subject, 'large object' AS kind, l.database AS database, e.privileges IS NULL AS ok,
       coalesce(e.privileges || ' for PUBLIC', 'nothing for PUBLIC') || ', ' || CASE l.objects WHEN 1 THEN 'one large object' ELSE l.objects || ' large objects' END || ' of ' || coalesce(r.identity, l.owner) AS observed,
       'nothing for PUBLIC' AS expected
FROM large_object l
LEFT JOIN role r ON r.name = l.owner
LEFT JOIN (SELECT acl, group_concat(DISTINCT privilege ORDER BY privilege) AS privileges FROM acl_entry WHERE grantee = '' GROUP BY acl) e ON e.acl = l.acl
UNION ALL
SELECT subject, kind, NULL, CASE lower(value) WHEN 'off' THEN 1 WHEN 'on' THEN 0 END, coalesce(value, 'not seen'), 'off'
FROM (SELECT name AS subject, 'setting' AS kind, value FROM setting WHERE name = 'lo_compat_privileges'
  UNION ALL
  SELECT name || ' of ' || coalesce('role ' || coalesce(role_identity, role), 'every role') || coalesce(' in database ' || coalesce(database_identity, database), '') AS subject,
         'setting_override' AS kind, value FROM setting_override WHERE name = 'lo_compat_privileges')
