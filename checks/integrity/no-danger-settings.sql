/*
title       = "Settings that ignore damage are off"
severity    = "critical"
measure     = "durability.wal"
needs       = ["setting:zero_damaged_pages", "setting:ignore_checksum_failure", "setting:ignore_system_indexes", "setting:allow_system_table_mods", "setting:ignore_invalid_pages", "setting_override"]
rationale   = "These options exist for the hours after a disaster: they throw damaged pages away, overlook checksums, skip indexes, or let system catalogs be edited by hand. Left on, they destroy data without a message, and an override for one role does it whenever that role looks at a page."
remediation = "Set zero_damaged_pages, ignore_checksum_failure, ignore_system_indexes, allow_system_table_mods and ignore_invalid_pages to off in postgresql.conf and reload (ignore_invalid_pages: restart); take overrides back with ALTER ROLE … RESET and ALTER DATABASE … RESET."
references  = ["https://www.postgresql.org/docs/16/runtime-config-developer.html", "NIST SP 800-53 SI-7"]
*/
SELECT s.name AS subject, 'setting' AS kind, s.number = 0 AS ok,
       CASE WHEN s.hidden = 1 THEN 'hidden from the role' ELSE coalesce(s.value, 'masked by an override on the scanner''s own ' || s.masked_by, 'not seen') END AS observed,
       'off' AS expected, CASE WHEN s.hidden = 1 THEN 'privilege' ELSE 'out_of_reach' END AS unknown_kind
FROM setting s WHERE s.name IN ('zero_damaged_pages', 'ignore_checksum_failure', 'ignore_system_indexes', 'allow_system_table_mods', 'ignore_invalid_pages')
UNION ALL
SELECT o.name || ' of ' || coalesce('role ' || o.role_identity, 'every role') || coalesce(' in database ' || o.database_identity, ''), 'setting_override',
       o.number = 0, coalesce(o.value, 'not seen'), 'off', 'out_of_reach'
FROM setting_override o WHERE o.name IN ('zero_damaged_pages', 'ignore_checksum_failure', 'ignore_system_indexes', 'allow_system_table_mods', 'ignore_invalid_pages')
