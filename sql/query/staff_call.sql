-- "Please call the staff", from a tablet's screen.

-- name: staff_call_add
-- args: id uuid, office uuid, device uuid, visit uuid
-- Somebody at a tablet wants to be helped.
WITH made AS (
    INSERT INTO staff_call (tenant_id, id, office_id, device_id, visit_id)
    VALUES (current_setting('app.tenant_id')::uuid, $1::uuid, $2::uuid, $3::uuid,
            $4::uuid)
 RETURNING called_at
)
SELECT o.id, o.name AS office, o.address, o.guidance, o.map_url, o.phone, o.time_zone,
       d.name AS device, (extract(epoch FROM made.called_at) * 1000)::bigint AS called_at,
       (extract(epoch FROM (now() AT TIME ZONE o.time_zone)
                         - (now() AT TIME ZONE 'UTC')) / 60)::int AS zone_offset
  FROM made
  JOIN office o ON o.id = $2::uuid
  JOIN device d ON d.id = $3::uuid;

-- name: staff_call_list
-- args: office uuid, member uuid
-- Calls of today that nobody has answered, of one office or of those that the
-- member serves at (who has none noted serves at all).
SELECT c.id, c.office_id, c.visit_id, d.name AS device,
       (extract(epoch FROM c.called_at) * 1000)::bigint AS called_at,
       (extract(epoch FROM (c.called_at AT TIME ZONE o.time_zone)
                         - (c.called_at AT TIME ZONE 'UTC')) / 60)::int AS zone_offset
  FROM staff_call c
  JOIN office o ON o.id = c.office_id
  JOIN device d ON d.id = c.device_id
 WHERE c.answered_at IS NULL
   AND ($1::uuid IS NULL OR c.office_id = $1::uuid)
   AND c.called_at >= (now() AT TIME ZONE o.time_zone)::date::timestamp AT TIME ZONE o.time_zone
   AND ($2::uuid IS NULL
        OR c.office_id IN (SELECT office_id FROM member_office WHERE member_id = $2::uuid)
        OR NOT EXISTS (SELECT FROM member_office WHERE member_id = $2::uuid))
 ORDER BY c.called_at, c.id;

-- name: staff_call_answer
-- args: id uuid, by uuid, member uuid
-- Somebody goes; a call that is answered already stays as it is.
UPDATE staff_call c
   SET answered_at = coalesce(c.answered_at, now()),
       answered_by = coalesce(c.answered_by, $2::uuid)
 WHERE c.id = $1::uuid
   AND ($3::uuid IS NULL
        OR c.office_id IN (SELECT office_id FROM member_office WHERE member_id = $3::uuid)
        OR NOT EXISTS (SELECT FROM member_office WHERE member_id = $3::uuid))
RETURNING c.office_id;
