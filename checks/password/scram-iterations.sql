/*
title       = "SCRAM verifiers are made with enough iterations"
severity    = "medium"
measure     = "auth.scram_default"
since       = 16
rationale   = "The iteration count is the price of one guess for somebody who has stolen the verifiers. Below PostgreSQL's 4096 (the least that RFC 7677 allows) a guess costs less than the field has agreed on; an override for one role makes that role the weak one."
remediation = "Set scram_iterations = 4096 or more in postgresql.conf and reload; take lower overrides back with ALTER ROLE … RESET scram_iterations; set the passwords again, because the count is kept in each verifier. Stay at or below 100000: several drivers refuse more."
guide       = "Iteration count"
references  = ["https://www.postgresql.org/docs/16/runtime-config-connection.html#GUC-SCRAM-ITERATIONS", "RFC 7677 section 4", "NIST SP 800-63B", "NIST SP 800-53 IA-5", "STIG V-233596"]

[setting]
name = "scram_iterations"
min  = "password.min_iterations"
*/
