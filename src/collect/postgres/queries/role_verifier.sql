-- How each role's password is stored, from the optional function audit_api.password_storage(): never the verifier.
-- reads: pg_roles
SELECT textsend(s.rolname::text) AS role, CASE WHEN s.method IN ('none', 'md5', 'scram-sha-256') THEN s.method ELSE 'unknown' END AS method,
       s.scram_iterations::int8 AS iterations
FROM audit_api.password_storage() AS s
JOIN pg_roles r ON r.rolname = s.rolname
