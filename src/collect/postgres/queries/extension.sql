-- Installed extensions, and what the server ships.
-- reads: pg_extension pg_available_extensions pg_roles pg_namespace
SELECT textsend(x.extname::text) AS name, textsend(x.extversion) AS version, textsend(a.default_version) AS default_version,
       x.extowner::int8 AS owner_oid, textsend(n.nspname::text) AS schema
FROM pg_extension x
LEFT JOIN pg_available_extensions a ON a.name = x.extname
LEFT JOIN pg_namespace n ON n.oid = x.extnamespace
