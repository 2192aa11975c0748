/*
title       = "Failed log-ins are delayed or banned"
severity    = "medium"
measure     = "auth.bruteforce"
needs       = ["setting:auth_delay.milliseconds", "setting:credcheck.max_auth_failure"]
rationale   = """
Without a delay or a ban, passwords can be tried as fast as the server answers, from many addresses at a time.
PostgreSQL has no lockout of its own; a module, a proxy, an identity provider or fail2ban does it."""
remediation = """
Add auth_delay to shared_preload_libraries with auth_delay.milliseconds = 500, or credcheck with credcheck.max_auth_failure; or attest what stands before the server and does it."""
guide       = "Failed authentication tracking"
references  = ["https://www.postgresql.org/docs/16/auth-delay.html", "NIST SP 800-53 AC-7"]
*/
WITH seen AS (
  SELECT max(name = 'auth_delay.milliseconds' AND number > 0) AS delayed, max(name = 'credcheck.max_auth_failure' AND number > 0) AS banned,
         count(*) - count(number) AS unseen
  FROM setting WHERE name IN ('auth_delay.milliseconds', 'credcheck.max_auth_failure'))
SELECT 'failed log-ins' AS subject, 'server' AS kind, CASE WHEN delayed = 1 OR banned = 1 THEN 1 END AS ok,
       CASE WHEN delayed = 1 THEN 'delayed by auth_delay' WHEN banned = 1 THEN 'banned by credcheck' WHEN unseen > 0 THEN 'its settings were not seen'
            ELSE 'neither auth_delay nor credcheck holds them up: a person has to state what stands before the server and does' END AS observed,
       'auth_delay.milliseconds or credcheck.max_auth_failure above 0' AS expected,
       NOT (coalesce(delayed, 0) OR coalesce(banned, 0)) AND unseen = 0 AS manual
FROM seen
