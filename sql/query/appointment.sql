-- Appointments: who is expected when and where.

-- name: appointment_place
-- args: office uuid, starts timestamptz, ends timestamptz
-- The office of an appointment and what its calendar says of those times: the
-- days on which a code may be shown (check-in opens early, perhaps on the day
-- before), and whether the company's contract is over before its end.
SELECT o.state = 'open' AS open,
       (($2::timestamptz - o.early_minutes * interval '1 minute') AT TIME ZONE o.time_zone)::date AS first_day,
       (($3::timestamptz - interval '1 microsecond') AT TIME ZONE o.time_zone)::date AS last_day,
       coalesce($3::timestamptz > t.stops_at, false) AS late
  FROM office o
  JOIN tenant t ON t.tenant_id = o.tenant_id
 WHERE o.id = $1::uuid;

-- name: appointment_hosts_known
-- args: members uuid[]
-- Which of these are members who can be hosts.
SELECT id FROM member WHERE id = ANY ($1::uuid[]) AND state = 'active';

-- name: appointment_add
-- args: id uuid, office uuid, kind text, title bytea, room bytea, note bytea, starts timestamptz, ends timestamptz, created_by uuid
-- A new one, booked.
INSERT INTO appointment (tenant_id, id, office_id, kind, title_cell, room_cell,
                         note_cell, starts_at, ends_at, created_by)
VALUES (current_setting('app.tenant_id')::uuid, $1::uuid, $2::uuid, $3::text,
        $4::bytea, $5::bytea, $6::bytea, $7::timestamptz, $8::timestamptz,
        $9::uuid);

-- name: appointment_host_set
-- args: appointment uuid, members uuid[]
-- The hosts, in this order, and no others.
WITH gone AS (
    DELETE FROM appointment_host
     WHERE appointment_id = $1::uuid AND member_id <> ALL ($2::uuid[])
)
INSERT INTO appointment_host (tenant_id, appointment_id, member_id, position)
SELECT current_setting('app.tenant_id')::uuid, $1::uuid, m.id, min(m.n)::smallint
  FROM unnest($2::uuid[]) WITH ORDINALITY AS m (id, n)
 GROUP BY m.id
    ON CONFLICT (tenant_id, appointment_id, member_id)
    DO UPDATE SET position = excluded.position;

-- name: appointment_hand_over
-- args: from uuid, to uuid
-- Whatever the one host still expects guests for gets the other in their place;
-- told is whether it is the first host that changes, whom the guests know.
WITH mine AS (
    SELECT a.id, h.position
      FROM appointment_host h
      JOIN appointment a ON a.id = h.appointment_id
     WHERE h.member_id = $1::uuid AND a.state = 'booked' AND a.ends_at > now()
       FOR UPDATE OF a
), gone AS (
    DELETE FROM appointment_host
     WHERE member_id = $1::uuid AND appointment_id IN (SELECT id FROM mine)
), come AS (
    INSERT INTO appointment_host AS h (tenant_id, appointment_id, member_id, position)
    SELECT current_setting('app.tenant_id')::uuid, id, $2::uuid, position FROM mine
    ON CONFLICT (tenant_id, appointment_id, member_id)
    DO UPDATE SET position = least(h.position, excluded.position)
)
UPDATE appointment a
   SET version = version + 1, sequence = sequence + 1
  FROM mine
 WHERE a.id = mine.id
RETURNING a.id, mine.position = (SELECT min(position) FROM appointment_host h
                                  WHERE h.appointment_id = mine.id) AS told;

-- name: appointment_upcoming
-- args: member uuid
-- How many appointments that would be.
SELECT count(*) AS n
  FROM appointment_host h
  JOIN appointment a ON a.id = h.appointment_id
 WHERE h.member_id = $1::uuid AND a.state = 'booked' AND a.ends_at > now();

