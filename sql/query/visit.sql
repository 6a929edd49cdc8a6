-- Visits: what happened.

-- name: visit_get
-- args: id uuid, member uuid, offices bool
-- One visit.  With a member: only if it is to the member's own appointment or
-- person, or (offices) at an office the member serves at.
SELECT v.id, v.version, v.state, v.via, v.guest_id, v.appointment_id, v.people,
       v.office_id, o.name AS office, o.address, o.guidance, o.map_url, o.phone,
       o.time_zone, v.late, v.left_by, d.name AS device,
       g.name_cell, g.kana_cell, g.company_cell, a.title_cell, a.room_cell,
       (extract(epoch FROM v.arrived_at) * 1000)::bigint AS arrived_at,
       (extract(epoch FROM v.met_at) * 1000)::bigint AS met_at,
       (extract(epoch FROM v.left_at) * 1000)::bigint AS left_at,
       (extract(epoch FROM v.undone_at) * 1000)::bigint AS undone_at,
       (extract(epoch FROM (v.arrived_at AT TIME ZONE o.time_zone)
                         - (v.arrived_at AT TIME ZONE 'UTC')) / 60)::int AS zone_offset
  FROM visit v
  JOIN guest g ON g.id = v.guest_id
  JOIN office o ON o.id = v.office_id
  LEFT JOIN appointment a ON a.id = v.appointment_id
  LEFT JOIN device d ON d.id = v.device_id
 WHERE v.id = $1::uuid
   AND ($2::uuid IS NULL
        OR a.created_by = $2::uuid
        OR EXISTS (SELECT FROM appointment_host h
                    WHERE h.appointment_id = v.appointment_id AND h.member_id = $2::uuid)
        OR EXISTS (SELECT FROM visit_host h
                    WHERE h.visit_id = v.id AND h.member_id = $2::uuid)
        OR ($3::boolean
            AND (v.office_id IN (SELECT office_id FROM member_office
                                  WHERE member_id = $2::uuid)
                 OR NOT EXISTS (SELECT FROM member_office
                                 WHERE member_id = $2::uuid))));

-- name: visit_page
-- args: before bigint, before_id uuid, from date, to date, office uuid, states text[], member uuid, limit int
-- A page, newest arrival first, of all offices, of one, or of those the member
-- serves at (who has none noted serves at all) besides the member's own.
SELECT v.id, v.version, v.state, v.via, v.guest_id, v.appointment_id, v.people,
       v.office_id, o.name AS office, o.address, o.guidance, o.map_url, o.phone,
       o.time_zone, v.late, v.left_by, d.name AS device,
       g.name_cell, g.kana_cell, g.company_cell, a.title_cell, a.room_cell,
       (extract(epoch FROM v.arrived_at) * 1000)::bigint AS arrived_at,
       (extract(epoch FROM v.met_at) * 1000)::bigint AS met_at,
       (extract(epoch FROM v.left_at) * 1000)::bigint AS left_at,
       (extract(epoch FROM v.undone_at) * 1000)::bigint AS undone_at,
       (extract(epoch FROM (v.arrived_at AT TIME ZONE o.time_zone)
                         - (v.arrived_at AT TIME ZONE 'UTC')) / 60)::int AS zone_offset,
       (extract(epoch FROM v.arrived_at) * 1000000)::bigint AS cursor
  FROM visit v
  JOIN guest g ON g.id = v.guest_id
  JOIN office o ON o.id = v.office_id
  LEFT JOIN appointment a ON a.id = v.appointment_id
  LEFT JOIN device d ON d.id = v.device_id
 WHERE (v.arrived_at, v.id) < (least(timestamptz 'epoch' + $1::bigint * interval '1 microsecond',
                                       ($4::date + 2)::timestamptz), $2::uuid)
   AND v.arrived_at >= ($3::date - 1)::timestamptz
   AND v.day BETWEEN $3::date AND $4::date
   AND ($5::uuid IS NULL OR v.office_id = $5::uuid)
   AND v.state = ANY ($6::text[])
   AND ($7::uuid IS NULL
        OR a.created_by = $7::uuid
        OR EXISTS (SELECT FROM appointment_host h
                    WHERE h.appointment_id = v.appointment_id AND h.member_id = $7::uuid)
        OR EXISTS (SELECT FROM visit_host h
                    WHERE h.visit_id = v.id AND h.member_id = $7::uuid)
        OR v.office_id IN (SELECT office_id FROM member_office
                         WHERE member_id = $7::uuid)
        OR NOT EXISTS (SELECT FROM member_office
                        WHERE member_id = $7::uuid))
 ORDER BY v.arrived_at DESC, v.id DESC
 LIMIT $8::int;

