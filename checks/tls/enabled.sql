/*
title       = "The server offers TLS"
severity    = "critical"
measure     = "tls.server_enabled"
needs       = ["setting:ssl", "setting:listen_addresses", "tls_endpoint"]
rationale   = "Without TLS on the server every password exchange, query and row crosses the network readable and changeable by anybody on the way. The setting says what the server means to do; its answer to an SSLRequest shows that a client can really have it. That plaintext is refused as well is another check's subject."
remediation = "Set ssl = on with ssl_cert_file and ssl_key_file in postgresql.conf, then reload (SELECT pg_reload_conf();). If ssl stays off after the reload, the server's log says which file it could not read."
fix         = "ALTER SYSTEM SET ssl = on;"
guide       = "TLS/SSL Encryption"
references  = ["https://www.postgresql.org/docs/16/ssl-tcp.html", "https://www.postgresql.org/docs/16/runtime-config-connection.html#GUC-SSL", "NIST SP 800-53 SC-8", "STIG V-233519", "STIG V-233579"]
when_empty  = "the server listens on no TCP address"
*/
SELECT 'ssl' AS subject, 'setting' AS kind, s.value = 'on' AS ok,
       CASE WHEN s.hidden = 1 THEN 'hidden from the role' ELSE coalesce(s.value, 'not seen') END AS observed, 'on' AS expected,
       'privilege' AS unknown_kind
FROM setting s JOIN setting l ON l.name = 'listen_addresses' CROSS JOIN tls_endpoint e
WHERE s.name = 'ssl' AND (l.value IS NOT '' OR e.transport = 'tcp')
UNION ALL
SELECT 'the answer to an SSLRequest', 'connection', CASE WHEN e.encrypted = 1 THEN 1 ELSE e.ssl_request = 'S' END,
       CASE WHEN e.ssl_request = 'S' THEN 'S: TLS is offered' WHEN e.ssl_request = 'N' THEN 'N: TLS is refused'
            WHEN e.encrypted = 1 THEN 'TLS from the first byte' ELSE 'not asked: sslmode=' || e.sslmode END,
       'S', 'not_provided'
FROM tls_endpoint e WHERE e.transport = 'tcp'
