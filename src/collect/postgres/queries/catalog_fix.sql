-- Fixes of the catalogs that a minor update does not bring, as the definitions show. Reading one waits for locks on what the view reads.
-- reads: pg_class
SELECT 'CVE-2024-4317'::text AS name, v.view AS object,
       pg_get_viewdef(c.oid) ~ 'pg_has_role\(c\.relowner' AS applied
FROM (VALUES ('pg_stats_ext'::text), ('pg_stats_ext_exprs')) AS v(view)
JOIN pg_class c ON c.relname = v.view AND c.relnamespace = 'pg_catalog'::regnamespace
