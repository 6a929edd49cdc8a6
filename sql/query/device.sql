-- Reception tablets: pairing, challenge, cookies.

-- name: device_list
-- All devices: the waiting ones first, the revoked ones last.
SELECT d.id, d.office_id, d.name, o.name AS office, d.state, d.address, d.browser, d.camera, d.build,
       coalesce((extract(epoch FROM d.seen_at) * 1000)::bigint, 0) AS seen_at,
       d.state = 'active' AND d.seen_at IS NOT NULL AND d.seen_at > now() - interval '30 seconds' AS online
  FROM device d
  JOIN office o ON o.tenant_id = d.tenant_id AND o.id = d.office_id
 ORDER BY array_position(ARRAY['pending', 'active', 'revoked'], d.state), o.name, d.name, d.id;

-- name: device_show
-- args: id uuid
-- One device.
SELECT d.id, d.office_id, d.name, o.name AS office, d.state, d.address, d.browser, d.camera, d.build,
       coalesce((extract(epoch FROM d.seen_at) * 1000)::bigint, 0) AS seen_at,
       d.state = 'active' AND d.seen_at IS NOT NULL AND d.seen_at > now() - interval '30 seconds' AS online
  FROM device d
  JOIN office o ON o.tenant_id = d.tenant_id AND o.id = d.office_id
 WHERE d.id = $1::uuid;

-- name: device_pairing_add
-- args: id uuid, office uuid, name text, code hash bytea, seconds integer
-- A pairing code; nothing if there is no such office.
INSERT INTO device_pairing (tenant_id, id, office_id, name, code_hash, expires_at)
SELECT o.tenant_id, $1::uuid, o.id, $3::text, $4::bytea, now() + make_interval(secs => $5::integer)
  FROM office o
 WHERE o.id = $2::uuid AND o.state = 'open'
RETURNING (extract(epoch FROM expires_at) * 1000)::bigint AS expires_at;

-- name: device_pairing_purge
-- Codes that are over and were for nothing.
DELETE FROM device_pairing WHERE expires_at < now() - interval '1 day';

-- name: device_pair
-- args: code hash bytea, public key bytea, address text, browser text
-- The code becomes a pending device of the same id, once; the same browser
-- asking again gets the same device.
WITH code AS (
    UPDATE device_pairing
       SET device_id = id
     WHERE code_hash = $1::bytea AND device_id IS NULL AND expires_at > now()
 RETURNING tenant_id, id, office_id, name
), made AS (
    INSERT INTO device (tenant_id, id, office_id, name, state, public_key, address, browser)
    SELECT tenant_id, id, office_id, name, 'pending', $2::bytea, $3::text, $4::text FROM code
 RETURNING id
)
SELECT id, true AS fresh FROM made
 UNION ALL
SELECT d.id, false
  FROM device_pairing p
  JOIN device d ON d.tenant_id = p.tenant_id AND d.id = p.device_id
 WHERE p.code_hash = $1::bytea AND p.expires_at > now() AND d.public_key = $2::bytea AND d.state = 'pending';

-- name: device_approve
-- args: id uuid
-- pending -> active.
UPDATE device
   SET state = 'active', version = version + 1
 WHERE id = $1::uuid AND state = 'pending'
RETURNING id;

-- name: device_revoke
-- args: id uuid
-- pending or active -> revoked; for ever.
UPDATE device
   SET state = 'revoked', version = version + 1
 WHERE id = $1::uuid AND state <> 'revoked'
RETURNING id;

-- name: device_report
-- args: id uuid, camera text, build text
-- Alive.  The version changes only with what the list shows.
UPDATE device
   SET seen_at = now(), camera = $2::text, build = $3::text
 WHERE id = $1::uuid AND state = 'active' AND camera = $2::text AND build = $3::text
RETURNING id;

-- name: device_report_change
-- args: id uuid, camera text, build text
-- Alive, and something is different.
UPDATE device
   SET seen_at = now(), camera = $2::text, build = $3::text, version = version + 1
 WHERE id = $1::uuid AND state = 'active';

