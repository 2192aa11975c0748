/*
title       = "No setting waits for a restart"
severity    = "medium"
measure     = "config.in_force"
needs       = ["server"]
rationale   = "A value that waits for a restart is in the configuration file, in the change ticket and in the review, and not in the server. Until somebody restarts, the safeguard that was approved does not exist; and the next restart brings changes that nobody expects any more."
remediation = "Restart the server in a planned window; or, if the change is no longer wanted, take the line back (ALTER SYSTEM RESET name, or postgresql.conf) and reload."
references  = ["https://www.postgresql.org/docs/16/view-pg-settings.html", "NIST SP 800-53 CM-6"]
*/
SELECT s.name AS subject, 'setting' AS kind, s.pending_restart = 0 AS ok,
       CASE WHEN s.hidden = 1 THEN 'hidden from the role' WHEN s.pending_restart = 1 THEN coalesce(s.value, 'the value') || ' is in force, another one waits for a restart'
            WHEN s.pending_restart = 0 THEN 'in force' ELSE 'not seen' END AS observed,
       'in force' AS expected, CASE WHEN s.hidden = 1 THEN 'privilege' ELSE 'out_of_reach' END AS unknown_kind, 'GRANT pg_read_all_settings TO {scanner};' AS unlock
-- needs no fact `setting`: what is masked or hidden has its row here, and whether it waits is known of what is masked
FROM setting s
WHERE s.hidden = 0 AND (s.context = 'postmaster' OR s.context IS NULL)
   -- of the hidden ones, those that a reload never leaves waiting
   OR s.hidden = 1 AND s.name NOT IN ('dynamic_library_path', 'extension_control_path', 'krb_server_keyfile', 'log_directory', 'log_filename', 'oauth_validator_libraries',
        'primary_conninfo', 'session_preload_libraries', 'ssl_ciphers', 'ssl_dh_params_file', 'ssl_ecdh_curve', 'ssl_groups', 'ssl_max_protocol_version',
        'ssl_min_protocol_version', 'ssl_passphrase_command', 'ssl_tls13_ciphers', 'stats_temp_directory')
