-- Checksum failures of the objects that all databases share.
-- reads: pg_stat_database
SELECT checksum_failures FROM pg_stat_database WHERE datid = 0
