-- Columns of those relations, sequences aside.
-- reads: pg_attribute pg_class pg_namespace
SELECT textsend(n.nspname::text) AS schema, textsend(c.relname::text) AS relation, textsend(a.attname::text) AS name,
       textsend(quote_ident(n.nspname::text) || '.' || quote_ident(c.relname::text) || '.' || quote_ident(a.attname::text)) AS identity,
       textsend(quote_ident(n.nspname::text) || '.' || quote_ident(c.relname::text)) AS relation_identity,
       textsend(format_type(a.atttypid, a.atttypmod)) AS type, a.attnotnull AS not_null,
       CASE WHEN a.attacl IS NOT NULL THEN (a.attrelid::int8 << 16) + a.attnum END AS acl_key
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
