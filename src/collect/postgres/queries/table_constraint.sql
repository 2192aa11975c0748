-- Primary, unique and foreign keys, with their columns in hexadecimal.
-- reads: pg_constraint pg_class pg_namespace pg_attribute
SELECT textsend(n.nspname::text) AS schema, textsend(c.relname::text) AS relation,
       textsend(quote_ident(n.nspname::text) || '.' || quote_ident(c.relname::text)) AS relation_identity, textsend(k.conname::text) AS name,
       textsend(quote_ident(k.conname::text) || ' on ' || quote_ident(n.nspname::text) || '.' || quote_ident(c.relname::text)) AS identity,
       CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' ELSE 'foreign key' END AS kind,
       (SELECT string_agg(encode(textsend(a.attname::text), 'hex'), ',' ORDER BY x.ordinality)
        FROM unnest(k.conkey) WITH ORDINALITY x(attnum, ordinality) JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = x.attnum) AS columns_hex,
       textsend(quote_ident(rn.nspname::text) || '.' || quote_ident(r.relname::text)) AS references_identity,
       (SELECT string_agg(encode(textsend(a.attname::text), 'hex'), ',' ORDER BY x.ordinality)
        FROM unnest(k.confkey) WITH ORDINALITY x(attnum, ordinality) JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = x.attnum) AS references_columns_hex,
       CASE k.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' WHEN 'r' THEN 'RESTRICT' WHEN 'a' THEN 'NO ACTION' END AS on_delete,
       CASE k.confupdtype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' WHEN 'r' THEN 'RESTRICT' WHEN 'a' THEN 'NO ACTION' END AS on_update
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class r ON r.oid = k.confrelid
LEFT JOIN pg_namespace rn ON rn.oid = r.relnamespace
WHERE k.contype IN ('p', 'u', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
