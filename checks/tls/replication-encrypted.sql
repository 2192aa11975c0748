/*
title       = "Replication to another host is encrypted"
severity    = "high"
measure     = "replication.tls"
needs       = ["replication", "policy:network.local"]
rationale   = "A standby receives every change of every database: one replication connection in clear is the whole of the data in clear. It is often the one that was set up by hand and never looked at again."
remediation = "Set sslmode=verify-full and sslrootcert in the standby's primary_conninfo (or the subscription's connection string), and write the rule for replication as hostssl in pg_hba.conf."
references  = ["https://www.postgresql.org/docs/16/monitoring-stats.html#MONITORING-PG-STAT-REPLICATION-VIEW", "https://www.postgresql.org/docs/16/runtime-config-replication.html#GUC-PRIMARY-CONNINFO", "NIST SP 800-53 SC-8", "STIG V-233579"]
when_empty  = "nothing on another host receives this server's WAL"
*/
WITH seen AS (
  SELECT p.role, coalesce(p.address, 'an address that is not known') AS source,
         CASE WHEN p.ssl = 1 OR p.gss_encrypted = 1 THEN 1 WHEN l.inside = 0 AND p.ssl = 0 AND p.gss_encrypted = 0 THEN 0 END AS good
  FROM replication p
  LEFT JOIN address_network l ON l.address = p.address AND l.list = 'local'
  WHERE p.transport IS NOT 'unix' AND l.inside IS NOT 1)
SELECT coalesce(max(r.identity), nullif(s.role, ''), 'a role that is gone') AS subject, 'replication' AS kind,
       CASE WHEN min(s.good) = 0 THEN 0 WHEN count(s.good) = count(*) THEN 1 END AS ok,
       CASE WHEN min(s.good) = 0 THEN 'in clear to ' || group_concat(DISTINCT s.source) FILTER (WHERE s.good = 0)
            WHEN count(s.good) = count(*) THEN 'encrypted to ' || group_concat(DISTINCT s.source)
            ELSE 'not known whether encrypted, to ' || group_concat(DISTINCT s.source) FILTER (WHERE s.good IS NULL) END AS observed,
       'TLS or GSS encryption' AS expected, 'privilege' AS unknown_kind, 'GRANT pg_read_all_stats TO {scanner};' AS unlock
FROM seen s LEFT JOIN role r ON r.name = s.role
GROUP BY s.role
