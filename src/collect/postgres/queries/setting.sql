-- The settings that the role may see, as they were before any SET of the scanner's.
-- reads: pg_settings
SELECT pg_catalog.textsend(name) AS name, pg_catalog.textsend(setting) AS setting, unit::pg_catalog.text AS unit,
       context::pg_catalog.text AS context, vartype::pg_catalog.text AS vartype, source::pg_catalog.text AS source,
       pg_catalog.textsend(boot_val) AS boot_val, pg_catalog.textsend(reset_val) AS reset_val, pending_restart
FROM pg_catalog.pg_settings
