-- Indexes, with their key columns in hexadecimal; an expression has none.
-- reads: pg_index pg_class pg_namespace pg_attribute
SELECT textsend(n.nspname::text) AS schema, textsend(c.relname::text) AS relation,
       textsend(quote_ident(n.nspname::text) || '.' || quote_ident(c.relname::text)) AS relation_identity, textsend(o.relname::text) AS name,
       textsend(quote_ident(n.nspname::text) || '.' || quote_ident(o.relname::text)) AS identity,
       (SELECT string_agg(coalesce(encode(textsend(a.attname::text), 'hex'), ''), ',' ORDER BY x.ordinality)
        FROM unnest(i.indkey::int2[]) WITH ORDINALITY x(attnum, ordinality)
        LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = x.attnum AND x.attnum <> 0
        WHERE x.ordinality <= i.indnkeyatts) AS columns_hex,
       i.indisunique AS is_unique, i.indisprimary AS is_primary, i.indisvalid AS is_valid, i.indpred IS NOT NULL AS partial
FROM pg_index i
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_class o ON o.oid = i.indexrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
