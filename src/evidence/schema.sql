-- The evidence of one target: every fact table, column by column. This file is the one definition.
-- One row is one thing. Names are as PostgreSQL keeps them (bytes that are no UTF-8 are written \xNN);
-- `identity` columns are the canonical spelling, quoted only where PostgreSQL would quote.
-- Times are RFC 3339 in UTC. Durations are milliseconds, sizes bytes, booleans 0 or 1.
-- NULL means "not known"; a thing that is known to be absent has its own value or no row in a complete fact.
PRAGMA user_version = 1;

-- ---------------------------------------------------------------- ours

-- The scan itself: one row.
CREATE TABLE scan (
  schema_version   TEXT NOT NULL,   -- of this file, MAJOR.MINOR; the same major can be read
  tool_version     TEXT NOT NULL,   -- of pgcomply
  target           TEXT NOT NULL,   -- the target's name in the policy, or host:port
  started_at       TEXT NOT NULL,
  finished_at      TEXT NOT NULL,
  clock_offset_ms  INTEGER,         -- server clock minus scanner clock
  interrupted      TEXT             -- why the scan ended early; NULL if it did not
) STRICT;

-- The policy's values, thresholds with their defaults, and what was inferred. One row a value of a list.
CREATE TABLE policy (
  key    TEXT NOT NULL,             -- dotted, as in pgcomply.toml: roles.owner, limits.statement_timeout
  value  TEXT NOT NULL,             -- the text of it; a role's name as PostgreSQL keeps it
  number REAL,                      -- normalised: ms, bytes, days as written in the key's name, 0/1
  source TEXT NOT NULL,             -- file | default | inferred | scanner (the role the scan runs as)
  PRIMARY KEY (key, value)
) STRICT;

-- Schemas that the policy (or inference) puts into a list: application, read_only.
CREATE TABLE named_schema (
  list     TEXT NOT NULL,
  database TEXT NOT NULL,
  schema   TEXT NOT NULL,
  source   TEXT NOT NULL,           -- file | inferred
  PRIMARY KEY (list, database, schema)
) STRICT, WITHOUT ROWID;

-- Roles that the policy (or inference) puts into a list: owner application read_only backup admin people service passwordless.
CREATE VIEW named_role AS
  SELECT substr(key, 7) AS list, value AS role, source FROM policy WHERE key LIKE 'roles.%' AND key NOT LIKE 'roles.allow.%';

-- Roles that [roles.allow] lets have an attribute or a predefined role: (createrole, alice).
CREATE VIEW allowed_role AS
  SELECT substr(key, 13) AS attribute, value AS role FROM policy WHERE key LIKE 'roles.allow.%';

-- What was seen of each part of each fact, in each database. A check rests on this before anything else.
CREATE TABLE collection (
  fact        TEXT NOT NULL,        -- a table of this file
  part        TEXT NOT NULL,        -- * or the name of a column group, or a setting's name
  database    TEXT NOT NULL,        -- '' for facts of the whole cluster
  status      TEXT NOT NULL CHECK (status IN ('complete', 'partial', 'unavailable')),
  kind        TEXT,                 -- privilege version not_provided out_of_reach timeout changed_during_scan proxy …
  reason      TEXT,                 -- in words, when not complete
  unlock      TEXT,                 -- the GRANT, option or file that completes it
  source      TEXT NOT NULL,        -- the name of the query or probe
  collected_at TEXT NOT NULL,
  duration_ms INTEGER NOT NULL,
  rows        INTEGER NOT NULL,
  PRIMARY KEY (fact, part, database)
) STRICT;

-- Every distinct statement that was sent to the server, in the order of its first use.
CREATE TABLE statement (
  ordinal  INTEGER PRIMARY KEY,
  source   TEXT NOT NULL,           -- the name that `collection.source` uses
  sql      TEXT NOT NULL
) STRICT;

-- ---------------------------------------------------------------- the cluster

-- The server and the scanner's own session: one row.
CREATE TABLE server (
  version             TEXT NOT NULL,    -- server_version as it says itself
  version_num         INTEGER NOT NULL, -- 160014
  major               INTEGER NOT NULL, -- 16
  vendor              TEXT,             -- '': PostgreSQL as the project or a distribution builds it; else whose own build it is
  system_identifier   TEXT,             -- pg_control_system()
  in_recovery         INTEGER,          -- 1 on a standby
  server_time         TEXT,             -- its clock when asked
  started_at          TEXT,             -- pg_postmaster_start_time()
  config_loaded_at    TEXT,             -- pg_conf_load_time()
  scanner_role        TEXT NOT NULL,    -- session_user
  scanner_database    TEXT NOT NULL,    -- where the cluster's facts were read
  client_address      TEXT,             -- as the server sees the scanner; NULL over a Unix socket
  server_address      TEXT,             -- inet_server_addr()
  session_ssl         INTEGER,          -- pg_stat_ssl.ssl of the scanner's own session
  session_ssl_version TEXT,             -- TLSv1.3
  session_ssl_cipher  TEXT,
  session_ssl_bits    INTEGER,
  behind_proxy        INTEGER,          -- 1: the process that was greeted is not the one that answers: a pooler or proxy lies between
  session_gss_encrypted INTEGER,        -- pg_stat_gssapi.encrypted of the scanner's own session
  wal_position        TEXT              -- pg_current_wal_lsn(); on a standby pg_last_wal_replay_lsn()
) STRICT;

