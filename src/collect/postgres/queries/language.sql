-- Procedural languages; PostgreSQL's own three are marked.
-- reads: pg_language pg_depend pg_extension
SELECT textsend(l.lanname::text) AS name, textsend(quote_ident(l.lanname::text)) AS identity, l.lanowner::int8 AS owner_oid,
       l.lanpltrusted AS trusted, l.lanispl AS procedural, textsend(x.extname::text) AS extension
FROM pg_language l
LEFT JOIN pg_depend d ON d.classid = 'pg_language'::regclass AND d.objid = l.oid AND d.deptype = 'e'
LEFT JOIN pg_extension x ON x.oid = d.refobjid
