-- What the operator does with tenants; runs as role genkan_operator, which
-- sees no table with a person in it.

-- name: contract_add
-- args: display name text, language text, kms key text
-- A new tenant, whose id is the scope's.
INSERT INTO tenant (tenant_id, display_name, language, kms_key_id)
VALUES (current_setting('app.tenant_id')::uuid, $1::text, $2::text, $3::text);

-- name: contract_name_add
-- args: name text, tag text
-- Its public short name and tag; nothing if either is taken.
INSERT INTO tenant_name (name, tag, tenant_id)
VALUES ($1::text, $2::text, current_setting('app.tenant_id')::uuid)
ON CONFLICT DO NOTHING
RETURNING tag;

-- name: contract_activation_add
-- args: token hash bytea, days integer
-- The single-use token by which the first administrator comes in.
INSERT INTO activation (tenant_id, token_hash, role, expires_at)
VALUES (current_setting('app.tenant_id')::uuid, $1::bytea, 'system_admin',
        now() + make_interval(days => $2::integer))
RETURNING (extract(epoch FROM expires_at) * 1000)::bigint AS expires_at;

-- name: contract_activation_again
-- args: token hash bytea, days integer
-- The same once more, in place of those before; nothing once somebody has come
-- in, or while the tenant is not active.
WITH free AS MATERIALIZED (
    SELECT t.tenant_id
      FROM tenant t
     WHERE t.tenant_id = current_setting('app.tenant_id')::uuid AND tenant_state_now(t) = 'active'
       AND NOT EXISTS (SELECT FROM activation WHERE used_at IS NOT NULL)
), before AS (
    UPDATE activation a
       SET expires_at = now()
      FROM free
     WHERE a.tenant_id = free.tenant_id AND a.expires_at > now()
)
INSERT INTO activation (tenant_id, token_hash, role, expires_at)
SELECT tenant_id, $1::bytea, 'system_admin', now() + make_interval(days => $2::integer)
  FROM free
RETURNING (extract(epoch FROM expires_at) * 1000)::bigint AS expires_at;

-- name: contract_list
-- All tenants' names; what else is to be said of each needs its scope.
SELECT tenant_id, name FROM tenant_name ORDER BY name;

-- name: contract_move
-- args: from text, to text
-- One arrow of the tenant's state; nothing if it is in another.
UPDATE tenant
   SET state = $2::text
 WHERE tenant_id = current_setting('app.tenant_id')::uuid AND state = $1::text
RETURNING tenant_id;

-- name: contract_networks_clear
-- The tenant may be used from everywhere again; nothing if it has no rule.
UPDATE network_rule
   SET admin = '', devices = '', api_keys = '', version = version + 1
 WHERE tenant_id = current_setting('app.tenant_id')::uuid
RETURNING version;

-- name: contract_key
-- args: kms key text
-- The key in the key service that the tenant's data keys are wrapped by.
UPDATE tenant
   SET kms_key_id = $1::text
 WHERE tenant_id = current_setting('app.tenant_id')::uuid AND kms_key_id <> $1::text;

-- name: contract_plan
-- args: plan text, members integer, offices integer, devices integer, appointments integer
-- What was agreed; a limit that is NULL is none.
INSERT INTO contract (tenant_id, plan, members_max, offices_max, devices_max, appointments_max)
VALUES (current_setting('app.tenant_id')::uuid, $1::text, $2::integer, $3::integer, $4::integer, $5::integer)
    ON CONFLICT (tenant_id) DO UPDATE
   SET plan = EXCLUDED.plan, members_max = EXCLUDED.members_max, offices_max = EXCLUDED.offices_max,
       devices_max = EXCLUDED.devices_max, appointments_max = EXCLUDED.appointments_max
RETURNING tenant_id;

-- name: contract_show
-- What the tenant of the scope has agreed to, and how much of it is used.
SELECT coalesce(c.plan, '') AS plan, c.members_max, c.offices_max, c.devices_max, c.appointments_max,
       contract_used('member', NULL) AS members, contract_used('office', NULL) AS offices,
       contract_used('device', NULL) AS devices, contract_used('appointment', now()) AS appointments
  FROM tenant t
  LEFT JOIN contract c ON c.tenant_id = t.tenant_id
 WHERE t.tenant_id = current_setting('app.tenant_id')::uuid;

-- name: contract_limits
-- The plan alone, for the operator, who cannot count people.
SELECT plan, members_max, offices_max, devices_max, appointments_max
  FROM contract
 WHERE tenant_id = current_setting('app.tenant_id')::uuid;

-- name: contract_end
-- args: day timestamp, time zone text, days for export integer
-- Use stops when that day begins; no day takes that back.  Nothing once the
-- data is going.
UPDATE tenant
   SET stops_at = $1::timestamp AT TIME ZONE $2::text,
       data_until = ($1::timestamp AT TIME ZONE $2::text) + make_interval(days => $3::integer),
       time_zone = coalesce($2::text, time_zone)
 WHERE tenant_id = current_setting('app.tenant_id')::uuid AND state <> 'ended'
   AND ($1::timestamp IS NOT NULL OR stops_at IS NOT NULL)
RETURNING tenant_id;

-- name: contract_day_good
-- args: day date, time zone text
-- Is there that time zone, and is the day not over in it?
SELECT CASE WHEN EXISTS (SELECT FROM pg_timezone_names WHERE name = $2::text)
            THEN $1::date >= (now() AT TIME ZONE $2::text)::date ELSE false END AS good;

-- name: contract_expire
-- The time for export is over: from here on the data goes, and nothing brings
-- it back.
UPDATE tenant
   SET state = 'ended'
 WHERE tenant_id = current_setting('app.tenant_id')::uuid
   AND state <> 'ended' AND data_until <= now()
