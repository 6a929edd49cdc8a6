-- How long things are kept, and the daily deletion of what is older; days are
-- those of the office.  What is inside is never touched.

-- name: retention_show
-- args: visit days integer, appointment days integer, delivery days integer, log days integer
-- What the tenant chose, or the usual periods.
SELECT coalesce(r.visit_days, $1::integer) AS visit_days,
       coalesce(r.appointment_days, $2::integer) AS appointment_days,
       coalesce(r.delivery_days, $3::integer) AS delivery_days,
       coalesce(r.log_days, $4::integer) AS log_days,
       coalesce(r.contact, '') AS contact, coalesce(r.version, 1) AS version
  FROM (SELECT) AS one
  LEFT JOIN retention r ON true;

-- name: retention_set
-- args: visit days integer, appointment days integer, delivery days integer, log days integer, contact text, version integer
-- Choose other periods, if they are still those of the version that was read.
INSERT INTO retention AS r (tenant_id, visit_days, appointment_days, delivery_days, log_days, contact, version)
SELECT current_setting('app.tenant_id')::uuid, $1::integer, $2::integer, $3::integer, $4::integer, $5::text, 2
 WHERE $6::integer = 1 OR EXISTS (SELECT FROM retention)
    ON CONFLICT (tenant_id) DO UPDATE
   SET visit_days = excluded.visit_days, appointment_days = excluded.appointment_days,
       delivery_days = excluded.delivery_days, log_days = excluded.log_days,
       contact = excluded.contact, version = r.version + 1
 WHERE r.version = $6::integer
RETURNING version;

-- name: retention_preview
-- args: visit days integer, appointment days integer, delivery days integer, log days integer
-- What would go now under these periods, and from when the first and the last
-- of it are.
SELECT 1 AS kind, count(*) AS n, min(v.day)::text AS oldest, max(v.day)::text AS newest
  FROM visit v
  JOIN office o ON o.id = v.office_id
 WHERE v.arrived_at < now() - ($1::integer - 2) * interval '1 day'
   AND v.day < (now() AT TIME ZONE o.time_zone)::date - $1::integer
   AND v.state IN ('left', 'undone')
 UNION ALL
SELECT 2, count(*), min((a.ends_at AT TIME ZONE o.time_zone)::date)::text,
       max((a.ends_at AT TIME ZONE o.time_zone)::date)::text
  FROM appointment a
  JOIN office o ON o.id = a.office_id
 WHERE a.stripped_at IS NULL
   AND a.ends_at < now() - ($2::integer - 2) * interval '1 day'
   AND (a.ends_at AT TIME ZONE o.time_zone)::date < (now() AT TIME ZONE o.time_zone)::date - $2::integer
   AND NOT EXISTS (SELECT FROM visit v
                    WHERE v.appointment_id = a.id AND v.state IN ('arrived', 'met'))
 UNION ALL
SELECT 3, count(*), min(b.created_at::date)::text, max(b.created_at::date)::text
  FROM outbox b
 WHERE b.created_at < now() - $3::integer * interval '1 day'
   AND b.state NOT IN ('waiting', 'leased')
   AND NOT EXISTS (SELECT FROM appointment a
                    WHERE a.id = b.appointment_id AND a.ends_at > now())
 UNION ALL
SELECT 4, count(*), min(p.at::date)::text, max(p.at::date)::text
  FROM operation p
 WHERE p.at < now() - $4::integer * interval '1 day'
 ORDER BY kind;

-- name: retention_lock
-- Take the right to delete of this tenant's, or see that another worker has it;
-- and has today's deletion been done?  A day begins where the tenant's first office is.
SELECT pg_try_advisory_xact_lock(hashtextextended('retention ' || current_setting('app.tenant_id'), 0)) AS mine,
       t.state = 'active'
           AND coalesce((r.swept_at AT TIME ZONE z.zone)::date
                        < (now() AT TIME ZONE z.zone)::date, true) AS due
  FROM tenant t
 CROSS JOIN (SELECT coalesce((SELECT time_zone FROM office ORDER BY id LIMIT 1), 'Asia/Tokyo') AS zone) z
  LEFT JOIN retention r ON true
 WHERE t.tenant_id = current_setting('app.tenant_id')::uuid;

-- name: retention_sweep_visits
-- args: days integer, limit integer
-- The next visits whose time is over go; whose they were is the answer.
WITH due AS (
    SELECT v.id
      FROM visit v
      JOIN office o ON o.id = v.office_id
     WHERE v.arrived_at < now() - ($1::integer - 2) * interval '1 day'
       AND v.day < (now() AT TIME ZONE o.time_zone)::date - $1::integer
       AND v.state IN ('left', 'undone')
     ORDER BY v.arrived_at, v.id
     LIMIT $2::integer
       FOR UPDATE OF v SKIP LOCKED
), gone AS (
    DELETE FROM visit WHERE id IN (SELECT id FROM due)
 RETURNING guest_id
)
SELECT count(*) AS n, coalesce(array_agg(DISTINCT guest_id), '{}')::text AS guests FROM gone;

