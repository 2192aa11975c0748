-- Functions, procedures and aggregates outside the system schemas.
-- reads: pg_proc pg_namespace pg_language pg_roles pg_depend pg_extension
SELECT textsend(n.nspname::text) AS schema, textsend(p.proname::text) AS name,
       textsend(quote_ident(n.nspname::text) || '.' || quote_ident(p.proname::text) || '('
         || coalesce(pg_get_function_identity_arguments(p.oid), 'dropped meanwhile: ' || p.oid::text) || ')') AS identity,
       p.proowner::int8 AS owner_oid,
       CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' WHEN 'w' THEN 'window' ELSE 'function' END AS kind,
       textsend(l.lanname::text) AS language, p.prosecdef AS security_definer, p.proleakproof AS leakproof,
       EXISTS (SELECT FROM unnest(p.proconfig) AS c(entry) WHERE c.entry LIKE 'search\_path=%') AS pins_search_path,
       (SELECT textsend(substr(c.entry, 13)) FROM unnest(p.proconfig) AS c(entry) WHERE c.entry LIKE 'search\_path=%') AS search_path,
       CASE WHEN l.lanname IN ('c', 'internal') THEN 'binary' {14:WHEN p.prosqlbody IS NOT NULL THEN 'parsed'|} ELSE 'text' END AS body,
       CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END AS volatility,
       textsend(pg_get_function_result(p.oid)) AS returns, textsend(x.extname::text) AS extension, p.oid::int8 AS acl_key
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
LEFT JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
LEFT JOIN pg_extension x ON x.oid = d.refobjid
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
