-- Keys by which other systems use the API.

-- name: api_key_add
-- args: id uuid, name text, scopes text, token hash bytea, created by uuid, days integer
-- A new key.
INSERT INTO api_key (tenant_id, id, name, scopes, token_hash, created_by, expires_at)
VALUES (current_setting('app.tenant_id')::uuid, $1::uuid, $2::text, $3::text, $4::bytea, $5::uuid,
        now() + make_interval(days => $6::integer));

-- name: api_key_list
-- args: id uuid
-- The latest keys, or one, and who made them; never what they are.
SELECT k.id, k.name, k.scopes,
       CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked' WHEN k.expires_at <= now() THEN 'expired' ELSE 'active' END AS state,
       (extract(epoch FROM k.created_at) * 1000)::bigint AS created_at,
       (extract(epoch FROM k.expires_at) * 1000)::bigint AS expires_at,
       coalesce((extract(epoch FROM k.used_at) * 1000)::bigint, 0) AS used_at,
       m.id AS maker, m.name_cell, m.state AS maker_state
  FROM api_key k
  JOIN member m ON m.id = k.created_by
 WHERE $1::uuid IS NULL OR k.id = $1::uuid
 ORDER BY k.created_at DESC, k.id DESC
 LIMIT 200;

-- name: api_key_revoke
-- args: id uuid
-- It is refused from its next request on; nothing if it is already.
UPDATE api_key SET revoked_at = now() WHERE id = $1::uuid AND revoked_at IS NULL RETURNING id;

-- name: api_key_find
-- args: token hash bytea
-- Which key it is.  Its use is noted once a minute, without waiting for another
-- request of the same key.
WITH touched AS (
    UPDATE api_key
       SET used_at = now()
     WHERE (tenant_id, id) IN (
               SELECT tenant_id, id
                 FROM api_key
                WHERE token_hash = $1::bytea
                  AND (used_at IS NULL OR used_at < now() - interval '1 minute')
                  FOR UPDATE SKIP LOCKED)
)
SELECT k.id, k.scopes, tenant_state_now(t) AS tenant_state,
       coalesce((SELECT n.api_keys FROM network_rule n WHERE n.tenant_id = k.tenant_id), '') AS networks
  FROM api_key k
  JOIN tenant t ON t.tenant_id = k.tenant_id
 WHERE k.token_hash = $1::bytea AND k.revoked_at IS NULL AND k.expires_at > now();
