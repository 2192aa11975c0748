-- Replication slots, and how much WAL each holds back.
-- reads: pg_replication_slots
-- calls: pg_current_wal_lsn(), pg_last_wal_replay_lsn()
SELECT textsend(slot_name::text) AS name, textsend(quote_ident(slot_name::text)) AS identity, slot_type AS kind, textsend(database::text) AS database, active, temporary,
       coalesce(wal_status, 'reserves nothing') AS wal_status,
       CASE WHEN restart_lsn IS NULL THEN 0
            ELSE greatest(0, pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, restart_lsn))::int8 END AS held_bytes
FROM pg_replication_slots
