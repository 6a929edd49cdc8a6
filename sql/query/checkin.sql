-- The moment at the tablet.

-- name: checkin_decide
-- args: pass_hash bytea, code_hash bytea, guest uuid, office uuid, key text, visit uuid, device uuid, member uuid, via text, undo_hash bytea, reach uuid, offices bool
-- One showing of a pass, a code or (by a member) a row of the list becomes a
-- visit, or nothing changes and the verdict says why; one row per host.
--
-- Safe against two tablets: the guest's row is locked, and the index visit_open
-- admits one open visit.  Who loses that race made nothing and sees neither
-- verdict nor visit (welcome, but nothing entered or seen): ask again, in the
-- same transaction, to be told already_in.  A retry with the same key finds
-- its own visit and is answered as before, for ten minutes: after that it is
-- none, but somebody else, or the same guest on another day.  A member may check
-- in early on the day itself, and somebody who has left already.
WITH shown AS MATERIALIZED (
    SELECT coalesce(
        (SELECT id FROM guest WHERE pass_hash = $1::bytea),
        (SELECT c.guest_id
           FROM guest_code c
           JOIN office o ON o.id = c.office_id
          WHERE c.office_id = $4::uuid AND c.code_hash = $2::bytea
            AND c.day = (now() AT TIME ZONE o.time_zone)::date),
        $3::uuid) AS id
), found AS (
    SELECT g.id AS guest_id, g.state AS guest_state, g.name_cell, g.kana_cell,
           g.company_cell, g.companions, a.id AS appointment_id, a.kind,
           a.state AS appointment_state, a.title_cell, a.room_cell, a.ends_at,
           a.office_id, o.name AS office, o.address, o.guidance, o.map_url,
           o.phone, o.time_zone,
           (now() AT TIME ZONE o.time_zone)::date AS today,
           a.starts_at - o.early_minutes * interval '1 minute' AS opens,
           (a.starts_at AT TIME ZONE o.time_zone)::date AS first_day,
           (((a.ends_at - interval '1 microsecond') AT TIME ZONE o.time_zone)::date + 1)
               ::timestamp AT TIME ZONE o.time_zone AS closes
      FROM shown s
      JOIN guest g ON g.id = s.id
      JOIN appointment a ON a.id = g.appointment_id
      JOIN office o ON o.id = a.office_id
     WHERE $11::uuid IS NULL
        OR a.created_by = $11::uuid
        OR EXISTS (SELECT FROM appointment_host h
                    WHERE h.appointment_id = a.id AND h.member_id = $11::uuid)
        OR ($12::boolean
            AND (a.office_id IN (SELECT office_id FROM member_office
                                  WHERE member_id = $11::uuid)
                 OR NOT EXISTS (SELECT FROM member_office
                                 WHERE member_id = $11::uuid)))
       FOR NO KEY UPDATE OF g
), seen AS (
    SELECT id, guest_id, device_id, arrived_at, late, people
      FROM visit
     WHERE checkin_key = $5::text
), verdict AS (
    SELECT f.*, s.id AS seen_id, s.arrived_at AS seen_at, s.late AS seen_late,
           s.people AS seen_people, b.inside, b.inside_since, b.left_at,
           CASE WHEN s.guest_id <> f.guest_id
                  OR s.device_id IS DISTINCT FROM $7::uuid AND s.id IS NOT NULL
                  OR s.arrived_at < now() - interval '10 minutes'
                                                       THEN 'key_reused'
                WHEN s.id IS NOT NULL                  THEN 'welcome'
                WHEN f.office_id <> $4::uuid           THEN 'other_office'
                WHEN f.appointment_state = 'cancelled'
                  OR f.guest_state = 'removed'         THEN 'cancelled'
                WHEN now() < f.opens
                 AND ($8::uuid IS NULL OR f.today < f.first_day)
                                                       THEN 'too_early'
                WHEN now() >= f.closes                 THEN 'too_late'
                WHEN f.kind = 'single' AND b.left_at IS NOT NULL
                 AND $8::uuid IS NULL                  THEN 'too_late'
                WHEN b.inside IS NOT NULL              THEN 'already_in'
                ELSE 'welcome' END AS verdict
      FROM found f
      LEFT JOIN seen s ON true
     CROSS JOIN LATERAL (
        SELECT max(v.left_at) AS left_at,
               min(v.id::text) FILTER (WHERE v.state IN ('arrived', 'met')) AS inside,
               max(v.arrived_at) FILTER (WHERE v.state IN ('arrived', 'met')) AS inside_since
          FROM visit v
         WHERE v.guest_id = f.guest_id) b
), entered AS (
    INSERT INTO visit (tenant_id, id, guest_id, appointment_id, office_id,
                       device_id, member_id, via, checkin_key, undo_hash, people,
                       late, day)
    SELECT current_setting('app.tenant_id')::uuid, $6::uuid, guest_id,
           appointment_id, office_id, $7::uuid, $8::uuid, $9::text, $5::text,
           $10::bytea, companions + 1, now() > ends_at, today
      FROM verdict
     WHERE verdict = 'welcome' AND seen_id IS NULL
        ON CONFLICT DO NOTHING
 RETURNING id, arrived_at, late, people
)
SELECT v.verdict, v.guest_id, v.name_cell, v.kana_cell, v.company_cell,
       v.appointment_id, v.title_cell, v.room_cell, v.office_id, v.office,
       v.address, v.guidance, v.map_url, v.phone, v.time_zone,
       e.id IS NOT NULL AS entered,
       coalesce(e.id, v.seen_id, v.inside::uuid) AS visit_id,
       (extract(epoch FROM coalesce(e.arrived_at, v.seen_at, v.inside_since)) * 1000)::bigint AS arrived_at,
       coalesce(e.late, v.seen_late, false) AS late,
       coalesce(e.people, v.seen_people, v.companions + 1) AS people,
       (extract(epoch FROM v.opens) * 1000)::bigint AS opens,
       (extract(epoch FROM least(v.ends_at, v.left_at)) * 1000)::bigint AS until,
       (extract(epoch FROM (now() AT TIME ZONE v.time_zone)
                         - (now() AT TIME ZONE 'UTC')) / 60)::int AS zone_offset,
       h.member_id AS host_id, m.name_cell AS host_name, m.email_cell AS host_email,
       m.language AS host_language
  FROM verdict v
  LEFT JOIN entered e ON true
  LEFT JOIN appointment_host h ON h.appointment_id = v.appointment_id
  LEFT JOIN member m ON m.id = h.member_id
 ORDER BY h.position;

