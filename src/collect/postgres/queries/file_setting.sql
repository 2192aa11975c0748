-- The entries of the configuration files: where each stands, and whether it can be applied. Values are not read.
-- calls: pg_show_all_file_settings()
SELECT seqno::int8 AS position, textsend(regexp_replace(sourcefile, '^.*[/\\]', '')) AS file, sourceline::int8 AS line, textsend(name) AS name, applied,
       error IS NOT NULL AS wrong, textsend(error) AS error
FROM pg_show_all_file_settings()
