-- What views and materialized views read, and with whose rights; from pg_depend, so that no view's text is asked for. Of the server's own parse only
-- is taken whether it reads a setting (functions 2077 and 3294) or asks for the role (values 9 to 12).
-- reads: pg_rewrite pg_class pg_namespace pg_depend
-- calls: pg_options_to_table(text[])
SELECT DISTINCT textsend(n.nspname::text) AS schema, textsend(c.relname::text) AS view,
       textsend(quote_ident(n.nspname::text) || '.' || quote_ident(c.relname::text)) AS view_identity,
       CASE c.relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END AS view_kind, c.relowner::int8 AS owner_oid,
       coalesce((SELECT o.option_value::bool FROM pg_options_to_table(c.reloptions) o WHERE o.option_name = 'security_invoker'), false) AS security_invoker,
       coalesce((SELECT o.option_value::bool FROM pg_options_to_table(c.reloptions) o WHERE o.option_name = 'security_barrier'), false) AS security_barrier,
       w.ev_action::text ~ ':funcid (2077|3294) |SQLVALUEFUNCTION :op (9|10|11|12) ' AS asks_session,
       textsend(rn.nspname::text) AS reads_schema, textsend(r.relname::text) AS reads,
       textsend(quote_ident(rn.nspname::text) || '.' || quote_ident(r.relname::text)) AS reads_identity
FROM pg_rewrite w
JOIN pg_class c ON c.oid = w.ev_class
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> w.ev_class
JOIN pg_class r ON r.oid = d.refobjid
JOIN pg_namespace rn ON rn.oid = r.relnamespace
WHERE w.ev_type = '1' AND c.relkind IN ('v', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