-- name: visit_page_own
-- args: before bigint, before_id uuid, from date, to date, office uuid, states text[], member uuid, limit int
-- The same of visits to the member only: found by member, so that one member
-- of many reads few rows.
SELECT v.id, v.version, v.state, v.via, v.guest_id, v.appointment_id, v.people,
       v.office_id, o.name AS office, o.address, o.guidance, o.map_url, o.phone,
       o.time_zone, v.late, v.left_by, d.name AS device,
       g.name_cell, g.kana_cell, g.company_cell, a.title_cell, a.room_cell,
       (extract(epoch FROM v.arrived_at) * 1000)::bigint AS arrived_at,
       (extract(epoch FROM v.met_at) * 1000)::bigint AS met_at,
       (extract(epoch FROM v.left_at) * 1000)::bigint AS left_at,
       (extract(epoch FROM v.undone_at) * 1000)::bigint AS undone_at,
       (extract(epoch FROM (v.arrived_at AT TIME ZONE o.time_zone)
                         - (v.arrived_at AT TIME ZONE 'UTC')) / 60)::int AS zone_offset,
       (extract(epoch FROM v.arrived_at) * 1000000)::bigint AS cursor
  FROM (SELECT w.id
          FROM appointment_host h
          JOIN visit w ON w.appointment_id = h.appointment_id
         WHERE h.member_id = $7::uuid
         UNION
        SELECT w.id
          FROM appointment b
          JOIN visit w ON w.appointment_id = b.id
         WHERE b.created_by = $7::uuid
         UNION
        SELECT visit_id FROM visit_host WHERE member_id = $7::uuid) own
  JOIN visit v ON v.id = own.id
  JOIN guest g ON g.id = v.guest_id
  JOIN office o ON o.id = v.office_id
  LEFT JOIN appointment a ON a.id = v.appointment_id
  LEFT JOIN device d ON d.id = v.device_id
 WHERE (v.arrived_at, v.id) < (least(timestamptz 'epoch' + $1::bigint * interval '1 microsecond',
                                       ($4::date + 2)::timestamptz), $2::uuid)
   AND v.arrived_at >= ($3::date - 1)::timestamptz
   AND v.arrived_at < ($4::date + 2)::timestamptz
   AND v.day BETWEEN $3::date AND $4::date
   AND ($5::uuid IS NULL OR v.office_id = $5::uuid)
   AND v.state = ANY ($6::text[])
 ORDER BY v.arrived_at DESC, v.id DESC
 LIMIT $8::int;

