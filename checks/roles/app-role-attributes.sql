/*
title       = "Application roles have no special attribute"
severity    = "critical"
measure     = "roles.app_least_privilege"
needs       = ["role", "policy:roles.application"]
params      = ["roles.allow.superuser", "roles.allow.createrole", "roles.allow.createdb", "roles.allow.replication", "roles.allow.bypassrls"]
rationale   = """
The application's role is the one an attacker gets hold of first, through an injection or a leaked secret.
With any of these attributes that is the end of the access model: it could make roles or databases, copy the cluster, or see every tenant's rows."""
remediation = "Take the attributes away. What needs them is done by another role: migrations by the owner, role management by an administrator, replication by a role of its own."
fix         = "ALTER ROLE {subject} NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS;"
guide       = "Least Privilege"
references  = ["https://www.postgresql.org/docs/16/role-attributes.html", "NIST SP 800-53 AC-3", "STIG V-233520"]
*/
WITH held AS (
  SELECT r.name, t.attribute, a.role IS NOT NULL AS allowed
  FROM role r
  JOIN (SELECT name, 'superuser' AS attribute FROM role WHERE superuser = 1
        UNION ALL SELECT name, 'createrole' FROM role WHERE createrole = 1
        UNION ALL SELECT name, 'createdb' FROM role WHERE createdb = 1
        UNION ALL SELECT name, 'replication' FROM role WHERE replication = 1
        UNION ALL SELECT name, 'bypassrls' FROM role WHERE bypassrls = 1) t ON t.name = r.name
  LEFT JOIN allowed_role a ON a.attribute = t.attribute AND a.role = r.name)
SELECT r.identity AS subject, 'role' AS kind, coalesce(min(h.allowed), 1) AS ok,
       CASE WHEN count(h.attribute) = 0 THEN 'none of these attributes'
            WHEN min(h.allowed) = 1 THEN 'accepted by policy: ' || group_concat(upper(h.attribute), ', ' ORDER BY h.attribute)
            ELSE group_concat(upper(h.attribute), ', ' ORDER BY h.attribute) FILTER (WHERE NOT h.allowed) END AS observed,
       'no SUPERUSER, CREATEROLE, CREATEDB, REPLICATION, BYPASSRLS' AS expected,
       coalesce(min(h.allowed), 0) AS accepted
FROM named_role n JOIN role r ON r.name = n.role LEFT JOIN held h ON h.name = r.name
WHERE n.list = 'application'
GROUP BY r.name
