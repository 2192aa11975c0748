/*
title       = "No replication slot is lost or holds back too much WAL"
severity    = "medium"
measure     = "backup.archiving"
needs       = ["replication_slot"]
params      = ["backup.wal_held"]
rationale   = "A slot that nobody reads from keeps every segment of WAL for a receiver that may never come back, until the disk is full and the server stops. A slot that is lost belongs to a standby that silently has no data any more."
remediation = "Bring the receiver back, or drop the slot: SELECT pg_drop_replication_slot('name'). Set max_slot_wal_keep_size so that one forgotten slot cannot fill the disk. A standby of a lost slot has to be built anew."
references  = ["https://www.postgresql.org/docs/16/view-pg-replication-slots.html", "https://www.postgresql.org/docs/16/runtime-config-replication.html#GUC-MAX-SLOT-WAL-KEEP-SIZE", "NIST SP 800-53 CP-9", "NIST SP 800-53 SC-5"]
when_empty  = "there is no replication slot"
*/
SELECT s.identity AS subject, 'replication_slot' AS kind,
       CASE WHEN s.wal_status = 'lost' OR s.active = 0 AND s.held_bytes > p.number THEN 0
            WHEN s.wal_status <> 'lost' AND (s.active = 1 OR s.held_bytes <= p.number) THEN 1 END AS ok,
       CASE s.active WHEN 1 THEN 'active' ELSE 'inactive' END || ', ' || coalesce(s.wal_status, 'of a state that is not known') || ', holds '
         || coalesce(s.held_bytes / 1048576 || ' MB of WAL', 'an amount of WAL that is not known') AS observed,
       'not lost, and where inactive at most ' || CAST(p.number / 1048576 AS INTEGER) || ' MB' AS expected
FROM replication_slot s LEFT JOIN policy p ON p.key = 'backup.wal_held'
