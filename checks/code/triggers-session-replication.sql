/*
title       = "Triggers and foreign keys are at work in every session"
severity    = "medium"
measure     = "ext.dangerous"
rationale   = """
With session_replication_role = replica, PostgreSQL fires no ordinary trigger and checks no foreign key.
Set for a role or a database, it switches off audit triggers and referential integrity for all of its sessions, and nobody who reads the tables sees it."""
remediation = """
ALTER ROLE … RESET session_replication_role (IN DATABASE where it is set there), ALTER DATABASE … RESET session_replication_role. A load that needs it sets it in its own session."""
references  = ["https://www.postgresql.org/docs/16/runtime-config-client.html#GUC-SESSION-REPLICATION-ROLE", "NIST SP 800-53 SI-7"]

[setting]
name    = "session_replication_role"
none_of = ["replica"]
*/
