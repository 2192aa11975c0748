-- Every role's objects and grants, in all databases; counted before names are looked up, for there can be millions.
-- reads: pg_shdepend pg_roles pg_database pg_class
WITH counted AS (
  SELECT refobjid, dbid, deptype, classid, count(*)::int8 AS objects
  FROM pg_shdepend WHERE refclassid = 'pg_catalog.pg_authid'::regclass
  GROUP BY 1, 2, 3, 4
)
SELECT textsend(r.rolname::text) AS role, CASE WHEN x.dbid <> 0 THEN textsend(coalesce(d.datname::text, x.dbid::text)) END AS database,
       CASE x.deptype WHEN 'o' THEN 'owner' WHEN 'a' THEN 'acl' WHEN 'r' THEN 'policy' WHEN 'i' THEN 'initacl' ELSE 'other' END AS kind,
       textsend(coalesce(c.relname::text, x.classid::text)) AS class, x.objects AS objects
FROM counted x
JOIN pg_roles r ON r.oid = x.refobjid
LEFT JOIN pg_database d ON d.oid = x.dbid
LEFT JOIN pg_class c ON c.oid = x.classid