-- name: appointment_replace
-- args: id uuid, version int, office uuid, kind text, title bytea, room bytea, note bytea, starts timestamptz, ends timestamptz, moved bool
-- Write over what was read; nothing changes where somebody was faster.  The
-- calendar part's sequence goes up when time, place or guests changed.
UPDATE appointment
   SET office_id = $3::uuid, kind = $4::text, title_cell = $5::bytea,
       room_cell = $6::bytea, note_cell = $7::bytea, starts_at = $8::timestamptz,
       ends_at = $9::timestamptz, version = version + 1,
       sequence = sequence + CASE WHEN $10::boolean THEN 1 ELSE 0 END
 WHERE id = $1::uuid AND version = $2::integer AND state = 'booked'
RETURNING version;

-- name: appointment_cancel
-- args: id uuid
-- booked -> cancelled: passes and codes open nothing from now on.
UPDATE appointment
   SET state = 'cancelled', cancelled_at = now(), version = version + 1,
       sequence = sequence + 1
 WHERE id = $1::uuid AND state = 'booked'
RETURNING version;

-- name: appointment_uncancel
-- args: id uuid, milliseconds bigint
-- cancelled -> booked, while the guests have not been told yet.
UPDATE appointment
   SET state = 'booked', cancelled_at = NULL, version = version + 1,
       sequence = sequence + 1
 WHERE id = $1::uuid AND state = 'cancelled'
   AND cancelled_at > now() - $2::bigint * interval '1 millisecond'
RETURNING version;

-- name: appointment_lock
-- args: id uuid
-- Nobody else changes it until this transaction ends.
SELECT version FROM appointment WHERE id = $1::uuid FOR UPDATE;

-- name: appointment_get
-- args: id uuid, member uuid, offices bool
-- One appointment and its place.  With a member: only if it is the member's
-- own as host or organiser, or (offices) at an office the member serves at.
SELECT a.id, a.version, a.sequence, a.kind, a.state, a.title_cell, a.room_cell,
       a.note_cell, a.created_by, a.office_id, o.name AS office, o.address,
       o.guidance, o.map_url, o.phone, o.time_zone,
       (extract(epoch FROM a.starts_at) * 1000)::bigint AS starts_at,
       (extract(epoch FROM a.ends_at) * 1000)::bigint AS ends_at,
       (extract(epoch FROM (a.starts_at AT TIME ZONE o.time_zone)
                         - (a.starts_at AT TIME ZONE 'UTC')) / 60)::int AS starts_offset,
       (extract(epoch FROM (a.ends_at AT TIME ZONE o.time_zone)
                         - (a.ends_at AT TIME ZONE 'UTC')) / 60)::int AS ends_offset,
       (a.starts_at AT TIME ZONE o.time_zone)::time < o.opens_at
           OR (a.starts_at AT TIME ZONE o.time_zone)::time >= o.closes_at
           OR (a.ends_at AT TIME ZONE o.time_zone)::time > o.closes_at
           OR (a.ends_at AT TIME ZONE o.time_zone)::time < o.opens_at AS outside_hours,
       (SELECT tag FROM tenant_name n WHERE n.tenant_id = a.tenant_id) AS tag
  FROM appointment a
  JOIN office o ON o.id = a.office_id
 WHERE a.id = $1::uuid
   AND ($2::uuid IS NULL
        OR a.created_by = $2::uuid
        OR EXISTS (SELECT FROM appointment_host h
                    WHERE h.appointment_id = a.id AND h.member_id = $2::uuid)
        OR ($3::boolean
            AND (a.office_id IN (SELECT office_id FROM member_office
                                  WHERE member_id = $2::uuid)
                 OR NOT EXISTS (SELECT FROM member_office
                                 WHERE member_id = $2::uuid))));

