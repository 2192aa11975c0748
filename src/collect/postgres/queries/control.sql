-- Which cluster this is.
-- calls: pg_control_system()
SELECT system_identifier::text AS system_identifier FROM pg_control_system()
