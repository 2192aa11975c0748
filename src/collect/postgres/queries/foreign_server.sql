-- Foreign servers and foreign-data wrappers. Their options are not read: they can carry secrets.
-- reads: pg_foreign_server pg_foreign_data_wrapper pg_depend pg_extension
SELECT 'foreign server' AS kind, textsend(s.srvname::text) AS name, textsend(quote_ident(s.srvname::text)) AS identity, s.srvowner::int8 AS owner_oid,
       textsend(w.fdwname::text) AS wrapper, textsend(x.extname::text) AS extension, 2 * s.oid::int8 AS acl_key
FROM pg_foreign_server s
LEFT JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
LEFT JOIN pg_depend d ON d.classid = 'pg_foreign_server'::regclass AND d.objid = s.oid AND d.deptype = 'e'
LEFT JOIN pg_extension x ON x.oid = d.refobjid
UNION ALL
SELECT 'foreign-data wrapper', textsend(w.fdwname::text), textsend(quote_ident(w.fdwname::text)), w.fdwowner::int8,
       textsend(w.fdwname::text), textsend(x.extname::text), 2 * w.oid::int8 + 1
FROM pg_foreign_data_wrapper w
LEFT JOIN pg_depend d ON d.classid = 'pg_foreign_data_wrapper'::regclass AND d.objid = w.oid AND d.deptype = 'e'
LEFT JOIN pg_extension x ON x.oid = d.refobjid