-- name: visit_export
-- args: after bigint, after_id uuid, from date, to date, office uuid, states text[]
-- The next rows of an export, oldest first.  Pages by key instead of a cursor:
-- no transaction stays open while a slow client reads.
SELECT v.id, v.version, v.state, v.via, v.guest_id, v.appointment_id, v.people,
       v.office_id, o.name AS office, o.address, o.guidance, o.map_url, o.phone,
       o.time_zone, v.late, v.left_by, d.name AS device,
       g.name_cell, g.kana_cell, g.company_cell, a.title_cell, a.room_cell,
       (extract(epoch FROM v.arrived_at) * 1000)::bigint AS arrived_at,
       (extract(epoch FROM v.met_at) * 1000)::bigint AS met_at,
       (extract(epoch FROM v.left_at) * 1000)::bigint AS left_at,
       (extract(epoch FROM v.undone_at) * 1000)::bigint AS undone_at,
       (extract(epoch FROM (v.arrived_at AT TIME ZONE o.time_zone)
                         - (v.arrived_at AT TIME ZONE 'UTC')) / 60)::int AS zone_offset,
       (SELECT string_agg(coalesce(h.member_id, h.department_id)::text, ' ' ORDER BY h.n)
          FROM (SELECT member_id, NULL::uuid AS department_id, position AS n
                  FROM appointment_host WHERE appointment_id = v.appointment_id
                 UNION ALL
                SELECT member_id, department_id, 0
                  FROM visit_host WHERE visit_id = v.id) h) AS hosts,
       (extract(epoch FROM v.arrived_at) * 1000000)::bigint AS cursor
  FROM visit v
  JOIN guest g ON g.id = v.guest_id
  JOIN office o ON o.id = v.office_id
  LEFT JOIN appointment a ON a.id = v.appointment_id
  LEFT JOIN device d ON d.id = v.device_id
 WHERE (v.arrived_at, v.id) > (greatest(timestamptz 'epoch' + $1::bigint * interval '1 microsecond',
                                          ($3::date - 1)::timestamptz), $2::uuid)
   AND v.arrived_at < ($4::date + 2)::timestamptz
   AND v.day BETWEEN $3::date AND $4::date
   AND ($5::uuid IS NULL OR v.office_id = $5::uuid)
   AND v.state = ANY ($6::text[])
 ORDER BY v.arrived_at, v.id
 LIMIT 1000;

-- name: visit_export_names
-- What hosts are called: every member and department there is.
SELECT id, name_cell, NULL::text AS department FROM member
 UNION ALL
SELECT id, NULL::bytea, name FROM department;

-- name: visit_host_list
-- args: visits uuid[]
-- Whom the guests of some visits came to see, in order.
SELECT v.id AS visit_id, h.member_id AS id, m.name_cell, m.email_cell, m.language,
       NULL::text AS department, h.position AS n
  FROM visit v
  JOIN appointment_host h ON h.appointment_id = v.appointment_id
  JOIN member m ON m.id = h.member_id
 WHERE v.id = ANY ($1::uuid[])
 UNION ALL
SELECT h.visit_id, coalesce(h.member_id, h.department_id), m.name_cell, m.email_cell,
       m.language, d.name, 0
  FROM visit_host h
  LEFT JOIN member m ON m.id = h.member_id
  LEFT JOIN department d ON d.id = h.department_id
 WHERE h.visit_id = ANY ($1::uuid[])
 ORDER BY 1, 7;

-- name: visit_department_hosts
-- args: visit uuid
-- The members of the department a walk-in came to see.
SELECT m.id, m.name_cell, m.email_cell, m.language
  FROM visit_host h
  JOIN department_member dm ON dm.department_id = h.department_id
  JOIN member m ON m.id = dm.member_id AND m.state = 'active'
 WHERE h.visit_id = $1::uuid;

-- name: visit_meet
-- args: id uuid, version int
-- arrived -> met.
UPDATE visit SET state = 'met', met_at = now(), version = version + 1
 WHERE id = $1::uuid AND version = $2::int AND state = 'arrived'
RETURNING version;

-- name: visit_touch
-- args: id uuid, version int
-- The guest of this visit is called something else now; not one who is erased.
UPDATE visit v SET version = v.version + 1
  FROM guest g
 WHERE v.id = $1::uuid AND v.version = $2::int
   AND g.id = v.guest_id AND g.erased_at IS NULL
RETURNING v.version;

-- name: visit_depart
-- args: id uuid
-- arrived or met -> left, as a member says.
UPDATE visit
   SET state = 'left', left_at = now(), left_by = 'member', version = version + 1
 WHERE id = $1::uuid AND state IN ('arrived', 'met')
RETURNING version;

-- name: visit_undepart
-- args: id uuid
-- left -> arrived or met: the departure was a mistake, on the same day, and
-- the guest has not come in again meanwhile.
UPDATE visit v
   SET state = CASE WHEN v.met_at IS NULL THEN 'arrived' ELSE 'met' END,
       left_at = NULL, left_by = NULL, version = v.version + 1
  FROM office o
 WHERE v.id = $1::uuid AND v.state = 'left' AND o.id = v.office_id
   AND v.day = (now() AT TIME ZONE o.time_zone)::date
   AND NOT EXISTS (SELECT FROM visit i
                    WHERE i.guest_id = v.guest_id AND i.state IN ('arrived', 'met'))