-- name: retention_sweep_guests
-- args: guests uuid[]
-- Of these go those whom no visit and no appointment needs any more.
WITH gone AS (
    DELETE FROM guest g
     WHERE g.id = ANY ($1::uuid[])
       AND NOT EXISTS (SELECT FROM visit v WHERE v.guest_id = g.id)
       AND (g.appointment_id IS NULL
            OR EXISTS (SELECT FROM appointment a
                        WHERE a.id = g.appointment_id AND a.stripped_at IS NOT NULL))
 RETURNING appointment_id
)
SELECT count(*) AS n,
       coalesce(array_agg(DISTINCT appointment_id) FILTER (WHERE appointment_id IS NOT NULL), '{}')::text
           AS appointments
  FROM gone;

-- name: retention_sweep_appointments
-- args: days integer, limit integer
-- The next appointments whose time is over are marked.
WITH due AS (
    SELECT a.id
      FROM appointment a
      JOIN office o ON o.id = a.office_id
     WHERE a.stripped_at IS NULL
       AND a.ends_at < now() - ($1::integer - 2) * interval '1 day'
       AND (a.ends_at AT TIME ZONE o.time_zone)::date < (now() AT TIME ZONE o.time_zone)::date - $1::integer
       AND NOT EXISTS (SELECT FROM visit v
                        WHERE v.appointment_id = a.id AND v.state IN ('arrived', 'met'))
     ORDER BY a.ends_at
     LIMIT $2::integer
       FOR UPDATE OF a SKIP LOCKED
), marked AS (
    UPDATE appointment SET stripped_at = now() WHERE id IN (SELECT id FROM due)
 RETURNING id
)
SELECT count(*) AS n, coalesce(array_agg(id), '{}')::text AS appointments FROM marked;

-- name: retention_strip_guests
-- args: appointments uuid[]
-- Guests of these: who never came goes, of the others stays what their visits
-- are called.
WITH kept AS (
    UPDATE guest g
       SET email_cell = NULL, email_hash = NULL, phone_cell = NULL, phone_hash = NULL,
           pass_cell = NULL, pass_hash = NULL, code_cell = NULL, page_cell = NULL,
           page_hash = NULL, version = version + 1
     WHERE g.appointment_id = ANY ($1::uuid[])
       AND EXISTS (SELECT FROM visit v WHERE v.guest_id = g.id)
 RETURNING g.id
), codes AS (
    DELETE FROM guest_code WHERE guest_id IN (SELECT id FROM kept)
), gone AS (
    DELETE FROM guest g
     WHERE g.appointment_id = ANY ($1::uuid[])
       AND NOT EXISTS (SELECT FROM visit v WHERE v.guest_id = g.id)
 RETURNING 1
)
SELECT count(*) AS n FROM gone;

-- name: retention_drop_appointments
-- args: appointments uuid[]
-- Of these go those that nobody is on any more.
WITH gone AS (
    DELETE FROM appointment a
     WHERE a.id = ANY ($1::uuid[]) AND a.stripped_at IS NOT NULL
       AND NOT EXISTS (SELECT FROM guest g WHERE g.appointment_id = a.id)
 RETURNING 1
)
SELECT count(*) AS n FROM gone;

-- name: retention_sweep_deliveries
-- args: days integer, limit integer
-- The next rows of deliveries that ended long ago go; of an appointment yet to
-- come they say whether its guests were told.
WITH due AS (
    SELECT b.id
      FROM outbox b
     WHERE b.created_at < now() - $1::integer * interval '1 day'
       AND b.state NOT IN ('waiting', 'leased')
       AND NOT EXISTS (SELECT FROM appointment a
                        WHERE a.id = b.appointment_id AND a.ends_at > now())
     ORDER BY b.created_at, b.id
     LIMIT $2::integer
       FOR UPDATE OF b SKIP LOCKED
), gone AS (
    DELETE FROM outbox WHERE id IN (SELECT id FROM due)
 RETURNING 1
)
SELECT count(*) AS n FROM gone;

-- name: retention_sweep_log
-- args: limit integer
-- The next rows of the log's old end go, if the tenant chose so; nothing when
-- the rest has to stay, or to be announced first.
SELECT rows AS n FROM operation_cut($1::integer);

-- name: retention_finish
-- args: visit days integer, appointment days integer, delivery days integer, log days integer
-- Today's deletion is done; what lives for a day only goes with it.
WITH answers AS (
    DELETE FROM idempotency WHERE created_at < now() - interval '1 day'
), codes AS (
    DELETE FROM privacy_code WHERE created_at < now() - interval '1 day'
), imports AS (
    DELETE FROM import WHERE expires_at <= now()
)
INSERT INTO retention (tenant_id, visit_days, appointment_days, delivery_days, log_days, swept_at)
VALUES (current_setting('app.tenant_id')::uuid, $1::integer, $2::integer, $3::integer, $4::integer, now())
    ON CONFLICT (tenant_id) DO UPDATE SET swept_at = now();