-- name: checkin_walk_in
-- args: visit uuid, guest uuid, office uuid, device uuid, member uuid, key text, undo_hash bytea, people int, host uuid, department uuid
-- A guest without appointment is in.
WITH entered AS (
    INSERT INTO visit (tenant_id, id, guest_id, office_id, device_id, member_id,
                       via, checkin_key, undo_hash, people, day)
    SELECT current_setting('app.tenant_id')::uuid, $1::uuid, $2::uuid, o.id,
           $4::uuid, $5::uuid, 'walk_in', $6::text, $7::bytea, $8::smallint,
           (now() AT TIME ZONE o.time_zone)::date
      FROM office o
     WHERE o.id = $3::uuid
 RETURNING id
), met AS (
    INSERT INTO visit_host (tenant_id, visit_id, member_id, department_id)
    SELECT current_setting('app.tenant_id')::uuid, id, $9::uuid, $10::uuid
      FROM entered
     WHERE num_nonnulls($9::uuid, $10::uuid) = 1
)
SELECT id FROM entered;

-- name: checkin_host
-- args: host uuid, department uuid
-- Whom a walk-in came to see: is there such an active member or department?
SELECT 1 FROM member WHERE id = $1::uuid AND state = 'active'
 UNION ALL
SELECT 1 FROM department WHERE id = $2::uuid AND removed_at IS NULL;

-- name: checkin_day
-- args: office uuid
-- What day it is at the office.
SELECT (now() AT TIME ZONE time_zone)::date::text AS day
  FROM office
 WHERE id = $1::uuid;

-- name: checkin_seen
-- args: key text, device uuid, member uuid
-- The visit that this key has made already, from this device or member.
SELECT v.id
  FROM visit v
 WHERE v.checkin_key = $1::text AND v.device_id IS NOT DISTINCT FROM $2::uuid
   AND v.member_id IS NOT DISTINCT FROM $3::uuid;

-- name: checkin_undo
-- args: visit uuid, device uuid, undo_hash bytea, milliseconds int, most int
-- arrived -> undone: by the device that made it and knows its secret, soon,
-- before the host has met the guest, so often per guest and day.
UPDATE visit v
   SET state = 'undone', undone_at = now(), version = version + 1
 WHERE id = $1::uuid AND device_id = $2::uuid AND undo_hash = $3::bytea
   AND state = 'arrived'
   AND arrived_at > now() - $4::int * interval '1 millisecond'
   AND (SELECT count(*) FROM visit u
         WHERE u.guest_id = v.guest_id AND u.day = v.day
           AND u.state = 'undone') < $5::int
RETURNING id;

-- name: checkin_state
-- args: visit uuid, device uuid
-- How far the visit is that this device made today.
SELECT v.state, v.version
  FROM visit v
  JOIN office o ON o.id = v.office_id
 WHERE v.id = $1::uuid AND v.device_id = $2::uuid
   AND v.day = (now() AT TIME ZONE o.time_zone)::date;

-- name: checkin_depart
-- args: pass_hash bytea, code_hash bytea, visit uuid, office uuid
-- arrived or met -> left, at the tablet: whoever is inside this office with
-- that pass, code or visit.  No row: nothing is known under it; a row without
-- an id: known, but not inside here.
WITH shown AS (
    SELECT id AS guest_id, NULL::uuid AS visit_id
      FROM guest
     WHERE pass_hash = $1::bytea
     UNION ALL
    SELECT c.guest_id, NULL::uuid
      FROM guest_code c
      JOIN office o ON o.id = c.office_id
     WHERE c.office_id = $4::uuid AND c.code_hash = $2::bytea
       AND c.day = (now() AT TIME ZONE o.time_zone)::date
     UNION ALL
    SELECT guest_id, id FROM visit WHERE id = $3::uuid
), gone AS (
    UPDATE visit v
       SET state = 'left', left_at = now(), left_by = 'tablet', version = version + 1
      FROM shown s
     WHERE v.guest_id = s.guest_id AND (s.visit_id IS NULL OR v.id = s.visit_id)
       AND v.office_id = $4::uuid AND v.state IN ('arrived', 'met')
 RETURNING v.id, v.left_at, v.office_id
)
SELECT g.id, (extract(epoch FROM g.left_at) * 1000)::bigint AS left_at,
       (extract(epoch FROM (now() AT TIME ZONE o.time_zone)
                         - (now() AT TIME ZONE 'UTC')) / 60)::int AS zone_offset
  FROM shown s
  LEFT JOIN gone g ON true
  LEFT JOIN office o ON o.id = g.office_id
 LIMIT 1;
