/*
title       = "No login role outside policy can replicate"
severity    = "high"
measure     = "roles.attributes"
needs       = ["role"]
params      = ["roles.allow.replication"]
rationale   = """
A role with REPLICATION that logs in can copy the whole cluster, password verifiers included, without a single SELECT, past every grant and policy.
It can also create a slot that holds WAL back until the disk is full."""
remediation = "Take it away (ALTER ROLE … NOREPLICATION). Standbys and base backups use a role of their own, named in [roles.allow] replication and bound to its addresses in pg_hba.conf."
fix         = "ALTER ROLE {subject} NOREPLICATION;"
guide       = "Least Privilege"
references  = ["https://www.postgresql.org/docs/16/role-attributes.html", "NIST SP 800-53 AC-6", "STIG V-233614", "STIG V-233520"]
*/
SELECT r.identity AS subject, 'role' AS kind, r.replication = 0 OR a.role IS NOT NULL AS ok,
       CASE WHEN r.replication = 0 THEN 'no REPLICATION'
            WHEN a.role IS NOT NULL THEN 'accepted by policy: REPLICATION' ELSE 'REPLICATION' END
         || coalesce((SELECT ', the provider''s own (' || p.provider || ')' FROM provider_object p WHERE p.kind = 'role' AND p.name = r.name), '') AS observed,
       'no REPLICATION' AS expected,
       r.replication = 1 AND a.role IS NOT NULL AS accepted
FROM role r LEFT JOIN allowed_role a ON a.attribute = 'replication' AND a.role = r.name
WHERE r.can_login = 1 AND r.superuser = 0
