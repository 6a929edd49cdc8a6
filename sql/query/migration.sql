-- Which migrations a database has had; run as genkan_owner by "genkan migrate".

-- name: migration_lock
-- Wait until no other migration runs; released with the connection.
SELECT pg_advisory_lock(7212);

-- name: migration_begin
-- The record itself; the one table that no migration makes.
CREATE TABLE IF NOT EXISTS schema_migration (
    name       text PRIMARY KEY,
    sha256     text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- name: migration_find
-- args: name
-- The digest under which a migration was applied; no row if it was not.
SELECT sha256
  FROM schema_migration
 WHERE name = $1;

-- name: migration_add
-- args: name, sha256
-- In the same transaction as the migration itself.
INSERT INTO schema_migration (name, sha256)
VALUES ($1, $2);