-- name: appointment_page
-- args: after bigint, after_id uuid, from date, to date, office uuid, member uuid, limit int
-- A page by start time, of all offices, of one, or of those the member serves
-- at (who has none noted serves at all) besides the member's own.  Those that
-- last for days are found apart, so that a list from today on does not read a
-- year of others.  One lower bound each: of two an index begins at the first.
WITH found AS (
       (SELECT b.*
          FROM appointment b
          JOIN office p ON p.id = b.office_id
         WHERE (b.starts_at, b.id) > (greatest(timestamptz 'epoch' + $1::bigint * interval '1 microsecond',
                                            ($3::date - 2)::timestamptz), $2::uuid)
           AND NOT b.lasting
           AND b.starts_at < ($4::date + 2)::timestamptz
           AND (b.starts_at AT TIME ZONE p.time_zone)::date <= $4::date
           AND ((b.ends_at - interval '1 microsecond') AT TIME ZONE p.time_zone)::date >= $3::date
           AND ($5::uuid IS NULL OR b.office_id = $5::uuid)
           AND ($6::uuid IS NULL
                OR b.created_by = $6::uuid
                OR EXISTS (SELECT FROM appointment_host h
                            WHERE h.appointment_id = b.id AND h.member_id = $6::uuid)
                OR b.office_id IN (SELECT office_id FROM member_office
                                    WHERE member_id = $6::uuid)
                OR NOT EXISTS (SELECT FROM member_office
                                WHERE member_id = $6::uuid))
         ORDER BY b.starts_at, b.id
         LIMIT $7::int)
         UNION ALL
       (SELECT b.*
          FROM appointment b
          JOIN office p ON p.id = b.office_id
         WHERE (b.starts_at, b.id) > (timestamptz 'epoch' + $1::bigint * interval '1 microsecond', $2::uuid)
           AND b.lasting
           AND b.ends_at >= ($3::date - 1)::timestamptz
           AND b.starts_at < ($4::date + 2)::timestamptz
           AND (b.starts_at AT TIME ZONE p.time_zone)::date <= $4::date
           AND ((b.ends_at - interval '1 microsecond') AT TIME ZONE p.time_zone)::date >= $3::date
           AND ($5::uuid IS NULL OR b.office_id = $5::uuid)
           AND ($6::uuid IS NULL
                OR b.created_by = $6::uuid
                OR EXISTS (SELECT FROM appointment_host h
                            WHERE h.appointment_id = b.id AND h.member_id = $6::uuid)
                OR b.office_id IN (SELECT office_id FROM member_office
                                    WHERE member_id = $6::uuid)
                OR NOT EXISTS (SELECT FROM member_office
                                WHERE member_id = $6::uuid))
         ORDER BY b.starts_at, b.id
         LIMIT $7::int)
)
SELECT a.id, a.version, a.sequence, a.kind, a.state, a.title_cell, a.room_cell,
       a.note_cell, a.created_by, a.office_id, o.name AS office, o.address,
       o.guidance, o.map_url, o.phone, o.time_zone,
       (extract(epoch FROM a.starts_at) * 1000)::bigint AS starts_at,
       (extract(epoch FROM a.ends_at) * 1000)::bigint AS ends_at,
       (extract(epoch FROM (a.starts_at AT TIME ZONE o.time_zone)
                         - (a.starts_at AT TIME ZONE 'UTC')) / 60)::int AS starts_offset,
       (extract(epoch FROM (a.ends_at AT TIME ZONE o.time_zone)
                         - (a.ends_at AT TIME ZONE 'UTC')) / 60)::int AS ends_offset,
       false AS outside_hours,
       (extract(epoch FROM a.starts_at) * 1000000)::bigint AS cursor
  FROM found a
  JOIN office o ON o.id = a.office_id
 ORDER BY a.starts_at, a.id
 LIMIT $7::int;

