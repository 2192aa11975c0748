-- Row-level security policies, with the server's own parse of their expressions, which is read and not kept; string literals in
-- their text are replaced before it is kept.
-- reads: pg_policy pg_class pg_namespace pg_roles pg_attribute
SELECT textsend(n.nspname::text) AS schema, textsend(c.relname::text) AS relation,
       textsend(quote_ident(n.nspname::text) || '.' || quote_ident(c.relname::text)) AS relation_identity, textsend(p.polname::text) AS name,
       textsend(quote_ident(p.polname::text) || ' on ' || quote_ident(n.nspname::text) || '.' || quote_ident(c.relname::text)) AS identity,
       p.polpermissive AS permissive,
       CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END AS command,
       array_to_string(p.polroles::int8[], ',') AS role_oids,
       CASE WHEN p.polqual IS NOT NULL THEN textsend(coalesce(pg_get_expr(p.polqual, p.polrelid), '(dropped meanwhile)')) END AS using_expression,
       CASE WHEN p.polwithcheck IS NOT NULL THEN textsend(coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '(dropped meanwhile)')) END AS check_expression,
       textsend(p.polqual::text) AS using_tree, textsend(p.polwithcheck::text) AS check_tree,
       (SELECT string_agg(a.attnum || ' ' || encode(textsend(a.attname::text), 'hex'), ',' ORDER BY a.attnum)
        FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped) AS attributes
FROM pg_policy p
JOIN pg_class c ON c.oid = p.polrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
