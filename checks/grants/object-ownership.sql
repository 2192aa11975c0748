/*
title       = "Everything in the application's schemas is owned by a role that cannot log in"
severity    = "high"
measure     = "objects.owned_by_login"
needs       = ["relation", "function", "type", "role", "policy:schemas.application"]
rationale   = """
An owner can drop, alter and regrant its object and take row-level security off, and no REVOKE changes that.
Where a login role owns a table, because a migration ran under the wrong name, one password is enough for all of it."""
remediation = "ALTER TABLE app.usertable OWNER TO appowner (likewise ALTER VIEW, SEQUENCE, FUNCTION, TYPE), or REASSIGN OWNED BY that role TO appowner; and run migrations with SET ROLE appowner."
guide       = "Separation of Concerns"
references  = ["https://www.postgresql.org/docs/16/sql-reassign-owned.html", "NIST SP 800-53 CM-5", "STIG V-233539"]
*/
WITH owned AS (
  SELECT r.database, r.identity, 'relation' AS kind, r.kind AS what, r.owner
  FROM named_schema n JOIN relation r ON r.database = n.database AND r.schema = n.schema
  WHERE n.list = 'application' AND r.extension IS NULL
  UNION ALL
  SELECT f.database, f.identity, 'function', f.kind, f.owner
  FROM named_schema n JOIN function f ON f.database = n.database AND f.schema = n.schema
  WHERE n.list = 'application' AND f.extension IS NULL
  UNION ALL
  SELECT t.database, t.identity, 'type', 'type', t.owner
  FROM named_schema n JOIN type t ON t.database = n.database AND t.schema = n.schema
  WHERE n.list = 'application' AND t.extension IS NULL)
SELECT o.identity AS subject, o.kind AS kind, o.database AS database, NOT r.can_login AS ok,
       o.what || ' of ' || coalesce(r.identity, o.owner)
         || CASE r.can_login WHEN 1 THEN ', LOGIN' WHEN 0 THEN ', NOLOGIN' ELSE ', a role that was not seen' END AS observed,
       'an owner with NOLOGIN' AS expected
FROM owned o LEFT JOIN role r ON r.name = o.owner
