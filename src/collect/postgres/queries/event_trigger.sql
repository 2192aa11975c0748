-- Event triggers.
-- reads: pg_event_trigger pg_proc pg_namespace pg_depend pg_extension
SELECT textsend(e.evtname::text) AS name, textsend(quote_ident(e.evtname::text)) AS identity, e.evtowner::int8 AS owner_oid,
       textsend(e.evtevent::text) AS event, textsend(quote_ident(n.nspname::text) || '.' || quote_ident(p.proname::text) || '()') AS function,
       CASE e.evtenabled WHEN 'O' THEN 'origin' WHEN 'A' THEN 'always' WHEN 'R' THEN 'replica' ELSE 'disabled' END AS enabled,
       textsend(x.extname::text) AS extension
FROM pg_event_trigger e
LEFT JOIN pg_proc p ON p.oid = e.evtfoid
LEFT JOIN pg_namespace n ON n.oid = p.pronamespace
LEFT JOIN pg_depend d ON d.classid = 'pg_event_trigger'::regclass AND d.objid = e.oid AND d.deptype = 'e'
LEFT JOIN pg_extension x ON x.oid = d.refobjid
