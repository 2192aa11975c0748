-- What the role may read and call, asked before anything is read, so that no refusal lands in the server's log.
-- Everything is qualified: the scanner's own search_path still holds. Nothing is read for it: looking a name up asks for no privilege. NULL: there is no such thing on this major.
SELECT pg_catalog.textsend(n.name) AS name,
       CASE WHEN n.name OPERATOR(pg_catalog.~~) 'member of %' THEN pg_catalog.pg_has_role(pg_catalog.substr(n.name, 11)::pg_catalog.name, 'USAGE')
            WHEN n.name OPERATOR(pg_catalog.~~) '%)' THEN pg_catalog.has_function_privilege(pg_catalog.to_regprocedure('pg_catalog.' OPERATOR(pg_catalog.||) n.name), 'EXECUTE')
            ELSE pg_catalog.has_table_privilege(pg_catalog.to_regclass('pg_catalog.' OPERATOR(pg_catalog.||) n.name), 'SELECT') END AS allowed
FROM pg_catalog.unnest($1::pg_catalog.text[]) AS n(name)
