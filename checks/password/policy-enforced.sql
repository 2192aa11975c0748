/*
title       = "The server refuses weak passwords"
severity    = "medium"
measure     = "auth.password_complexity"
needs       = ["setting:credcheck.password_min_length", "setting:passwordcheck.min_password_length", "server"]
rationale   = "Without a module that looks at new passwords PostgreSQL accepts every one, an empty rule book included. What is demanded is the organisation's own policy, not law; length and a list of known passwords help, composition rules little (NIST SP 800-63B). A verifier made by the client cannot be checked for more than being the role's name."
remediation = "Add passwordcheck (with PostgreSQL) or credcheck (an extension) to shared_preload_libraries in postgresql.conf and restart. With all log-ins at an identity provider, waive this and say so."
guide       = "Password Requirements"
references  = ["https://www.postgresql.org/docs/16/passwordcheck.html", "NIST SP 800-63B", "NIST SP 800-53 IA-5"]
*/
SELECT 'shared_preload_libraries' AS subject, 'setting' AS kind,
       CASE WHEN EXISTS (SELECT 1 FROM setting m WHERE m.module IN ('credcheck', 'passwordcheck') OR m.name LIKE 'credcheck.%' OR m.name LIKE 'passwordcheck.%') THEN 1
            WHEN (SELECT major FROM server) >= 18 THEN 0
            ELSE s.items LIKE '%,passwordcheck,%' OR s.items LIKE '%,credcheck,%' END AS ok,
       CASE WHEN EXISTS (SELECT 1 FROM setting m WHERE m.module = 'credcheck' OR m.name LIKE 'credcheck.%') THEN 'credcheck is loaded'
            WHEN EXISTS (SELECT 1 FROM setting m WHERE m.module = 'passwordcheck' OR m.name LIKE 'passwordcheck.%') THEN 'passwordcheck is loaded'
            WHEN s.hidden = 1 AND (SELECT major FROM server) >= 18 THEN 'neither has its settings, so neither is loaded'
            WHEN s.hidden = 1 THEN 'hidden from the role, and passwordcheck shows itself nowhere else before 18'
            WHEN s.value = '' THEN '(empty)' ELSE coalesce(s.value, 'not seen') END AS observed,
       'passwordcheck or credcheck' AS expected,
       'privilege' AS unknown_kind, 'GRANT pg_read_all_settings TO {scanner};' AS unlock
FROM (SELECT *, ',' || replace(replace(replace(replace(lower(value), ' ', ''), '"', ''), '$libdir/', ''), '.so', '') || ',' AS items
      FROM setting WHERE name = 'shared_preload_libraries') s