-- name: device_challenge_add
-- args: id uuid, device uuid, nonce bytea, seconds integer
-- A nonce to sign; the device's old ones go.
WITH gone AS (
    DELETE FROM device_challenge WHERE device_id = $2::uuid AND expires_at < now()
)
INSERT INTO device_challenge (tenant_id, id, device_id, nonce, expires_at)
VALUES (current_setting('app.tenant_id')::uuid, $1::uuid, $2::uuid, $3::bytea,
        now() + make_interval(secs => $4::integer))
RETURNING (extract(epoch FROM expires_at) * 1000)::bigint AS expires_at;

-- name: device_challenge_take
-- args: id uuid, device uuid
-- The challenge, once, and the key that must have signed it.
WITH taken AS (
    DELETE FROM device_challenge
     WHERE id = $1::uuid AND device_id = $2::uuid
 RETURNING tenant_id, device_id, nonce, expires_at
)
SELECT t.nonce, d.public_key
  FROM taken t
  JOIN device d ON d.tenant_id = t.tenant_id AND d.id = t.device_id
 WHERE t.expires_at > now() AND d.state = 'active';

-- name: device_session_add
-- args: id uuid, device uuid, token hash bytea, seconds integer
-- A cookie.  The device's cookies of yesterday go; younger ones stay, to be
-- known again if somebody shows one.
WITH gone AS (
    DELETE FROM device_session
     WHERE device_id = $2::uuid AND expires_at < now() - interval '1 day'
)
INSERT INTO device_session (tenant_id, id, device_id, token_hash, created_at, expires_at)
SELECT d.tenant_id, $1::uuid, d.id, $3::bytea, clock_timestamp(),
       clock_timestamp() + make_interval(secs => $4::integer)
  FROM device d
 WHERE d.id = $2::uuid AND d.state = 'active'
RETURNING (extract(epoch FROM expires_at) * 1000)::bigint AS expires_at;

-- name: device_session_find
-- args: token hash bytea, age milliseconds bigint
-- Whose cookie it is.  Its first use replaces the cookies before it; whoever
-- shows a replaced one in a request that arrived later has copied it.  With a
-- negative age it is read and not used.
WITH found AS (
    SELECT s.tenant_id, s.id, s.device_id, s.created_at, s.expires_at, s.replaced_at, d.office_id,
           d.state, tenant_state_now(t) AS tenant_state,
           CASE WHEN t.stops_at > now() THEN t.stops_at END AS stops_at
      FROM device_session s
      JOIN device d ON d.tenant_id = s.tenant_id AND d.id = s.device_id
      JOIN tenant t ON t.tenant_id = s.tenant_id
     WHERE s.token_hash = $1::bytea
), replaced AS (
    UPDATE device_session o
       SET replaced_at = clock_timestamp()
      FROM found f
     WHERE o.tenant_id = f.tenant_id AND o.device_id = f.device_id AND o.replaced_at IS NULL
       AND (o.created_at, o.id) < (f.created_at, f.id) AND $2::bigint >= 0
       AND f.replaced_at IS NULL AND f.expires_at > now() AND f.state = 'active'
)
SELECT id, device_id, office_id, (extract(epoch FROM least(expires_at, stops_at)) * 1000)::bigint AS expires_at,
       CASE WHEN tenant_state = 'suspended' THEN 'suspended'
            WHEN tenant_state <> 'active' THEN 'tenant_ended'
            WHEN state <> 'active' THEN 'revoked'
            WHEN replaced_at IS NOT NULL
             AND clock_timestamp() - $2::bigint * interval '1 millisecond' > replaced_at THEN 'reused'
            WHEN replaced_at IS NOT NULL OR expires_at <= now() THEN 'none'
            ELSE 'valid' END AS verdict,
       coalesce((SELECT n.devices FROM network_rule n WHERE n.tenant_id = found.tenant_id), '') AS networks
  FROM found;
