-- Offices: places, time zones, hours.

-- name: office_list
-- All offices by name, the closed ones last.
SELECT id, version, name, address, guidance, map_url, phone, time_zone, early_minutes, state,
       to_char(opens_at, 'HH24:MI') AS opens_at, to_char(closes_at, 'HH24:MI') AS closes_at,
       state = 'open' AND (now() AT TIME ZONE time_zone)::time >= opens_at
           AND (now() AT TIME ZONE time_zone)::time < closes_at AS open_now,
       (extract(epoch FROM (now() AT TIME ZONE time_zone) - (now() AT TIME ZONE 'UTC')) / 60)::integer
           AS offset_minutes
  FROM office
 ORDER BY state DESC, name, id;

-- name: office_show
-- args: id uuid
-- One office.
SELECT id, version, name, address, guidance, map_url, phone, time_zone, early_minutes, state,
       to_char(opens_at, 'HH24:MI') AS opens_at, to_char(closes_at, 'HH24:MI') AS closes_at,
       state = 'open' AND (now() AT TIME ZONE time_zone)::time >= opens_at
           AND (now() AT TIME ZONE time_zone)::time < closes_at AS open_now,
       (extract(epoch FROM (now() AT TIME ZONE time_zone) - (now() AT TIME ZONE 'UTC')) / 60)::integer
           AS offset_minutes
  FROM office
 WHERE id = $1::uuid;

-- name: office_time_zone
-- args: name text
-- Does PostgreSQL know the time zone under exactly that name?
SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = $1::text) AS known;

-- name: office_add
-- args: id uuid, name text, address text, guidance text, map url text, phone text, time zone text, opens time, closes time, early integer, state text
-- A new office.
INSERT INTO office (tenant_id, id, name, address, guidance, map_url, phone, time_zone, opens_at, closes_at,
                    early_minutes, state)
VALUES (current_setting('app.tenant_id')::uuid, $1::uuid, $2::text, $3::text, $4::text, $5::text, $6::text,
        $7::text, $8::time, $9::time, $10::integer, $11::text);

-- name: office_update
-- args: id uuid, name text, address text, guidance text, map url text, phone text, time zone text, opens time, closes time, early integer, state text, version integer
-- Replace what is said of an office, if it is still the version that was read.
UPDATE office
   SET name = $2::text, address = $3::text, guidance = $4::text, map_url = $5::text, phone = $6::text,
       time_zone = $7::text, opens_at = $8::time, closes_at = $9::time, early_minutes = $10::integer,
       state = $11::text, version = version + 1
 WHERE id = $1::uuid AND version = $12::integer
RETURNING version;