RETURNING v.version;

-- name: visit_depart_forgotten
-- arrived or met -> left, where the office has closed since the arrival: at
-- closing time, or at the end of the day for those who came after it.
WITH inside AS (
    SELECT DISTINCT office_id, day FROM visit WHERE state IN ('arrived', 'met')
), closed AS MATERIALIZED (
    SELECT i.office_id, i.day, (i.day + o.closes_at) AT TIME ZONE o.time_zone AS closes,
           (i.day + 1)::timestamp AT TIME ZONE o.time_zone AS midnight
      FROM inside i
      JOIN office o ON o.id = i.office_id
     WHERE (i.day + o.closes_at) AT TIME ZONE o.time_zone <= now()
)
UPDATE visit v
   SET state = 'left', left_by = 'automatic', version = v.version + 1,
       left_at = CASE WHEN v.arrived_at < c.closes THEN c.closes
                      ELSE greatest(v.arrived_at, c.midnight) END
  FROM closed c
 WHERE v.office_id = c.office_id AND v.day = c.day AND v.state IN ('arrived', 'met')
   AND (v.arrived_at < c.closes OR c.midnight <= now())
RETURNING v.id;

-- name: visit_tenants
-- Every tenant there is, to run the house's own work for each.
SELECT tenant_id FROM tenant_name ORDER BY tenant_id;

-- name: visit_lock
-- Take the right to run the house's own work for this tenant, or see that another
-- worker has it.
SELECT pg_try_advisory_xact_lock(hashtextextended('depart ' || current_setting('app.tenant_id'), 0)) AS mine;

-- name: visit_inside
-- args: office uuid, member uuid, offices bool
-- Everybody inside the office now, who came first first.
SELECT v.id, v.version, v.state, v.via, v.guest_id, v.appointment_id, v.people,
       v.office_id, o.name AS office, o.address, o.guidance, o.map_url, o.phone,
       o.time_zone, v.late, v.left_by, d.name AS device,
       g.name_cell, g.kana_cell, g.company_cell, a.title_cell, a.room_cell,
       (extract(epoch FROM v.arrived_at) * 1000)::bigint AS arrived_at,
       (extract(epoch FROM v.met_at) * 1000)::bigint AS met_at,
       (extract(epoch FROM v.left_at) * 1000)::bigint AS left_at,
       (extract(epoch FROM v.undone_at) * 1000)::bigint AS undone_at,
       (extract(epoch FROM (v.arrived_at AT TIME ZONE o.time_zone)
                         - (v.arrived_at AT TIME ZONE 'UTC')) / 60)::int AS zone_offset
  FROM visit v
  JOIN guest g ON g.id = v.guest_id
  JOIN office o ON o.id = v.office_id
  LEFT JOIN appointment a ON a.id = v.appointment_id
  LEFT JOIN device d ON d.id = v.device_id
 WHERE v.office_id = $1::uuid AND v.state IN ('arrived', 'met')
   AND ($2::uuid IS NULL
        OR a.created_by = $2::uuid
        OR EXISTS (SELECT FROM appointment_host h
                    WHERE h.appointment_id = v.appointment_id AND h.member_id = $2::uuid)
        OR EXISTS (SELECT FROM visit_host h
                    WHERE h.visit_id = v.id AND h.member_id = $2::uuid)
        OR ($3::boolean
            AND (v.office_id IN (SELECT office_id FROM member_office
                                  WHERE member_id = $2::uuid)
                 OR NOT EXISTS (SELECT FROM member_office
                                 WHERE member_id = $2::uuid))))
 ORDER BY v.arrived_at, v.id;

