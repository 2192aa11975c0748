/*
title       = "The audit table has recent entries"
severity    = "medium"
measure     = "audit_table.append_only"
needs       = ["erasure", "policy:privacy.audit_table"]
params      = ["privacy.audit_period"]
rationale   = """
An audit trail that stopped after a release, a migration or a revoked privilege looks like one that is there. What nobody wrote down cannot be looked up after an incident.
Only the age of the newest entry is asked for, and how many there are."""
remediation = "Find out why the application no longer writes to the table: a privilege or a policy for INSERT that is gone, a trigger that is disabled, a code path that was left out. [privacy] audit_period says how old the newest entry may be."
guide       = "Audit Trail"
references  = ["https://www.postgresql.org/docs/16/ddl-priv.html", "NIST SP 800-53 AU-6", "NIST SP 800-53 AU-5"]
*/
SELECT relation_identity AS subject, 'relation' AS kind, database,
       CASE WHEN newest_age_ms <= p.number THEN 1
            WHEN partial = 1 THEN NULL
            WHEN rows = 0 THEN 0
            ELSE newest_age_ms <= p.number END AS ok,
       CASE WHEN rows IS NULL THEN coalesce(obstacle, 'the rows were not counted')
            WHEN rows = 0 AND partial = 0 THEN 'no entry at all'
            WHEN newest_age_ms IS NULL OR partial = 1 AND newest_age_ms > p.number THEN 'row-level security may hide entries from the role that counts'
            ELSE 'the newest of ' || rows || ' entries is ' || (newest_age_ms / 3600000) || ' hours old' END AS observed,
       'an entry within ' || p.value AS expected,
       CASE WHEN rows IS NULL THEN coalesce(obstacle_kind, 'out_of_reach') ELSE 'privilege' END AS unknown_kind,
       CASE WHEN rows IS NULL THEN unlock ELSE 'a policy for {scanner} on ' || relation_identity || ' FOR SELECT USING (true)' END AS unlock
FROM erasure JOIN policy p ON p.key = 'privacy.audit_period' WHERE purpose = 'audit'
