-- Imports of members; see src/domain/import.h.

-- name: import_add
-- args: id uuid, member uuid, file cell, encoding text, plan hash bytea, added integer, changed integer, disabled integer
-- A file that is to be looked at first; those whose hour is over go.
WITH gone AS (
    DELETE FROM import WHERE expires_at <= now()
)
INSERT INTO import (tenant_id, id, member_id, file_cell, encoding, plan_hash, added, changed, disabled, expires_at)
VALUES (current_setting('app.tenant_id')::uuid, $1::uuid, $2::uuid, $3::bytea, $4::text, $5::bytea,
        $6::integer, $7::integer, $8::integer, now() + interval '1 hour');

-- name: import_show
-- args: id uuid, member uuid
-- The member's own, until its hour is over.
SELECT id, file_cell, encoding, plan_hash, added, changed, disabled, done_at IS NOT NULL AS done,
       (extract(epoch FROM expires_at) * 1000)::bigint AS expires_at
  FROM import
 WHERE id = $1::uuid AND member_id = $2::uuid AND expires_at > now();

-- name: import_finish
-- args: id uuid
-- ready -> done, once: what was in the file is kept no longer.
UPDATE import SET done_at = now(), file_cell = NULL
 WHERE id = $1::uuid AND done_at IS NULL;
