-- Guests: who is expected, and what opens the door for them.  Every statement
-- runs in the scope of one tenant; row-level security adds the tenant.

-- name: guest_add
-- args: id uuid, appointment uuid, position int, name bytea, name_hash bytea, kana bytea, company bytea, email bytea, email_hash bytea, phone bytea, phone_hash bytea, companions int, language text, pass bytea, pass_hash bytea, page bytea, page_hash bytea
-- A guest of an appointment.  The code follows (guest_code_claim).
INSERT INTO guest (tenant_id, id, appointment_id, position, name_cell, name_hash,
                   kana_cell, company_cell, email_cell, email_hash, phone_cell,
                   phone_hash, companions, language, pass_cell, pass_hash,
                   page_cell, page_hash)
VALUES (current_setting('app.tenant_id')::uuid, $1::uuid, $2::uuid, $3::smallint,
        $4::bytea, $5::bytea, $6::bytea, $7::bytea, $8::bytea, $9::bytea,
        $10::bytea, $11::bytea, $12::smallint, $13::text, $14::bytea, $15::bytea,
        $16::bytea, $17::bytea);

-- name: guest_add_walk_in
-- args: id uuid, name bytea, name_hash bytea, company bytea, companions int, language text
-- A guest without appointment; no pass, no code.
INSERT INTO guest (tenant_id, id, name_cell, name_hash, company_cell, companions,
                   language, state)
VALUES (current_setting('app.tenant_id')::uuid, $1::uuid, $2::bytea, $3::bytea,
        $4::bytea, $5::smallint, $6::text, 'walk_in');

-- name: guest_replace
-- args: id uuid, position int, name bytea, name_hash bytea, kana bytea, company bytea, email bytea, email_hash bytea, phone bytea, phone_hash bytea, companions int, language text
-- What is known of a guest who stays; pass, page and code are kept.  What was
-- mailed to another address opens nothing any more.
WITH mailed AS (
    DELETE FROM privacy_code
     WHERE guest_id = $1::uuid
       AND (SELECT email_hash FROM guest WHERE id = $1::uuid) IS DISTINCT FROM $8::bytea
)
UPDATE guest
   SET position = $2::smallint, name_cell = $3::bytea, name_hash = $4::bytea,
       kana_cell = $5::bytea, company_cell = $6::bytea, email_cell = $7::bytea,
       email_hash = $8::bytea, phone_cell = $9::bytea, phone_hash = $10::bytea,
       companions = $11::smallint, language = $12::text, version = version + 1
 WHERE id = $1::uuid;

-- name: guest_rename
-- args: id uuid, name bytea, name_hash bytea, company bytea, company_given bool
-- Correct the name and the company where they are given; who is erased stays so.
UPDATE guest
   SET name_cell = coalesce($2::bytea, name_cell),
       name_hash = coalesce($3::bytea, name_hash),
       company_cell = CASE WHEN $5::boolean THEN $4::bytea ELSE company_cell END,
       version = version + 1
 WHERE id = $1::uuid AND erased_at IS NULL;

-- name: guest_remove
-- args: id uuid
-- No longer expected: the pass is dead, the code is free again.
WITH code AS (
    DELETE FROM guest_code WHERE guest_id = $1::uuid
)
UPDATE guest SET state = 'removed', version = version + 1
 WHERE id = $1::uuid AND state = 'expected';

-- name: guest_reissue
-- args: id uuid, pass bytea, pass_hash bytea, page bytea, page_hash bytea
-- A new pass and page; the old ones are unknown from now on.
UPDATE guest
   SET pass_cell = $2::bytea, pass_hash = $3::bytea, page_cell = $4::bytea,
       page_hash = $5::bytea, version = version + 1
 WHERE id = $1::uuid;

-- name: guest_code_claim
-- args: guest uuid, office uuid, code_hash bytea, first date, last date
-- Take a code at one office for all the days, or say for how many days it was
-- free.  The caller gives back a code that was not free on all of them.
WITH claimed AS (
    INSERT INTO guest_code (tenant_id, office_id, day, code_hash, guest_id)
    SELECT current_setting('app.tenant_id')::uuid, $2::uuid, d::date, $3::bytea,
           $1::uuid
      FROM generate_series($4::date, $5::date, interval '1 day') d
        ON CONFLICT DO NOTHING
 RETURNING 1
)
SELECT count(*) AS claimed, $5::date - $4::date + 1 AS wanted FROM claimed;

-- name: guest_code_drop
-- args: guest uuid
-- Give all days of the guest's code back.
DELETE FROM guest_code WHERE guest_id = $1::uuid;

-- name: guest_code_keep
-- args: guest uuid, code bytea
-- Remember the code itself, encrypted, so that it can be sent again.
UPDATE guest SET code_cell = $2::bytea WHERE id = $1::uuid;

-- name: guest_code_cell
-- args: guest uuid
-- The guest's code, sealed.
SELECT code_cell FROM guest WHERE id = $1::uuid;

-- name: guest_by_appointment
-- args: appointments uuid[]
-- The guests of some appointments with the latest visit of each, those who
-- are no longer expected last.
SELECT g.id, g.appointment_id, g.version, g.state, g.mail_state, g.name_cell,
       g.kana_cell, g.company_cell, g.email_cell, g.phone_cell, g.companions,
       g.language, g.pass_cell, g.code_cell, g.page_cell,
       v.id AS visit_id, v.state AS visit_state,
       (extract(epoch FROM v.arrived_at) * 1000)::bigint AS visit_arrived
  FROM guest g
  LEFT JOIN LATERAL (SELECT id, state, arrived_at FROM visit
                      WHERE guest_id = g.id
                      ORDER BY id DESC LIMIT 1) v ON true
 WHERE g.appointment_id = ANY ($1::uuid[])
 ORDER BY g.appointment_id, g.state, g.position, g.id;

-- name: guest_by_page
-- args: page_hash bytea
-- Whose pass page this is, and whether it is gone: seven days after the last
-- day of the appointment.
SELECT g.id, g.appointment_id,
       now() >= (((a.ends_at - interval '1 microsecond') AT TIME ZONE o.time_zone)::date + 8)::timestamp
                AT TIME ZONE o.time_zone AS gone,
       now() >= (((a.ends_at - interval '1 microsecond') AT TIME ZONE o.time_zone)::date + 1)::timestamp
                AT TIME ZONE o.time_zone AS over
  FROM guest g
  JOIN appointment a ON a.id = g.appointment_id
  JOIN office o ON o.id = a.office_id
 WHERE g.page_hash = $1::bytea;