-- One row for every setting that this major knows, hidden ones too, and those of loaded modules.
CREATE TABLE setting (
  name            TEXT PRIMARY KEY,
  hidden          INTEGER NOT NULL, -- 1: the role may not see it; every other column is NULL
  value           TEXT,             -- what the server as a whole uses; NULL if hidden or masked by an override
  number          REAL,             -- the value normalised: ms, bytes, 0/1; NULL where it is no number
  unit            TEXT,             -- PostgreSQL's own base unit
  context         TEXT,             -- who may change it, and when
  vartype         TEXT,             -- bool integer real string enum
  source          TEXT,             -- where the session's value comes from
  masked_by       TEXT,             -- role | database | client: what hides the server's own value from the scanner
  boot_value      TEXT,
  pending_restart INTEGER,          -- 1: the configuration file says something else, which waits for a restart
  module          TEXT              -- the prefix of a module's setting (pgaudit); NULL for PostgreSQL's own
) STRICT;

-- ALTER ROLE … SET and ALTER DATABASE … SET, all of them.
CREATE TABLE setting_override (
  role     TEXT,                    -- NULL: every role
  database TEXT,                    -- NULL: every database
  name     TEXT NOT NULL,
  value    TEXT,                    -- NULL for a custom setting (app.secret), whose value is not kept
  number   REAL,                    -- normalised as in `setting`
  custom   INTEGER NOT NULL,        -- 1: neither PostgreSQL's nor a known extension's
  length   INTEGER NOT NULL,        -- of the value, in characters
  role_identity TEXT,               -- canonical spelling of role
  database_identity TEXT
) STRICT;

-- Every role.
CREATE TABLE role (
  name         TEXT PRIMARY KEY,
  identity     TEXT NOT NULL,
  superuser    INTEGER NOT NULL,
  inherit      INTEGER NOT NULL,
  createrole   INTEGER NOT NULL,
  createdb     INTEGER NOT NULL,
  can_login    INTEGER NOT NULL,
  replication  INTEGER NOT NULL,
  bypassrls    INTEGER NOT NULL,
  connection_limit INTEGER NOT NULL, -- -1: none
  valid_until  TEXT,                -- RFC 3339; 'infinity'; 'never': none was set
  bootstrap    INTEGER NOT NULL,    -- 1: made by initdb (oid 10)
  predefined   INTEGER NOT NULL,    -- 1: one of PostgreSQL's own pg_… roles
  scanner      INTEGER NOT NULL,    -- 1: the role the scan runs as
  oid          INTEGER NOT NULL
) STRICT;

