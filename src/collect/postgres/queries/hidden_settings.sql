-- Settings that exist although the role may not see them: their flags are not NULL (15 and later).
-- calls: pg_settings_get_flags(text)
-- since: 15
SELECT textsend(n.name) AS name FROM unnest($1::text[]) AS n(name) WHERE pg_settings_get_flags(n.name) IS NOT NULL
