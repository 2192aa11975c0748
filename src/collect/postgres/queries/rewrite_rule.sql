-- Rewrite rules that are no view, and the other relations that each of them reads or writes; from pg_depend, so that no rule's text is asked for.
-- reads: pg_rewrite pg_class pg_namespace pg_depend
SELECT DISTINCT textsend(n.nspname::text) AS schema, textsend(c.relname::text) AS relation,
       textsend(quote_ident(n.nspname::text) || '.' || quote_ident(c.relname::text)) AS relation_identity, textsend(w.rulename::text) AS name,
       textsend(quote_ident(w.rulename::text) || ' on ' || quote_ident(n.nspname::text) || '.' || quote_ident(c.relname::text)) AS identity,
       c.relowner::int8 AS owner_oid,
       CASE w.ev_type WHEN '1' THEN 'SELECT' WHEN '2' THEN 'UPDATE' WHEN '3' THEN 'INSERT' ELSE 'DELETE' END AS event,
       w.ev_enabled <> 'D' AS enabled, w.is_instead AS instead,
       textsend(coalesce(quote_ident(rn.nspname::text) || '.' || quote_ident(r.relname::text), '')) AS touches_identity
FROM pg_rewrite w
JOIN pg_class c ON c.oid = w.ev_class
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> w.ev_class
LEFT JOIN pg_class r ON r.oid = d.refobjid
LEFT JOIN pg_namespace rn ON rn.oid = r.relnamespace
WHERE w.rulename <> '_RETURN' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