-- Direct memberships, as granted.
CREATE TABLE membership (
  role    TEXT NOT NULL,            -- the group
  member  TEXT NOT NULL,
  grantor TEXT NOT NULL,
  admin   INTEGER NOT NULL,         -- ADMIN OPTION
  inherit INTEGER NOT NULL,         -- privileges without SET ROLE (before 16: the member's own INHERIT)
  set_role INTEGER NOT NULL         -- SET ROLE allowed (before 16: always)
) STRICT;

-- Who reaches which role through memberships: the closure, with the shortest path. Derived from `membership`.
CREATE TABLE role_reach (
  role   TEXT NOT NULL,             -- who
  target TEXT NOT NULL,             -- reaches whom; never role itself
  way    TEXT NOT NULL CHECK (way IN ('inherit', 'set', 'admin')),
                                    -- inherit: has its privileges at once · set: by SET ROLE · admin: can grant it to himself
                                    -- (set and admin together are the ways to become it; a path of `admin` has at least one such edge,
                                    --  and before 16 CREATEROLE counts as one over every role that is no superuser)
  path   TEXT NOT NULL,             -- "a → b → c", identities
  PRIMARY KEY (role, target, way)
) STRICT, WITHOUT ROWID;

-- How each role's password is stored, where the optional function audit_api.password_storage() says it (never the verifier).
CREATE TABLE role_verifier (
  role       TEXT PRIMARY KEY,
  method     TEXT NOT NULL,         -- none md5 scram-sha-256 unknown
  iterations INTEGER                -- of SCRAM; NULL: another method
) STRICT;

-- Every database of the cluster.
CREATE TABLE database (
  name        TEXT PRIMARY KEY,
  identity    TEXT NOT NULL,
  owner       TEXT NOT NULL,
  is_template INTEGER NOT NULL,
  allow_connections INTEGER NOT NULL,
  connection_limit INTEGER NOT NULL,
  encoding    TEXT NOT NULL,
  can_connect INTEGER NOT NULL,     -- has_database_privilege(the scanner, CONNECT)
  entered     INTEGER NOT NULL,     -- 1: the scan looked inside
  not_entered TEXT,                 -- why not, in words
  maintenance INTEGER NOT NULL,     -- 1: `postgres`, made by initdb
  acl         INTEGER NOT NULL,     -- acl_entry.acl
  checksum_failures INTEGER,        -- pg_stat_database; NULL: checksums are off
  oid         INTEGER NOT NULL
) STRICT;

-- What each login role gets for a setting in each database: role in database, then role, then database, then
-- ALTER ROLE ALL, then the server (the order of PostgreSQL's process_settings()). Ask for one name at a time.
CREATE VIEW setting_for_role AS
  SELECT r.name AS role, r.identity AS role_identity, d.name AS database, d.identity AS database_identity, s.name AS name,
         CASE WHEN rd.name IS NOT NULL THEN rd.value  WHEN ro.name IS NOT NULL THEN ro.value
              WHEN do.name IS NOT NULL THEN do.value  WHEN al.name IS NOT NULL THEN al.value  ELSE s.value END AS value,
         CASE WHEN rd.name IS NOT NULL THEN rd.number WHEN ro.name IS NOT NULL THEN ro.number
              WHEN do.name IS NOT NULL THEN do.number WHEN al.name IS NOT NULL THEN al.number ELSE s.number END AS number,
         CASE WHEN rd.name IS NOT NULL THEN 'role in database' WHEN ro.name IS NOT NULL THEN 'role'
              WHEN do.name IS NOT NULL THEN 'database' WHEN al.name IS NOT NULL THEN 'all roles' ELSE 'server' END AS level
  FROM setting s CROSS JOIN role r CROSS JOIN database d
  LEFT JOIN setting_override rd ON rd.role = r.name AND rd.database = d.name AND rd.name = s.name
  LEFT JOIN setting_override ro ON ro.role = r.name AND ro.database IS NULL AND ro.name = s.name
  LEFT JOIN setting_override do ON do.role IS NULL AND do.database = d.name AND do.name = s.name
  LEFT JOIN setting_override al ON al.role IS NULL AND al.database IS NULL AND al.name = s.name
  WHERE r.can_login = 1;

-- Checksum failures of objects shared by the whole cluster (pg_stat_database, datid 0): one row.
CREATE TABLE shared_objects (
  checksum_failures INTEGER         -- NULL: checksums are off
) STRICT;

-- Sessions at the moment of the scan. Of others' sessions a role without pg_read_all_stats sees that they are there: backend is
-- then `unseen`, and all but pid, role and database is NULL.
CREATE TABLE session (
  pid       INTEGER NOT NULL,
  scanner   INTEGER NOT NULL,       -- 1: the scan's own
  backend   TEXT NOT NULL,          -- client replication server (one of PostgreSQL's own processes) unseen
  role      TEXT NOT NULL,          -- who logged in; '' for the server's own processes
  database  TEXT,
  transport TEXT,                   -- tcp unix
  address   TEXT,                   -- of the client, as the server sees it; NULL over a Unix socket
  started_at TEXT,
  state     TEXT,                   -- active, idle, idle in transaction, idle in transaction (aborted), fastpath function call, disabled
  state_age_ms INTEGER,             -- how long it has been in that state
  statement TEXT,                   -- the kind of its current or last statement (SELECT, CREATE ROLE, GRANT …), never its text; NULL: not tracked
  ssl       INTEGER,
  ssl_version TEXT,
  gss_encrypted INTEGER
) STRICT;

-- Standbys and other receivers of this server's WAL (pg_stat_replication). NULLs where the role lacks pg_read_all_stats.
CREATE TABLE replication (
  pid       INTEGER NOT NULL,
  role      TEXT NOT NULL,
  transport TEXT,                   -- tcp unix
  address   TEXT,                   -- NULL over a Unix socket
  state     TEXT,                   -- startup catchup streaming backup stopping
  sync_state TEXT,                  -- async potential sync quorum
  ssl       INTEGER,
  ssl_version TEXT,
  gss_encrypted INTEGER
) STRICT;

-- Replication slots.
CREATE TABLE replication_slot (
  name      TEXT PRIMARY KEY,
  identity  TEXT NOT NULL,
  kind      TEXT NOT NULL,          -- physical logical
  database  TEXT,                   -- of a logical one
  active    INTEGER NOT NULL,       -- 1: somebody reads from it
  temporary INTEGER NOT NULL,
  wal_status TEXT,                  -- reserved extended unreserved lost, or: reserves nothing
  held_bytes INTEGER                -- WAL that is kept for it
) STRICT;

-- What the archiver has done since its counters were reset: one row.
CREATE TABLE archiver (
  archived  INTEGER NOT NULL,       -- how many segments
  last_archived_segment TEXT,       -- NULL: none yet
  last_archived_at TEXT,
  failed    INTEGER NOT NULL,       -- how many attempts
  last_failed_segment TEXT,
  last_failed_at TEXT,
  current_segment TEXT,             -- the one being written; NULL on a standby
  behind    INTEGER                 -- segments from the last archived one to the current one; 1: all that are full are archived
) STRICT;

-- Entries of postgresql.conf, postgresql.auto.conf and what they include. Values are not kept.
CREATE TABLE file_setting (
  position  INTEGER NOT NULL,       -- the order in which they are read
  file      TEXT NOT NULL,          -- without its folder
  line      INTEGER NOT NULL,
  name      TEXT,                   -- NULL where the line could not be read at all
  applied   INTEGER,                -- 0 without an error: a later entry wins
  wrong     INTEGER NOT NULL,       -- 1: the entry has an error
  error     TEXT
) STRICT;

-- Whether the client's address of a session or of a receiver of WAL lies in a list of networks of the policy ([network] allowed,
-- local). Derived from both when the policy is applied, because SQLite knows no addresses.
CREATE TABLE address_network (
  address TEXT NOT NULL,
  list    TEXT NOT NULL,            -- allowed local; no rows of a list that the policy does not have
  inside  INTEGER,                  -- NULL: not inside, and an entry of the list is no network
  PRIMARY KEY (address, list)
) STRICT, WITHOUT ROWID;

-- Roles and databases that a provider of managed PostgreSQL keeps for itself, by data/providers.toml, when the policy is applied.
CREATE TABLE provider_object (
  kind      TEXT NOT NULL,          -- role database
  name      TEXT NOT NULL,
  provider  TEXT NOT NULL,          -- Amazon RDS …
  PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

-- Major versions of PostgreSQL, from data/postgresql-releases.toml, when the policy is applied.
CREATE TABLE known_major (
  major     INTEGER PRIMARY KEY,
  end_of_life TEXT NOT NULL,        -- the day of its last release
  newest    INTEGER NOT NULL,       -- the newest minor version that the table knows
  as_of     TEXT NOT NULL,          -- the day up to which the table holds what the project has published
  stale     INTEGER NOT NULL,       -- 1: that day is more than 180 days before the judging clock
  source    TEXT NOT NULL
) STRICT;

-- Minor versions that carry security fixes.
CREATE TABLE security_release (
  major     INTEGER NOT NULL,
  minor     INTEGER NOT NULL,
  released  TEXT NOT NULL,
  fixes     TEXT NOT NULL,          -- CVE ids of that release, separated by blanks
  source    TEXT NOT NULL,
  PRIMARY KEY (major, minor)
) STRICT, WITHOUT ROWID;

-- Every role's objects and grants in all databases, from pg_shdepend. Counts by class.
CREATE TABLE role_dependency (
  role     TEXT NOT NULL,
  database TEXT,                    -- NULL: shared objects (databases, tablespaces)
  kind     TEXT NOT NULL CHECK (kind IN ('owner', 'acl', 'policy', 'initacl', 'other')),
  class    TEXT NOT NULL,           -- the catalog: pg_class, pg_namespace, pg_database …
  objects  INTEGER NOT NULL
) STRICT;

-- SET and ALTER SYSTEM privileges on single parameters (15 and later).
CREATE TABLE parameter (
  name TEXT PRIMARY KEY,
  acl  INTEGER NOT NULL
) STRICT;

-- ---------------------------------------------------------------- inside each database

-- Every distinct ACL once; objects point to it. A NULL acl of the catalog is here as PostgreSQL's built-in default.
-- `acl` is one number for (database, object kind, owner, ACL).
CREATE TABLE acl_entry (
  acl       INTEGER NOT NULL,
  grantor   TEXT NOT NULL,
  grantee   TEXT NOT NULL,          -- a role's name; '' is PUBLIC
  privilege TEXT NOT NULL,          -- SELECT INSERT UPDATE DELETE TRUNCATE REFERENCES TRIGGER MAINTAIN USAGE CREATE CONNECT TEMPORARY EXECUTE SET "ALTER SYSTEM"
  grantable INTEGER NOT NULL,
  owner     INTEGER NOT NULL,       -- 1: the grantee owns the object
  PRIMARY KEY (acl, grantee, privilege, grantor)
) STRICT, WITHOUT ROWID;
CREATE INDEX acl_entry_grantee ON acl_entry (grantee, privilege);

-- Schemas, system ones left out (pg_catalog, information_schema, pg_toast, pg_temp…).
CREATE TABLE schema (
  database  TEXT NOT NULL,
  name      TEXT NOT NULL,
  identity  TEXT NOT NULL,
  owner     TEXT NOT NULL,
  extension TEXT,                   -- the extension that it belongs to
  acl       INTEGER NOT NULL,
  PRIMARY KEY (database, name)
) STRICT, WITHOUT ROWID;

-- Tables, views, materialized views, sequences, foreign tables, partitioned tables outside the system schemas.
CREATE TABLE relation (
  database  TEXT NOT NULL,
  schema    TEXT NOT NULL,
  name      TEXT NOT NULL,
  identity  TEXT NOT NULL,          -- app.usertable
  kind      TEXT NOT NULL,          -- table, partitioned table, view, materialized view, sequence, foreign table
  owner     TEXT NOT NULL,
  row_security        INTEGER NOT NULL, -- ENABLE ROW LEVEL SECURITY
  force_row_security  INTEGER NOT NULL, -- FORCE ROW LEVEL SECURITY
  persistence TEXT NOT NULL,        -- permanent unlogged temporary
  is_partition INTEGER NOT NULL,
  parent    TEXT,                   -- identity of the partitioned or inheritance parent
  options   TEXT,                   -- reloptions as a JSON array
  extension TEXT,
  acl       INTEGER NOT NULL,
  oid       INTEGER NOT NULL,
  PRIMARY KEY (database, schema, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX relation_acl ON relation (acl);

-- Columns of those relations, sequences aside.
CREATE TABLE table_column (
  database  TEXT NOT NULL,
  schema    TEXT NOT NULL,
  relation  TEXT NOT NULL,          -- its name
  name      TEXT NOT NULL,
  identity  TEXT NOT NULL,          -- app.usertable.email
  relation_identity TEXT NOT NULL,
  type      TEXT NOT NULL,          -- format_type()
  not_null  INTEGER NOT NULL,
  acl       INTEGER,                -- NULL: no column privileges
  PRIMARY KEY (database, schema, relation, name)
) STRICT, WITHOUT ROWID;

-- Row-level security policies.
CREATE TABLE rls_policy (
  database   TEXT NOT NULL,
  schema     TEXT NOT NULL,
  relation   TEXT NOT NULL,
  relation_identity TEXT NOT NULL,
  name       TEXT NOT NULL,
  identity   TEXT NOT NULL,         -- policy on app.usertable
  permissive INTEGER NOT NULL,
  command    TEXT NOT NULL,         -- ALL SELECT INSERT UPDATE DELETE
  roles      TEXT NOT NULL,         -- JSON array of names; "" is PUBLIC
  using_expression TEXT,            -- pg_get_expr(polqual) with string literals replaced; NULL: none
  check_expression TEXT,            -- pg_get_expr(polwithcheck), likewise
  has_using  INTEGER NOT NULL,
  has_check  INTEGER NOT NULL,      -- 0: where rows are written, USING stands in for it
  -- from the server's own parse of each expression; NULL: there is none, or it could not be read
  using_always   INTEGER,           -- 1: true whatever the row and the session
  check_always   INTEGER,
  using_columns  TEXT,              -- JSON array: columns of the table itself that it tests; "*" is the whole row
  check_columns  TEXT,
  using_settings TEXT,              -- JSON array of {"name", "missing_ok"}: what current_setting() is asked for; NULL too where a name is computed
  check_settings TEXT,
  using_rests_on TEXT,              -- JSON array: function (one of the database's own) role (current_user …) table (a query inside it)
  check_rests_on TEXT,
  using_open     TEXT,              -- JSON array: states of the settings in which it lets rows of nobody or everybody through: unset empty
  check_open     TEXT,
  PRIMARY KEY (database, schema, relation, name)
) STRICT, WITHOUT ROWID;

-- What policies use: columns of their own table, other relations and their columns, functions outside the system schemas.
CREATE TABLE rls_policy_dependency (
  database   TEXT NOT NULL,
  schema     TEXT NOT NULL,         -- of the policy's table
  relation   TEXT NOT NULL,
  relation_identity TEXT NOT NULL,
  policy     TEXT NOT NULL,
  policy_identity TEXT NOT NULL,    -- rls_policy.identity
  kind       TEXT NOT NULL,         -- column relation function
  own        INTEGER NOT NULL,      -- 1: of the policy's own table
  object     TEXT NOT NULL,         -- identity: app.usertable.tenant_id, app.member, app.tenants_of(text)
  object_relation TEXT NOT NULL,    -- identity of the relation, of a column's as well; '' for functions
  PRIMARY KEY (database, policy_identity, kind, object)
) STRICT, WITHOUT ROWID;

-- What views and materialized views read. One row a view and relation that its query names; what that one reads has rows of its own.
CREATE TABLE view_dependency (
  database   TEXT NOT NULL,
  schema     TEXT NOT NULL,
  view       TEXT NOT NULL,
  view_identity TEXT NOT NULL,
  view_kind  TEXT NOT NULL,         -- view, materialized view
  owner      TEXT NOT NULL,
  security_invoker INTEGER NOT NULL, -- 1: reads with the rights of whoever asks (from 15)
  security_barrier INTEGER NOT NULL,
  asks_session INTEGER NOT NULL,    -- 1: its query reads a setting or asks who is asking
  reads_schema TEXT NOT NULL,
  reads      TEXT NOT NULL,
  reads_identity TEXT NOT NULL,
  PRIMARY KEY (database, view_identity, reads_identity)
) STRICT, WITHOUT ROWID;
CREATE INDEX view_dependency_reads ON view_dependency (reads_identity, database);

-- Rewrite rules other than a view's own, and the other relations that they read or write, with the rights of the table's owner.
CREATE TABLE rewrite_rule (
  database   TEXT NOT NULL,
  schema     TEXT NOT NULL,
  relation   TEXT NOT NULL,
  relation_identity TEXT NOT NULL,
  name       TEXT NOT NULL,
  identity   TEXT NOT NULL,         -- rule on app.usertable
  owner      TEXT NOT NULL,         -- of the relation
  event      TEXT NOT NULL,         -- SELECT UPDATE INSERT DELETE
  enabled    INTEGER NOT NULL,
  instead    INTEGER NOT NULL,
  touches_identity TEXT NOT NULL,   -- another relation that it reads or writes; '': none
  PRIMARY KEY (database, identity, touches_identity)
) STRICT, WITHOUT ROWID;

-- Primary, unique and foreign keys.
CREATE TABLE table_constraint (
  database   TEXT NOT NULL,
  schema     TEXT NOT NULL,
  relation   TEXT NOT NULL,
  relation_identity TEXT NOT NULL,
  name       TEXT NOT NULL,
  identity   TEXT NOT NULL,         -- constraint on app.usertable
  kind       TEXT NOT NULL,         -- primary key, unique, foreign key
  columns    TEXT,                  -- JSON array of names
  references_identity TEXT,         -- foreign keys: the other table
  references_columns TEXT,          -- JSON array, in the order of `columns`
  on_delete  TEXT,                  -- NO ACTION RESTRICT CASCADE SET NULL SET DEFAULT
  on_update  TEXT,
  PRIMARY KEY (database, identity)
) STRICT, WITHOUT ROWID;
CREATE INDEX table_constraint_relation ON table_constraint (relation_identity, database);

-- Indexes of tables.
CREATE TABLE table_index (
  database   TEXT NOT NULL,
  schema     TEXT NOT NULL,
  relation   TEXT NOT NULL,
  relation_identity TEXT NOT NULL,
  name       TEXT NOT NULL,
  identity   TEXT NOT NULL,         -- app.usertable_pkey
  columns    TEXT,                  -- JSON array of key columns, the leading one first; "" is an expression
  is_unique  INTEGER NOT NULL,
  is_primary INTEGER NOT NULL,
  is_valid   INTEGER NOT NULL,
  partial    INTEGER NOT NULL,      -- 1: of some rows only
  PRIMARY KEY (database, identity)
) STRICT, WITHOUT ROWID;
CREATE INDEX table_index_relation ON table_index (relation_identity, database);

-- Publications for logical replication, one row for each thing that they take along.
CREATE TABLE publication (
  database   TEXT NOT NULL,
  name       TEXT NOT NULL,
  identity   TEXT NOT NULL,
  owner      TEXT NOT NULL,
  scope      TEXT NOT NULL,         -- all tables, schema, table, nothing
  schema     TEXT NOT NULL,         -- scope schema: its name; else ''
  relation_identity TEXT NOT NULL,  -- scope table: which; else ''
  filtered   INTEGER NOT NULL,      -- 1: the table has a row filter (from 15)
  PRIMARY KEY (database, name, scope, schema, relation_identity)
) STRICT, WITHOUT ROWID;

-- Functions, procedures and aggregates outside the system schemas.
CREATE TABLE function (
  database  TEXT NOT NULL,
  schema    TEXT NOT NULL,
  name      TEXT NOT NULL,
  identity  TEXT NOT NULL,          -- app.f(integer, text)
  owner     TEXT NOT NULL,
  kind      TEXT NOT NULL,          -- function procedure aggregate window
  language  TEXT NOT NULL,
  security_definer INTEGER NOT NULL,
  leakproof INTEGER NOT NULL,
  pins_search_path INTEGER NOT NULL, -- 1: it has a search_path of its own (SET search_path)
  search_path TEXT,                 -- that one; NULL: none, or not known
  body      TEXT NOT NULL,          -- text: parsed when it is run · parsed: BEGIN ATOMIC, names were looked up when it was made · binary: C, internal
  volatility TEXT NOT NULL,         -- immutable stable volatile
  returns   TEXT,                   -- trigger, event_trigger, integer …
  extension TEXT,
  acl       INTEGER NOT NULL,
  PRIMARY KEY (database, identity)
) STRICT, WITHOUT ROWID;

-- Types and domains of their own (row and array types aside).
CREATE TABLE type (
  database  TEXT NOT NULL,
  schema    TEXT NOT NULL,
  name      TEXT NOT NULL,
  identity  TEXT NOT NULL,
  owner     TEXT NOT NULL,
  extension TEXT,
  acl       INTEGER NOT NULL,
  PRIMARY KEY (database, identity)
) STRICT, WITHOUT ROWID;

-- Installed extensions.
CREATE TABLE extension (
  database  TEXT NOT NULL,
  name      TEXT NOT NULL,
  version   TEXT NOT NULL,
  default_version TEXT,             -- what the server ships; NULL: its control file is gone
  owner     TEXT NOT NULL,
  schema    TEXT NOT NULL,
  PRIMARY KEY (database, name)
) STRICT, WITHOUT ROWID;

-- Languages that functions can be written in.
CREATE TABLE language (
  database   TEXT NOT NULL,
  name       TEXT NOT NULL,
  identity   TEXT NOT NULL,
  owner      TEXT NOT NULL,
  procedural INTEGER NOT NULL,      -- 0: c, internal, sql
  trusted    INTEGER NOT NULL,      -- 1: everybody may be let use it
  extension  TEXT,
  PRIMARY KEY (database, name)
) STRICT, WITHOUT ROWID;

-- Event triggers.
CREATE TABLE event_trigger (
  database  TEXT NOT NULL,
  name      TEXT NOT NULL,
  identity  TEXT NOT NULL,
  owner     TEXT NOT NULL,
  event     TEXT NOT NULL,          -- ddl_command_start ddl_command_end sql_drop table_rewrite login
  function  TEXT,                   -- its identity
  enabled   TEXT NOT NULL,          -- origin always replica disabled
  extension TEXT,
  PRIMARY KEY (database, name)
) STRICT, WITHOUT ROWID;

-- Foreign servers and foreign-data wrappers. Options and user mappings are not kept.
CREATE TABLE foreign_server (
  database  TEXT NOT NULL,
  kind      TEXT NOT NULL,          -- foreign server, foreign-data wrapper
  name      TEXT NOT NULL,
  identity  TEXT NOT NULL,
  owner     TEXT NOT NULL,
  wrapper   TEXT,                   -- the name of its wrapper
  extension TEXT,
  acl       INTEGER NOT NULL,
  PRIMARY KEY (database, kind, name)
) STRICT, WITHOUT ROWID;

-- Large objects, counted: one row for each owner and ACL.
CREATE TABLE large_object (
  database  TEXT NOT NULL,
  owner     TEXT NOT NULL,
  objects   INTEGER NOT NULL,
  first_oid INTEGER NOT NULL,       -- the lowest of their numbers
  acl       INTEGER NOT NULL,
  PRIMARY KEY (database, first_oid)
) STRICT, WITHOUT ROWID;

-- Privileges on relations, columns and functions of pg_catalog that others than the owner hold beyond what they were made with
-- (pg_init_privs: by initdb, or by their extension). None is the rule.
CREATE TABLE catalog_privilege (
  database    TEXT NOT NULL,
  object_kind TEXT NOT NULL,        -- relation column function
  object      TEXT NOT NULL,        -- pg_authid, pg_authid.rolpassword, pg_read_file(text)
  grantor     TEXT NOT NULL,
  grantee     TEXT NOT NULL,        -- '' is PUBLIC
  privilege   TEXT NOT NULL,
  grantable   INTEGER NOT NULL,
  PRIMARY KEY (database, object_kind, object, grantee, privilege, grantor)
) STRICT, WITHOUT ROWID;

-- Fixes of system views that need a script to be run in each database.
CREATE TABLE catalog_fix (
  database  TEXT NOT NULL,
  name      TEXT NOT NULL,          -- CVE-2024-4317
  object    TEXT NOT NULL,          -- the view
  applied   INTEGER,                -- its definition has the fix
  PRIMARY KEY (database, name, object)
) STRICT, WITHOUT ROWID;

-- ALTER DEFAULT PRIVILEGES, entry by entry. An entry whose grantee and privilege are '' is a default taken down to nothing.
CREATE TABLE default_privilege (
  database  TEXT NOT NULL,
  creator   TEXT NOT NULL,          -- FOR ROLE
  schema    TEXT,                   -- IN SCHEMA; NULL: every schema
  object_kind TEXT NOT NULL,        -- table sequence function type schema large object
  grantor   TEXT NOT NULL,
  grantee   TEXT NOT NULL,          -- '' is PUBLIC
  privilege TEXT NOT NULL,
  grantable INTEGER NOT NULL
) STRICT;

-- Every object that carries an ACL, under one roof. `object` is its identity.
CREATE VIEW object_acl AS
  SELECT NULL AS database, 'database' AS object_kind, identity AS object, NULL AS schema, owner, NULL AS extension, acl FROM database
  UNION ALL SELECT database, 'schema', identity, name, owner, extension, acl FROM schema
  UNION ALL SELECT database, kind, identity, schema, owner, extension, acl FROM relation
  UNION ALL SELECT c.database, 'column', c.identity, c.schema, r.owner, r.extension, c.acl
            FROM table_column c JOIN relation r ON (r.database, r.schema, r.name) = (c.database, c.schema, c.relation) WHERE c.acl IS NOT NULL
  UNION ALL SELECT database, kind, identity, schema, owner, extension, acl FROM function
  UNION ALL SELECT database, 'type', identity, schema, owner, extension, acl FROM type
  UNION ALL SELECT database, kind, identity, NULL, owner, extension, acl FROM foreign_server
  UNION ALL SELECT database, 'large object', 'large object ' || first_oid, NULL, owner, NULL, acl FROM large_object
  UNION ALL SELECT NULL, 'parameter', name, NULL, NULL, NULL, acl FROM parameter;

-- Who holds which privilege on which object, and how: direct, owner, public, or member (through `path`).
-- Ask about `acl_entry` first where many objects are concerned; the view has a row for each object and holder.
CREATE VIEW privilege AS
  SELECT o.database, o.object_kind, o.object, o.schema, o.extension, o.owner, e.grantor, e.grantee, e.privilege, e.grantable,
         CASE WHEN e.grantee = '' THEN 'public' WHEN e.owner = 1 THEN 'owner' ELSE 'direct' END AS held, NULL AS path
  FROM object_acl o JOIN acl_entry e ON e.acl = o.acl
  UNION ALL
  SELECT o.database, o.object_kind, o.object, o.schema, o.extension, o.owner, e.grantor, r.role, e.privilege, 0, 'member', r.path
  FROM object_acl o JOIN acl_entry e ON e.acl = o.acl JOIN role_reach r ON r.target = e.grantee AND r.way IN ('inherit', 'set');

-- ---------------------------------------------------------------- the wire

-- The connection that carried the scan, as the scanner's own end saw it: one row.
CREATE TABLE tls_endpoint (
  host            TEXT NOT NULL,
  port            INTEGER NOT NULL,
  transport       TEXT NOT NULL CHECK (transport IN ('tcp', 'unix')),
  peer_address    TEXT,
  sslmode         TEXT NOT NULL,
  ssl_request     TEXT,             -- the server's answer to an SSLRequest: S or N; NULL: not asked
  encrypted       INTEGER NOT NULL,
  protocol        TEXT,             -- TLSv1.2 TLSv1.3
  cipher          TEXT,
  key_exchange_group TEXT,
  trust_root      TEXT,             -- the bundle that trust was judged by: a path, or system; NULL: none given
  chain_trusted   INTEGER,          -- the chain builds to a root of the bundle; NULL: no bundle
  chain_trusted_reason TEXT,
  chain_complete  INTEGER,          -- it builds from what was served and the bundle's self-signed ones alone
  chain_complete_reason TEXT,
  hostname_checked TEXT,            -- the name that was connected to
  hostname_matches INTEGER,         -- it is among the certificate's subject alternative names
  hostname_reason TEXT,
  key_possession  TEXT,             -- proved failed unsupported: did the server sign with the certificate's key
  channel_binding TEXT,             -- used not_used
  auth_method     TEXT              -- what the server asked the scanner's role for
) STRICT;

-- Certificates: those the server sent, in order, then those of the bundle that the chain ends in.
CREATE TABLE certificate (
  position        INTEGER NOT NULL, -- 0 is the server's own
  source          TEXT NOT NULL CHECK (source IN ('served', 'bundle')),
  purpose         TEXT NOT NULL CHECK (purpose IN ('server', 'intermediate', 'root')),
  subject         TEXT NOT NULL,
  issuer          TEXT NOT NULL,
  serial          TEXT NOT NULL,
  version         INTEGER NOT NULL,
  not_before      TEXT NOT NULL,
  not_after       TEXT NOT NULL,
  lifetime_days   REAL NOT NULL,
  key_algorithm   TEXT NOT NULL,    -- RSA RSA-PSS EC Ed25519 Ed448 other
  key_curve       TEXT,
  key_bits        INTEGER,
  signature_algorithm TEXT NOT NULL,
  signature_hash  TEXT,             -- SHA-256 …; NULL where the algorithm names none
  is_ca           INTEGER,          -- basicConstraints; NULL: absent
  path_len        INTEGER,
  self_signed     INTEGER NOT NULL,
  common_name     TEXT,
  san             TEXT NOT NULL,    -- JSON array of DNS:… and IP:…
  extended_key_usage INTEGER NOT NULL, -- 1: the certificate has that extension
  server_auth     INTEGER,          -- extendedKeyUsage allows it; NULL: no such extension, or not known
  sha256          TEXT NOT NULL
) STRICT;

-- The certificates of the chain, each once (one that is sent and in the bundle counts as sent), with a name that
-- outlives a renewal: server certificate, intermediate certificate 1, root certificate.
CREATE VIEW chain_certificate AS
  SELECT *, purpose || ' certificate' || CASE WHEN purpose = 'intermediate' OR nth > 1 THEN ' ' || nth ELSE '' END AS label
  FROM (SELECT *, row_number() OVER (PARTITION BY purpose ORDER BY position) AS nth FROM certificate
        WHERE position IN (SELECT min(position) FROM certificate GROUP BY sha256));
