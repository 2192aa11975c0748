-- ALTER ROLE … SET and ALTER DATABASE … SET.
-- reads: pg_db_role_setting pg_roles pg_database
SELECT CASE WHEN s.setrole <> 0 THEN textsend(coalesce(r.rolname::text, s.setrole::text)) END AS role,
       CASE WHEN s.setdatabase <> 0 THEN textsend(coalesce(d.datname::text, s.setdatabase::text)) END AS database,
       CASE WHEN s.setrole <> 0 THEN textsend(coalesce(quote_ident(r.rolname::text), s.setrole::text)) END AS role_identity,
       CASE WHEN s.setdatabase <> 0 THEN textsend(coalesce(quote_ident(d.datname::text), s.setdatabase::text)) END AS database_identity,
       textsend(c.entry) AS entry
FROM pg_db_role_setting s
CROSS JOIN LATERAL unnest(s.setconfig) AS c(entry)
LEFT JOIN pg_roles r ON r.oid = s.setrole
LEFT JOIN pg_database d ON d.oid = s.setdatabase
