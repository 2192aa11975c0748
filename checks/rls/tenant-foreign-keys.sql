/*
title       = "Foreign keys between tenant tables stay inside the tenant"
severity    = "low"
measure     = "rls.tenant_isolation"
needs       = ["table_constraint", "table_index", "table_column", "relation"]
params      = ["rls.tenant_column"]
rationale   = """
Foreign keys are checked past the policies. Without the tenant in the key a row can point to another tenant's, an error or its absence tells which values exist there, and ON DELETE CASCADE or SET NULL deletes or changes another tenant's rows.
A unique key without the tenant tells the same of its own values; those are listed among what passes."""
remediation = "Put the tenant into both sides: UNIQUE (tenant_id, id) on the one, FOREIGN KEY (tenant_id, user_id) REFERENCES … (tenant_id, id) on the other."
references  = ["https://www.postgresql.org/docs/16/ddl-rowsecurity.html", "https://www.postgresql.org/docs/16/ddl-constraints.html#DDL-CONSTRAINTS-FK", "NIST SP 800-53 AC-4", "STIG V-233530"]
when_empty  = "no foreign key leads from a tenant table to a tenant table"
*/
WITH tenant AS MATERIALIZED (
  SELECT c.database, c.relation_identity AS identity, c.name AS tenant
  FROM policy p JOIN table_column c ON c.name = p.value JOIN relation r ON r.database = c.database AND r.schema = c.schema AND r.name = c.relation
  WHERE p.key = 'rls.tenant_column' AND r.extension IS NULL AND r.kind IN ('table', 'partitioned table')),
key AS (
  SELECT k.database, k.identity, k.columns, k.references_identity AS target, k.references_columns, k.on_delete,
         CASE WHEN EXISTS (SELECT 1 FROM json_each(k.columns) c JOIN json_each(k.references_columns) f ON f.key = c.key WHERE c.value = t.tenant AND f.value = t.tenant) THEN 1
              WHEN k.columns IS NULL OR k.references_columns IS NULL OR k.references_identity IS NULL THEN NULL ELSE 0 END AS ok
  FROM tenant t JOIN table_constraint k ON k.database = t.database AND k.relation_identity = t.identity
  LEFT JOIN tenant f ON f.database = k.database AND f.identity = k.references_identity
  WHERE k.kind = 'foreign key' AND (f.identity IS NOT NULL OR k.references_identity IS NULL))
SELECT identity AS subject, 'constraint' AS kind, database, ok,
       CASE WHEN ok IS NULL THEN 'its columns were not seen'
            WHEN ok = 1 THEN 'the tenant is part of it'
            ELSE CASE WHEN on_delete IN ('CASCADE', 'SET NULL', 'SET DEFAULT') THEN 'ON DELETE ' || on_delete || ' reaches rows of other tenants; ' ELSE '' END
                 || 'to ' || target || ' without the tenant' END AS observed,
       'the tenant on both sides' AS expected
FROM key
UNION ALL
SELECT i.identity, 'index', i.database, 1, 'a unique key without the tenant: a duplicate tells that another tenant has the value', 'with the tenant, where its values mean something'
FROM tenant t JOIN table_index i ON i.database = t.database AND i.relation_identity = t.identity
WHERE i.is_unique = 1 AND i.is_primary = 0 AND coalesce(i.columns, '[""]') <> '[""]' AND NOT EXISTS (SELECT 1 FROM json_each(i.columns) c WHERE c.value = t.tenant)
