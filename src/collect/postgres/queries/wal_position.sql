-- How far the server's WAL has come.
-- calls: pg_current_wal_lsn(), pg_last_wal_replay_lsn()
SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END::text AS wal_position