RETURNING tenant_id;

-- name: contract_keys_note
-- args: key text
-- Which keys of the key service wrap its data keys, or have (the one of its
-- own, wherever it has been moved to since); noted before those go.
INSERT INTO contract AS c (tenant_id, keys)
SELECT t.tenant_id, ARRAY(SELECT k.kms_key_id FROM tenant_key k WHERE k.tenant_id = t.tenant_id
                          UNION SELECT t.kms_key_id
                          UNION SELECT $1::text WHERE $1::text IS NOT NULL ORDER BY 1)
  FROM tenant t
 WHERE t.tenant_id = current_setting('app.tenant_id')::uuid
    ON CONFLICT (tenant_id) DO UPDATE SET keys = EXCLUDED.keys WHERE c.keys = '{}';

-- name: contract_has_key
-- args: key text
-- Does the tenant of the scope still need that key?
SELECT t.state <> 'ended'
       AND (t.kms_key_id = $1::text
            OR EXISTS (SELECT FROM tenant_key k WHERE k.tenant_id = t.tenant_id AND k.kms_key_id = $1::text)) AS needed
  FROM tenant t
 WHERE t.tenant_id = current_setting('app.tenant_id')::uuid;

-- name: contract_destruction
-- How far the destruction of its data has come, and when its certificate is
-- due: from then on no copy of the key ring (kept 30 days), and no backup of a
-- tenant whose key others share, is as old as that.
SELECT array_to_string(keys, ' ') AS keys, keys_shared,
       array_to_string(coalesce(keys_own, CASE WHEN NOT keys_shared THEN keys END), ' ') AS keys_own, rows_gone::text AS rows_gone,
       coalesce((extract(epoch FROM keys_until) * 1000)::bigint, 0) AS keys_until,
       coalesce((extract(epoch FROM keys_gone_at) * 1000)::bigint, 0) AS keys_gone_at,
       coalesce((extract(epoch FROM rows_gone_at) * 1000)::bigint, 0) AS rows_gone_at,
       CASE WHEN keys_gone_at IS NULL OR rows_gone_at IS NULL THEN 0
            ELSE (extract(epoch FROM greatest(keys_gone_at, rows_gone_at) + interval '31 days') * 1000)::bigint
        END AS due_at,
       certificate, signature
  FROM contract
 WHERE tenant_id = current_setting('app.tenant_id')::uuid;

-- name: contract_keys_leave
-- args: until bigint, shared boolean, own text
-- The key service has been told to destroy those keys, separated by spaces, the
-- last at that time (in milliseconds); if there are none, because others have
-- them all too, they count as gone.
UPDATE contract
   SET keys_until = to_timestamp($1::bigint / 1000.0), keys_shared = $2::boolean,
       keys_own = string_to_array($3::text, ' '),
       keys_gone_at = CASE WHEN $3::text = '' THEN now() END
 WHERE tenant_id = current_setting('app.tenant_id')::uuid AND keys_until IS NULL;

-- name: contract_keys_gone
-- The key service knows none of those that were its own any more.
UPDATE contract
   SET keys_gone_at = now()
 WHERE tenant_id = current_setting('app.tenant_id')::uuid AND keys_gone_at IS NULL;

-- name: contract_rows_go
-- args: limit integer
-- Delete so many rows of one table; nothing when nothing is left.
SELECT what, gone FROM contract_destroy($1::integer);

-- name: contract_rows_gone
-- Nothing of the tenant's data is left.
UPDATE contract
   SET rows_gone_at = now()
 WHERE tenant_id = current_setting('app.tenant_id')::uuid AND rows_gone_at IS NULL;

-- name: contract_certify
-- args: certificate text, signature bytea
-- Issued once; the first stays.
UPDATE contract
   SET certificate = $1::text, signature = $2::bytea
 WHERE tenant_id = current_setting('app.tenant_id')::uuid AND certificate IS NULL;

-- name: contract_page
-- args: after text, search text, state text, limit integer
-- Tenants by their short name, after one, whose name or display name has the
-- search in it; what is NULL does not matter.
SELECT t.tenant_id, n.name, n.tag, t.display_name, t.language, tenant_state_now(t) AS state, t.kms_key_id,
       t.time_zone, (extract(epoch FROM t.created_at) * 1000)::bigint AS created_at,
       coalesce((extract(epoch FROM t.stops_at) * 1000)::bigint, 0) AS stops_at,
       coalesce(extract(epoch FROM (t.stops_at AT TIME ZONE t.time_zone) - (t.stops_at AT TIME ZONE 'UTC')) / 60, 0)::bigint AS stops_offset,
       coalesce((extract(epoch FROM t.data_until) * 1000)::bigint, 0) AS data_until,
       coalesce(c.plan, '') AS plan, c.members_max, c.offices_max, c.devices_max, c.appointments_max
  FROM tenant_name n
  JOIN tenant t ON t.tenant_id = n.tenant_id
  LEFT JOIN contract c ON c.tenant_id = n.tenant_id
 WHERE ($1::text IS NULL OR n.name > $1::text)
   AND ($2::text IS NULL OR strpos(n.name, lower($2::text)) > 0 OR strpos(lower(t.display_name), lower($2::text)) > 0)
   AND ($3::text IS NULL OR tenant_state_now(t) = $3::text)
 ORDER BY n.name
 LIMIT $4::integer;

-- name: contract_name
-- The short name of the scope's tenant; nothing if there is none.
SELECT name FROM tenant_name WHERE tenant_id = current_setting('app.tenant_id')::uuid;

-- name: contract_post
-- args: id uuid, payload bytea, life integer
-- A mail to the first administrator of the scope's tenant.
SELECT operator_post($1::uuid, $2::bytea, $3::integer) AS posted;
