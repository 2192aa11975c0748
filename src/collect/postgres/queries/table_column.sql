-- Columns of those relations, sequences aside. The relation's names are joined by its object id here, not there.
-- reads: pg_attribute pg_class pg_namespace
SELECT a.attrelid::int8 AS relation_oid, textsend(a.attname::text) AS name, textsend(quote_ident(a.attname::text)) AS quoted,
       textsend(format_type(a.atttypid, a.atttypmod)) AS type, a.attnotnull AS not_null,
       CASE WHEN a.attacl IS NOT NULL THEN (a.attrelid::int8 << 16) + a.attnum END AS acl_key
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
