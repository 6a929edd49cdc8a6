-- Chats and webhooks.

-- name: channel_list
-- All of them, by name.
SELECT id, version, kind, name, office_id, show_names, state, config_cell
  FROM channel
 WHERE tenant_id = current_setting('app.tenant_id')::uuid
 ORDER BY name, id;

-- name: channel_show
-- args: id uuid
-- One of them.
SELECT id, version, kind, name, office_id, show_names, state, config_cell
  FROM channel
 WHERE tenant_id = current_setting('app.tenant_id')::uuid AND id = $1::uuid;

-- name: channel_sms
-- The gateway through which codes go by SMS, the oldest that is on.
SELECT id, config_cell
  FROM channel
 WHERE tenant_id = current_setting('app.tenant_id')::uuid
   AND kind = 'sms' AND state IN ('on', 'failing')
 ORDER BY id
 LIMIT 1;

-- name: channel_add
-- args: id uuid, kind text, name text, office uuid, config bytea, show_names boolean
-- A new one.
INSERT INTO channel (tenant_id, id, kind, name, office_id, config_cell, show_names)
VALUES (current_setting('app.tenant_id')::uuid, $1::uuid, $2::text, $3::text, $4::uuid, $5::bytea, $6::boolean);

-- name: channel_update
-- args: id uuid, version integer, name text, config bytea, show_names boolean, state text
-- Change what is given, if nobody else did meanwhile; NULL leaves as it was.
-- Switching on forgets its failures.
UPDATE channel
   SET name = coalesce($3::text, name),
       config_cell = coalesce($4::bytea, config_cell),
       show_names = coalesce($5::boolean, show_names),
       state = coalesce($6::text, state),
       failing_since = CASE WHEN $6::text IS NULL THEN failing_since END,
       version = version + 1
 WHERE tenant_id = current_setting('app.tenant_id')::uuid
   AND id = $1::uuid AND version = $2::integer
RETURNING id;

-- name: channel_worked
-- args: id uuid
-- A delivery got through.
UPDATE channel
   SET state = 'on', failing_since = NULL, version = version + 1
 WHERE tenant_id = current_setting('app.tenant_id')::uuid
   AND id = $1::uuid AND state = 'failing';

-- name: channel_failed
-- args: id uuid
-- A delivery did not; a channel that has failed for five days is switched off.
UPDATE channel
   SET state = CASE WHEN failing_since < now() - interval '5 days' THEN 'off' ELSE 'failing' END,
       failing_since = coalesce(failing_since, now()), version = version + 1
 WHERE tenant_id = current_setting('app.tenant_id')::uuid
   AND id = $1::uuid
   AND (state = 'on' OR (state = 'failing' AND failing_since < now() - interval '5 days'))
RETURNING state;

-- name: channel_gone
-- args: id uuid
-- The receiver says that it is gone for ever (410).
UPDATE channel
   SET state = 'off', failing_since = coalesce(failing_since, now()), version = version + 1
 WHERE tenant_id = current_setting('app.tenant_id')::uuid
   AND id = $1::uuid AND state <> 'off'
RETURNING id;
