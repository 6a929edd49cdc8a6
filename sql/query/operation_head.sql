-- Heads of the chain, authenticated by the key service.  Courier sees those of
-- all tenants, so what is one tenant's says so.

-- name: operation_head_add
-- args: position bigint, id uuid, seq bigint, hash text, at milliseconds, finding text, seal bytea, before uuid
-- A head; nothing if another courier was quicker.
INSERT INTO operation_head (tenant_id, position, id, seq, hash, at, finding, seal, before)
VALUES (current_setting('app.tenant_id')::uuid, $1::bigint, $2::uuid, $3::bigint, decode($4::text, 'hex'),
        to_timestamp($5::bigint / 1000.0), $6::text, $7::bytea, $8::uuid)
    ON CONFLICT DO NOTHING;

-- name: operation_head_list
-- args: least bigint
-- The tenant's heads from that position on.
SELECT id, position, seq, encode(hash, 'hex') AS hash, (extract(epoch FROM at) * 1000)::bigint AS at, finding, seal, before
  FROM operation_head
 WHERE tenant_id = current_setting('app.tenant_id')::uuid AND position >= $1::bigint
 ORDER BY position;

-- name: operation_head_last
-- args:
-- The tenant's last head.
SELECT id, position, seq, encode(hash, 'hex') AS hash, (extract(epoch FROM at) * 1000)::bigint AS at, finding, seal, before
  FROM operation_head
 WHERE tenant_id = current_setting('app.tenant_id')::uuid
 ORDER BY position DESC
 LIMIT 1;

-- name: operation_head_mail
-- args:
-- The heads to be mailed now; whoever asks again gets none of them.
WITH due AS (
    UPDATE operation_head SET mailed_at = now()
     WHERE mailed_at IS NULL
       AND position IN (SELECT position FROM operation_head
                         WHERE mailed_at IS NULL ORDER BY position LIMIT 48)
 RETURNING id, position, seq, hash, at, finding, seal, before
)
SELECT id, position, seq, encode(hash, 'hex') AS hash, (extract(epoch FROM at) * 1000)::bigint AS at, finding, seal, before
  FROM due
 ORDER BY position;