-- name: appointment_page_own
-- args: after bigint, after_id uuid, from date, to date, office uuid, member uuid, limit int
-- The same of the member's own appointments only, as host or organiser: found
-- by member, so that one member of many reads few rows.
SELECT a.id, a.version, a.sequence, a.kind, a.state, a.title_cell, a.room_cell,
       a.note_cell, a.created_by, a.office_id, o.name AS office, o.address,
       o.guidance, o.map_url, o.phone, o.time_zone,
       (extract(epoch FROM a.starts_at) * 1000)::bigint AS starts_at,
       (extract(epoch FROM a.ends_at) * 1000)::bigint AS ends_at,
       (extract(epoch FROM (a.starts_at AT TIME ZONE o.time_zone)
                         - (a.starts_at AT TIME ZONE 'UTC')) / 60)::int AS starts_offset,
       (extract(epoch FROM (a.ends_at AT TIME ZONE o.time_zone)
                         - (a.ends_at AT TIME ZONE 'UTC')) / 60)::int AS ends_offset,
       false AS outside_hours,
       (extract(epoch FROM a.starts_at) * 1000000)::bigint AS cursor
  FROM (SELECT appointment_id AS id FROM appointment_host
         WHERE member_id = $6::uuid
         UNION
        SELECT id FROM appointment
         WHERE created_by = $6::uuid
           AND starts_at < ($4::date + 2)::timestamptz) own
  JOIN appointment a ON a.id = own.id
  JOIN office o ON o.id = a.office_id
 WHERE (a.starts_at, a.id) > (timestamptz 'epoch' + $1::bigint * interval '1 microsecond', $2::uuid)
   AND a.starts_at < ($4::date + 2)::timestamptz
   AND (a.starts_at AT TIME ZONE o.time_zone)::date <= $4::date
   AND ((a.ends_at - interval '1 microsecond') AT TIME ZONE o.time_zone)::date >= $3::date
   AND ($5::uuid IS NULL OR a.office_id = $5::uuid)
 ORDER BY a.starts_at, a.id
 LIMIT $7::int;

-- name: appointment_withdrawn
-- args: id uuid
-- The guests whose invitation was still waiting when the appointment was
-- cancelled, and so was never sent.
SELECT DISTINCT o.guest_id
  FROM appointment a
  JOIN outbox o ON o.appointment_id = a.id AND o.created_at >= a.created_at
 WHERE a.id = $1::uuid AND o.state = 'withdrawn' AND o.guest_id IS NOT NULL
   AND o.topic IN ('invitation.new', 'invitation.changed')
   AND o.finished_at >= a.cancelled_at;

-- name: appointment_withdraw
-- args: id uuid
-- Take back the invitations and changes that still wait.
WITH gone AS (
    UPDATE outbox o
       SET state = 'withdrawn', payload_cell = NULL, finished_at = now()
      FROM guest g
     WHERE g.appointment_id = $1::uuid AND o.guest_id = g.id
       AND o.state = 'waiting'
       AND o.topic IN ('invitation.new', 'invitation.changed')
 RETURNING o.guest_id
)
SELECT count(DISTINCT guest_id) AS withdrawn FROM gone;

-- name: appointment_mail_settle
-- args: id uuid
-- Nothing waits for these guests any more: how their mail stands is what has
-- gone to them before.
UPDATE guest g
   SET mail_state = CASE WHEN EXISTS (
           SELECT FROM outbox o
            WHERE o.guest_id = g.id AND o.state IN ('delivered', 'kept')
              AND o.topic IN ('invitation.new', 'invitation.changed'))
           THEN 'sent' ELSE 'none' END,
       version = version + 1
 WHERE g.appointment_id = $1::uuid AND g.mail_state = 'waiting'
   AND NOT EXISTS (
           SELECT FROM outbox o
            WHERE o.guest_id = g.id AND o.state IN ('waiting', 'leased')
              AND o.topic LIKE 'invitation.%');

-- name: appointment_host_list
-- args: appointments uuid[]
-- The hosts of some appointments, in their order.
SELECT h.appointment_id, h.member_id, m.name_cell, m.email_cell, m.language
  FROM appointment_host h
  JOIN member m ON m.id = h.member_id
 WHERE h.appointment_id = ANY ($1::uuid[])
 ORDER BY h.appointment_id, h.position;
