-- Cells are moved to new data keys; see src/domain/reencryption.h.

-- name: reencryption_ask
-- Move every cell of the tenant to its current keys, from the first on.
INSERT INTO reencryption (tenant_id)
VALUES (current_setting('app.tenant_id')::uuid)
    ON CONFLICT (tenant_id) DO UPDATE
   SET state = 'asked', table_name = '',
       after_id = '00000000-0000-0000-0000-000000000000', round = 1, stale = 0,
       moved = 0, unreadable = 0, asked_at = now(), began_at = NULL, ended_at = NULL;

-- name: reencryption_show
-- How far it is; no row if it was never asked for.
SELECT state, table_name, round, moved, unreadable,
       (extract(epoch FROM asked_at) * 1000)::bigint AS asked_at,
       (extract(epoch FROM ended_at) * 1000)::bigint AS ended_at
  FROM reencryption
 WHERE tenant_id = current_setting('app.tenant_id')::uuid;

-- name: reencryption_lead
-- Be the one who moves cells, for as long as this connection lasts.
SELECT pg_try_advisory_lock(7217) AS mine;

-- name: reencryption_look
-- args: writes bigint, days integer
-- What is to be done for the tenant: new keys, because one has sealed that
-- much or is that old (0 days: never); moving cells; and a second look, an
-- hour after the keys were new, when nobody can have an old one at hand.
WITH mine AS (
    SELECT * FROM tenant_key
     WHERE tenant_id = current_setting('app.tenant_id')::uuid
       AND use IN ('visitor', 'delivery', 'totp')
), move AS (
    SELECT * FROM reencryption
     WHERE tenant_id = current_setting('app.tenant_id')::uuid
)
SELECT EXISTS (SELECT FROM mine
                WHERE state = 'current'
                  AND (writes >= $1::bigint OR
                       ($2::integer > 0 AND created_at < now() - make_interval(days => $2::integer)))) AS worn,
       EXISTS (SELECT FROM move WHERE state <> 'done') AS asked,
       EXISTS (SELECT FROM mine old
                 JOIN mine current ON current.use = old.use AND current.state = 'current'
                WHERE old.state = 'old' AND current.created_at < now() - interval '1 hour'
                  AND NOT EXISTS (SELECT FROM move WHERE ended_at >= current.created_at + interval '1 hour')) AS late;

-- name: reencryption_take
-- Where to go on; nothing if all is done, or another one is at it.
UPDATE reencryption
   SET state = 'running', began_at = coalesce(began_at, now())
 WHERE tenant_id IN (
           SELECT tenant_id FROM reencryption
            WHERE tenant_id = current_setting('app.tenant_id')::uuid AND state <> 'done'
              FOR UPDATE SKIP LOCKED)
RETURNING table_name, after_id, round, stale, unreadable;

-- name: reencryption_tables
-- The tables whose cells can be moved, in order.
SELECT DISTINCT table_name FROM cell_columns() WHERE rewritable ORDER BY table_name;

-- name: reencryption_page
-- args: table text, after uuid, rows integer
-- The cells of the next rows.
SELECT id, column_name, cell FROM cell_page($1::text, $2::uuid, $3::integer);

-- name: reencryption_replace
-- args: table text, ids uuid array, columns text array, old cells bytea array, new cells bytea array
-- Put the new cells in place of the old ones.
SELECT cell_replace($1::text, $2::uuid[], $3::text[], $4::bytea[], $5::bytea[]) AS rows;

-- name: reencryption_advance
-- args: table text, after uuid, stale bigint, unreadable bigint
-- This page is seen.
UPDATE reencryption
   SET table_name = $1::text, after_id = $2::uuid, stale = stale + $3::bigint,
       moved = moved + $3::bigint, unreadable = unreadable + $4::bigint
 WHERE tenant_id = current_setting('app.tenant_id')::uuid;

-- name: reencryption_round
-- The last table is seen: done, if the round found nothing stale, or round
-- again.
UPDATE reencryption
   SET state = CASE stale WHEN 0 THEN 'done' ELSE 'running' END,
       ended_at = CASE stale WHEN 0 THEN now() END,
       round = CASE stale WHEN 0 THEN round ELSE round + 1 END,
       unreadable = CASE stale WHEN 0 THEN unreadable ELSE 0 END,
       table_name = '', after_id = '00000000-0000-0000-0000-000000000000', stale = 0
 WHERE tenant_id = current_setting('app.tenant_id')::uuid
RETURNING state = 'done' AS done, moved, unreadable, round,
          (extract(epoch FROM now() - began_at) * 1000)::bigint AS ms;

-- name: reencryption_drop_keys
-- Keys that no cell is under any more go: an hour after they were replaced,
-- when nobody can have one at hand, and if the last round read every cell.
-- The operation log is never rewritten, so its visitor keys stay.
DELETE FROM tenant_key old
 USING tenant_key current, reencryption move
 WHERE old.tenant_id = current_setting('app.tenant_id')::uuid
   AND current.tenant_id = old.tenant_id AND move.tenant_id = old.tenant_id
   AND old.use IN ('visitor', 'delivery', 'totp') AND old.state = 'old'
   AND current.use = old.use AND current.state = 'current'
   AND current.created_at < now() - interval '1 hour'
   AND move.state = 'done' AND move.unreadable = 0
   AND move.began_at >= current.created_at + interval '1 hour'
   AND (old.use <> 'visitor' OR NOT cell_kept(old.version))
RETURNING old.use, old.version;
