-- Publications and what they take along: all tables, the tables of a schema (from 15), or single ones.
-- reads: pg_publication pg_publication_rel pg_publication_namespace pg_class pg_namespace
SELECT textsend(p.pubname::text) AS name, textsend(quote_ident(p.pubname::text)) AS identity, p.pubowner::int8 AS owner_oid,
       CASE WHEN p.puballtables THEN 'all tables' WHEN r.oid IS NOT NULL THEN 'table' ELSE 'nothing' END AS scope,
       textsend(''::text) AS schema, textsend(coalesce(quote_ident(n.nspname::text) || '.' || quote_ident(c.relname::text), '')) AS relation_identity,
       {15:coalesce(r.prqual IS NOT NULL, false)|false} AS filtered
FROM pg_publication p
LEFT JOIN pg_publication_rel r ON r.prpubid = p.oid
LEFT JOIN pg_class c ON c.oid = r.prrelid
LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
{15:UNION ALL
SELECT textsend(p.pubname::text), textsend(quote_ident(p.pubname::text)), p.pubowner::int8, 'schema', textsend(n.nspname::text), textsend(''::text), false
FROM pg_publication_namespace s
JOIN pg_publication p ON p.oid = s.pnpubid
JOIN pg_namespace n ON n.oid = s.pnnspid|}
