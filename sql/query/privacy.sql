-- The visitor's privacy page; what it changes is in guest.sql and person.sql.

-- name: privacy_latest
-- args: guest uuid
-- The latest code mailed about this guest: a form made before it is stale.
SELECT id FROM privacy_code WHERE guest_id = $1::uuid ORDER BY created_at DESC, id DESC LIMIT 1;

-- name: privacy_code_add
-- args: id uuid, guest uuid, code hash bytea, minutes integer
-- A fresh code; the ones before it are void.
WITH before AS (
    DELETE FROM privacy_code WHERE guest_id = $2::uuid AND grant_hash IS NULL
)
INSERT INTO privacy_code (tenant_id, id, guest_id, code_hash, expires_at)
VALUES (current_setting('app.tenant_id')::uuid, $1::uuid, $2::uuid, $3::bytea,
        now() + $4::integer * interval '1 minute');

-- name: privacy_code_take
-- args: guest uuid, code hash bytea, grant hash bytea, minutes integer
-- The code is used, once, and what it was exchanged for lives a while.
UPDATE privacy_code
   SET grant_hash = $3::bytea, expires_at = now() + $4::integer * interval '1 minute'
 WHERE guest_id = $1::uuid AND code_hash = $2::bytea AND grant_hash IS NULL
   AND expires_at > now()
RETURNING id;

-- name: privacy_grant
-- args: guest uuid, grant hash bytea
-- Was that given out for this guest, and does it live yet?
SELECT EXISTS (SELECT FROM privacy_code
                WHERE guest_id = $1::uuid AND grant_hash = $2::bytea
                  AND expires_at > now()) AS given;

-- name: privacy_channels
-- Are there chats or webhooks that are told visitors' names?
SELECT EXISTS (SELECT FROM channel
                WHERE tenant_id = current_setting('app.tenant_id')::uuid
                  AND state <> 'off' AND show_names) AS named;

-- name: privacy_touch
-- args: guest uuid
-- Lists that show the guest's visits hear of the new name.
UPDATE visit SET version = version + 1 WHERE guest_id = $1::uuid;

-- name: privacy_touch_appointment
-- args: appointment uuid
-- Who has read the appointment reads it again before they write it.
UPDATE appointment SET version = version + 1 WHERE id = $1::uuid;
