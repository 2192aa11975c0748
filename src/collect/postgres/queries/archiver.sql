-- How the archiver fares, and how many segments the last archived one is behind the current one.
-- reads: pg_stat_archiver
-- calls: pg_current_wal_lsn(), pg_walfile_name(pg_lsn)
SELECT a.archived_count AS archived, a.last_archived_wal AS last_archived_segment,
       to_char(a.last_archived_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS last_archived_at,
       a.failed_count AS failed, a.last_failed_wal AS last_failed_segment,
       to_char(a.last_failed_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS last_failed_at,
       c.segment AS current_segment,
       (('x' || substr(c.segment, 9, 8))::bit(32)::int8 - ('x' || substr(l.segment, 9, 8))::bit(32)::int8) * (4294967296 / w.size)
         + ('x' || substr(c.segment, 17, 8))::bit(32)::int8 - ('x' || substr(l.segment, 17, 8))::bit(32)::int8 AS behind
FROM pg_stat_archiver a
CROSS JOIN LATERAL (SELECT CASE WHEN NOT pg_is_in_recovery() THEN pg_walfile_name(pg_current_wal_lsn()) END AS segment) c
CROSS JOIN LATERAL (SELECT CASE WHEN a.last_archived_wal ~ '^[0-9A-F]{24}' THEN left(a.last_archived_wal, 24) END AS segment) l
CROSS JOIN (SELECT pg_size_bytes(current_setting('wal_segment_size')) AS size) w