-- name: visit_day
-- args: office uuid
-- Today at the office, from midnight to midnight.
SELECT day::text AS day, (day::timestamp AT TIME ZONE time_zone)::text AS begins,
       ((day + 1)::timestamp AT TIME ZONE time_zone)::text AS ends,
       (extract(epoch FROM (now() AT TIME ZONE time_zone)
                         - (now() AT TIME ZONE 'UTC')) / 60)::int AS zone_offset
  FROM (SELECT time_zone, (now() AT TIME ZONE time_zone)::date AS day
          FROM office
         WHERE id = $1::uuid) o;

-- name: visit_today
-- args: office uuid, member uuid, offices bool, day date, begins timestamptz, ends timestamptz
-- The office's day: each guest expected with the visit of today, and everybody
-- else who came today or is still inside.  The day's bounds are arguments
-- (visit_day), because only then an index on times can be used.
WITH planned AS (
    SELECT id FROM appointment
     WHERE office_id = $1::uuid
       AND starts_at >= $5::timestamptz - interval '24 hours'
       AND starts_at < $6::timestamptz AND ends_at > $5::timestamptz
     UNION
    SELECT id FROM appointment
     WHERE office_id = $1::uuid AND lasting
       AND ends_at > $5::timestamptz AND starts_at < $6::timestamptz
), expected AS (
    SELECT g.id AS guest_id, v.id AS visit_id
      FROM planned p
      JOIN guest g ON g.appointment_id = p.id
      LEFT JOIN LATERAL (SELECT id FROM visit
                          WHERE guest_id = g.id
                            AND (day = $4::date OR state IN ('arrived', 'met'))
                          ORDER BY id DESC LIMIT 1) v ON true
     WHERE g.state = 'expected' OR v.id IS NOT NULL
), present AS (
    SELECT guest_id, id FROM visit
     WHERE office_id = $1::uuid AND day = $4::date
     UNION
    SELECT guest_id, id FROM visit
     WHERE office_id = $1::uuid AND state IN ('arrived', 'met')
), others AS (
    SELECT DISTINCT ON (v.guest_id) v.guest_id, v.id AS visit_id
      FROM present v
     WHERE NOT EXISTS (SELECT FROM expected e WHERE e.guest_id = v.guest_id)
     ORDER BY v.guest_id, v.id DESC
)
SELECT g.id, g.version, g.state, g.mail_state, g.name_cell, g.kana_cell,
       g.company_cell, g.email_cell, g.phone_cell, g.companions, g.language,
       NULL::bytea AS pass_cell, NULL::bytea AS code_cell, NULL::bytea AS page_cell,
       a.id AS appointment_id, a.title_cell, a.room_cell,
       coalesce(a.state = 'cancelled', false) AS cancelled,
       (extract(epoch FROM a.starts_at) * 1000)::bigint AS starts_at,
       (extract(epoch FROM a.ends_at) * 1000)::bigint AS ends_at,
       v.id AS visit_id, v.version AS visit_version, v.state AS visit_state,
       (extract(epoch FROM v.arrived_at) * 1000)::bigint AS visit_arrived,
       (extract(epoch FROM v.left_at) * 1000)::bigint AS left_at,
       v.left_by, coalesce(v.people, g.companions + 1) AS people,
       coalesce(v.late, false) AS late
  FROM (SELECT * FROM expected UNION ALL SELECT * FROM others) x
  JOIN guest g ON g.id = x.guest_id
  LEFT JOIN visit v ON v.id = x.visit_id
  LEFT JOIN appointment a ON a.id = g.appointment_id
 WHERE $2::uuid IS NULL
    OR a.created_by = $2::uuid
    OR EXISTS (SELECT FROM appointment_host h
                WHERE h.appointment_id = a.id AND h.member_id = $2::uuid)
    OR EXISTS (SELECT FROM visit_host h
                WHERE h.visit_id = v.id AND h.member_id = $2::uuid)
    OR ($3::boolean
        AND ($1::uuid IN (SELECT office_id FROM member_office WHERE member_id = $2::uuid)
             OR NOT EXISTS (SELECT FROM member_office WHERE member_id = $2::uuid)))
 ORDER BY coalesce(v.arrived_at, a.starts_at), a.id, g.position, g.id;
