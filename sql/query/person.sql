-- One person over all appointments and visits: found by what was hashed, and
-- erased row by row.

-- name: person_find
-- args: email hash bytea, phone hash bytea, name hash bytea, before uuid
-- The guests with this address, number or full name, the latest first; one
-- more than a page has.
SELECT g.id, g.appointment_id, g.version, g.state, g.mail_state, g.name_cell,
       g.kana_cell, g.company_cell, g.email_cell, g.phone_cell, g.companions,
       g.language, g.pass_cell, g.code_cell, g.page_cell,
       v.id AS visit_id, v.state AS visit_state,
       (extract(epoch FROM v.arrived_at) * 1000)::bigint AS visit_arrived,
       (extract(epoch FROM g.created_at) * 1000)::bigint AS created_at
  FROM guest g
  LEFT JOIN LATERAL (SELECT id, state, arrived_at FROM visit
                      WHERE guest_id = g.id
                      ORDER BY id DESC LIMIT 1) v ON true
 WHERE (g.email_hash = $1::bytea OR g.phone_hash = $2::bytea OR g.name_hash = $3::bytea)
   AND ($4::uuid IS NULL OR g.id < $4::uuid)
 ORDER BY g.id DESC
 LIMIT 201;

-- name: person_names
-- args: guests uuid[]
-- What guests are called who are not erased.
SELECT id, name_cell FROM guest WHERE id = ANY ($1::uuid[]) AND erased_at IS NULL;

-- name: person_visits
-- args: guest uuid
-- The visits of one guest, in order.
SELECT id FROM visit WHERE guest_id = $1::uuid ORDER BY id;

-- name: person_deliveries
-- args: guest uuid
-- What was sent to the guest or about the visits, and when.
SELECT kind, topic, state,
       (extract(epoch FROM created_at) * 1000)::bigint AS created_at
  FROM outbox
 WHERE guest_id = $1::uuid
    OR visit_id = ANY (ARRAY(SELECT id FROM visit WHERE guest_id = $1::uuid))
 ORDER BY id;

-- name: person_lock_appointment
-- args: guest uuid
-- Nobody else changes the guest's appointment until this transaction ends.
SELECT id FROM appointment
 WHERE id = (SELECT appointment_id FROM guest WHERE id = $1::uuid)
   FOR UPDATE;

-- name: person_lock
-- args: guest uuid
-- Nobody checks this guest in until this transaction ends.
SELECT erased_at IS NOT NULL AS erased FROM guest WHERE id = $1::uuid FOR UPDATE;

-- name: person_erase
-- args: guest uuid, name bytea
-- The guest stays as a row without a person, unless they are inside now.
UPDATE guest g
   SET name_cell = $2::bytea, name_hash = NULL, kana_cell = NULL, company_cell = NULL,
       email_cell = NULL, email_hash = NULL, phone_cell = NULL, phone_hash = NULL,
       pass_cell = NULL, pass_hash = NULL, code_cell = NULL, page_cell = NULL,
       page_hash = NULL, erased_at = now(), version = g.version + 1,
       state = CASE g.state WHEN 'expected' THEN 'removed' ELSE g.state END
 WHERE g.id = $1::uuid AND g.erased_at IS NULL
   AND NOT EXISTS (SELECT FROM visit v
                    WHERE v.guest_id = g.id AND v.state IN ('arrived', 'met'))
RETURNING g.appointment_id;

-- name: person_erase_traces
-- args: guest uuid
-- Codes, texts on their way out, and answers kept for a repeated request; what
-- courier holds at this moment it may not keep.  Lists that show the visits
-- hear of it.
WITH codes AS (
    DELETE FROM guest_code WHERE guest_id = $1::uuid
), mailed AS (
    DELETE FROM privacy_code WHERE guest_id = $1::uuid
), shown AS (
    UPDATE visit SET version = version + 1 WHERE guest_id = $1::uuid
), answers AS (
    UPDATE idempotency SET answer_cell = NULL
     WHERE route IN ('/api/v1/appointments', '/api/v1/walk-ins', '/api/v1/departures')
       AND answer_cell IS NOT NULL
), leased AS (
    UPDATE outbox SET expires_at = now()
     WHERE state = 'leased'
       AND (guest_id = $1::uuid
            OR visit_id = ANY (ARRAY(SELECT id FROM visit WHERE guest_id = $1::uuid)))
)
UPDATE outbox
   SET state = CASE state WHEN 'waiting' THEN 'withdrawn' WHEN 'kept' THEN 'expired' ELSE state END,
       payload_cell = NULL, finished_at = coalesce(finished_at, now())
 WHERE state <> 'leased' AND payload_cell IS NOT NULL
   AND (guest_id = $1::uuid
        OR visit_id = ANY (ARRAY(SELECT id FROM visit WHERE guest_id = $1::uuid)));

-- name: person_erase_appointment
-- args: appointment uuid, title bytea
-- Who has read the appointment reads it again; and what was written about its
-- guests goes with the last of them.
UPDATE appointment a
   SET version = a.version + 1,
       title_cell = CASE WHEN l.last THEN $2::bytea ELSE a.title_cell END,
       note_cell = CASE WHEN l.last THEN NULL ELSE a.note_cell END,
       room_cell = CASE WHEN l.last THEN NULL ELSE a.room_cell END
  FROM (SELECT NOT EXISTS (SELECT FROM guest
                            WHERE appointment_id = $1::uuid AND erased_at IS NULL) AS last) l
 WHERE a.id = $1::uuid;
