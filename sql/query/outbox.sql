-- What is to leave the house; the states are drawn in src/domain/outbox.h.
-- Written by web, moved by courier.  Courier names the attempt it speaks of,
-- so that one whose lease ran out cannot overrule its successor.

-- name: outbox_add
-- args: id uuid, kind text, topic text, channel uuid, appointment uuid, guest uuid, visit uuid, payload bytea, delay integer, life integer, decoy boolean
-- One more delivery, due after the delay, of no use after its life; a decoy is
-- none.
INSERT INTO outbox (tenant_id, id, kind, topic, channel_id, appointment_id, guest_id, visit_id, payload_cell, due_at, expires_at)
SELECT current_setting('app.tenant_id')::uuid, $1::uuid, $2::text, $3::text, $4::uuid, $5::uuid, $6::uuid, $7::uuid, $8::bytea,
       now() + $9::integer * interval '1 second',
       now() + ($9::integer + $10::integer) * interval '1 second'
 WHERE NOT $11::boolean
    ON CONFLICT (tenant_id, id) DO NOTHING;

-- name: outbox_add_many
-- args: ids uuid[], payloads text[], kind text, topic text, delay integer, life integer
-- More deliveries of one kind; the payloads in hexadecimal.
INSERT INTO outbox (tenant_id, id, kind, topic, payload_cell, due_at, expires_at)
SELECT current_setting('app.tenant_id')::uuid, id, $3::text, $4::text, decode(payload, 'hex'),
       now() + $5::integer * interval '1 second',
       now() + ($5::integer + $6::integer) * interval '1 second'
  FROM unnest($1::uuid[], $2::text[]) AS x (id, payload);

-- name: outbox_withdraw_visit
-- args: visit uuid, topic text
-- What still waits about a visit is no longer true.
UPDATE outbox
   SET state = 'withdrawn', payload_cell = NULL, finished_at = now()
 WHERE tenant_id = current_setting('app.tenant_id')::uuid
   AND visit_id = $1::uuid AND topic = $2::text AND state = 'waiting';

-- name: outbox_withdraw_guest
-- args: guest uuid
-- The mails to a guest that have not gone yet are overtaken by another.
UPDATE outbox
   SET state = 'withdrawn', payload_cell = NULL, finished_at = now()
 WHERE tenant_id = current_setting('app.tenant_id')::uuid
   AND guest_id = $1::uuid AND state = 'waiting'
   AND topic IN ('invitation.new', 'invitation.changed', 'invitation.cancelled');

-- name: outbox_guest_told
-- args: guest uuid
-- Has any mail gone to the guest, or may it have?
SELECT EXISTS (
       SELECT FROM outbox
        WHERE tenant_id = current_setting('app.tenant_id')::uuid
          AND guest_id = $1::uuid
          AND topic IN ('invitation.new', 'invitation.changed')
          AND (state IN ('leased', 'delivered', 'kept') OR attempts > 0)) AS told;

-- name: outbox_guest_waiting
-- args: guest uuid, state text
-- How the mail to a guest stands, for the guest's row.
UPDATE guest
   SET mail_state = $2::text, version = version + 1
 WHERE tenant_id = current_setting('app.tenant_id')::uuid
   AND id = $1::uuid AND mail_state <> $2::text;

-- name: outbox_claim
-- args: mail boolean, limit integer, lease integer, since bigint
-- Courier takes what is due, of all tenants, mails or the rest; nobody else
-- gets it until the lease ends.  Nobody waits for the disk: a lease that a
-- crash of the database undoes is taken again.
--
-- What was due before "since" (milliseconds) is not looked for: the index is
-- full of what has gone, until it is vacuumed.  It says from when on to look
-- next time; a transaction that began 5 seconds ago may still add something.
WITH lax AS MATERIALIZED (
    SELECT set_config('synchronous_commit', 'off', true)
), due AS (
    SELECT tenant_id, id
      FROM outbox
     WHERE state = 'waiting' AND due_at <= now() AND expires_at > now()
       AND is_mail = $1::boolean AND due_at >= to_timestamp($4::bigint / 1000.0)
     ORDER BY due_at, id
     LIMIT $2::integer
       FOR UPDATE SKIP LOCKED
)
UPDATE outbox o
   SET state = 'leased', attempts = o.attempts + 1,
       lease_until = now() + $3::integer * interval '1 second'
  FROM due, lax
 WHERE o.tenant_id = due.tenant_id AND o.id = due.id
RETURNING o.tenant_id, o.id, o.kind, o.topic, o.channel_id, o.guest_id, o.attempts, o.payload_cell,
          floor(extract(epoch FROM least(o.due_at, now() - interval '5 seconds')) * 1000)::bigint AS since;

-- name: outbox_next
-- args: mail boolean, since bigint
-- Milliseconds until the next delivery of that kind is due; NULL if none is.
-- Of "since": as in outbox_claim.
SELECT (extract(epoch FROM min(due_at) - now()) * 1000)::bigint AS wait,
       floor(extract(epoch FROM least(min(due_at), now() - interval '5 seconds')) * 1000)::bigint AS since
  FROM outbox
 WHERE state = 'waiting' AND is_mail = $1::boolean AND expires_at > now()
   AND due_at >= to_timestamp($2::bigint / 1000.0);

-- name: outbox_deliver
-- args: ids uuid[], attempts integer[]
-- Their receivers have them; what they said is erased.  A lease is what is
-- leased: asked so, the planner does not read the index of all leases, which
-- is full of those that are over.
WITH done AS (
    UPDATE outbox o
       SET state = 'delivered', payload_cell = NULL, lease_until = NULL,
           last_error = NULL, finished_at = now()
      FROM unnest($1::uuid[], $2::integer[]) AS went (id, attempt)
     WHERE o.tenant_id = current_setting('app.tenant_id')::uuid
       AND o.id = went.id AND o.lease_until IS NOT NULL AND o.attempts = went.attempt
 RETURNING o.id, o.guest_id, o.topic
), told AS (
    UPDATE guest g
       SET mail_state = 'sent', version = g.version + 1
      FROM done
     WHERE g.tenant_id = current_setting('app.tenant_id')::uuid
       AND g.id = done.guest_id AND g.mail_state <> 'sent'
       AND done.topic IN ('invitation.new', 'invitation.changed', 'invitation.cancelled')
       AND NOT EXISTS (
           SELECT FROM outbox later
            WHERE later.tenant_id = current_setting('app.tenant_id')::uuid
              AND later.guest_id = done.guest_id AND later.id > done.id
              AND later.state IN ('waiting', 'leased')
              AND later.topic IN ('invitation.new', 'invitation.changed', 'invitation.cancelled'))
)
SELECT id FROM done;

-- name: outbox_keep
-- args: ids uuid[], attempts integer[], days integer
-- With the preview transport mails go nowhere: they are kept for their page,
-- unless one is of no use any more, or what it is about was erased meanwhile.
WITH done AS (
    UPDATE outbox o
       SET state = CASE WHEN expires_at > now() THEN 'kept' ELSE 'expired' END,
           payload_cell = CASE WHEN expires_at > now() THEN payload_cell END,
           lease_until = NULL, last_error = NULL, finished_at = now(),
           expires_at = now() + $3::integer * interval '1 day'
      FROM unnest($1::uuid[], $2::integer[]) AS went (id, attempt)
     WHERE o.tenant_id = current_setting('app.tenant_id')::uuid
       AND o.id = went.id AND o.lease_until IS NOT NULL AND o.attempts = went.attempt
 RETURNING o.id, o.guest_id, o.topic
), told AS (
    UPDATE guest g
       SET mail_state = 'sent', version = g.version + 1
      FROM done
     WHERE g.tenant_id = current_setting('app.tenant_id')::uuid
       AND g.id = done.guest_id AND g.mail_state <> 'sent'
       AND done.topic IN ('invitation.new', 'invitation.changed', 'invitation.cancelled')
)
SELECT id FROM done;

-- name: outbox_retry
-- args: id uuid, attempt integer, delay integer, error text
-- It did not get through: again later, unless that is too late, or another
-- mail to the same guest has overtaken it.
WITH late AS (
    SELECT o.id,
           CASE WHEN EXISTS (
                SELECT FROM outbox later
                 WHERE later.tenant_id = o.tenant_id
                   AND later.guest_id = o.guest_id AND later.id > o.id
                   AND o.topic IN ('invitation.new', 'invitation.changed', 'invitation.cancelled')
                   AND later.topic IN ('invitation.new', 'invitation.changed', 'invitation.cancelled'))
                THEN 'withdrawn'
                WHEN o.expires_at <= now() + $3::integer * interval '1 second'
                THEN 'expired'
                ELSE 'waiting' END AS state
      FROM outbox o
     WHERE o.tenant_id = current_setting('app.tenant_id')::uuid AND o.id = $1::uuid
)
UPDATE outbox o
   SET state = late.state,
       payload_cell = CASE late.state WHEN 'waiting' THEN o.payload_cell END,
       finished_at = CASE late.state WHEN 'waiting' THEN NULL ELSE now() END,
       due_at = now() + $3::integer * interval '1 second',
       lease_until = NULL, last_error = $4::text
  FROM late
 WHERE o.tenant_id = current_setting('app.tenant_id')::uuid
   AND o.id = late.id AND o.state = 'leased' AND o.attempts = $2::integer
RETURNING o.state, o.guest_id, o.topic;

-- name: outbox_release
-- args: id uuid, attempt integer, delay integer, error text
-- Nothing was tried, because something of ours is away: it does not count.
UPDATE outbox
   SET state = 'waiting', attempts = attempts - 1, lease_until = NULL,
       due_at = now() + $3::integer * interval '1 second',
       last_error = $4::text
 WHERE tenant_id = current_setting('app.tenant_id')::uuid
   AND id = $1::uuid AND state = 'leased' AND attempts = $2::integer;

-- name: outbox_refuse
-- args: id uuid, attempt integer, error text, days integer
-- Refused for good: a dead letter, to be looked at and perhaps sent again
-- while it is kept.
UPDATE outbox
   SET state = 'dead', lease_until = NULL, last_error = $3::text,
       finished_at = now(),
       expires_at = CASE WHEN expires_at > now()
                         THEN now() + $4::integer * interval '1 day' ELSE expires_at END
 WHERE tenant_id = current_setting('app.tenant_id')::uuid
   AND id = $1::uuid AND state = 'leased' AND attempts = $2::integer
RETURNING guest_id, appointment_id, topic;

-- name: outbox_drop
-- args: id uuid, attempt integer, error text
-- Its channel is switched off: nobody wants it.
UPDATE outbox
   SET state = 'withdrawn', payload_cell = NULL, lease_until = NULL,
       last_error = $3::text, finished_at = now()
 WHERE tenant_id = current_setting('app.tenant_id')::uuid
   AND id = $1::uuid AND state = 'leased' AND attempts = $2::integer;

-- name: outbox_reap
-- What a courier took and never finished is due again.
UPDATE outbox
   SET state = 'waiting', lease_until = NULL, due_at = now()
 WHERE state = 'leased' AND lease_until < now();

-- name: outbox_expire
-- args: limit integer
-- What came too late is missed, what was kept long enough goes; neither keeps
-- what it said.
WITH over AS (
    SELECT tenant_id, id, state
      FROM outbox
     WHERE payload_cell IS NOT NULL AND expires_at <= now()
       AND state IN ('waiting', 'kept', 'dead')
     LIMIT $1::integer
       FOR UPDATE SKIP LOCKED
)
UPDATE outbox o
   SET state = CASE over.state WHEN 'dead' THEN 'dead' ELSE 'expired' END,
       finished_at = coalesce(o.finished_at, now()), payload_cell = NULL
  FROM over
 WHERE o.tenant_id = over.tenant_id AND o.id = over.id
RETURNING o.tenant_id, o.guest_id, o.topic, over.state = 'waiting' AS missed;

-- name: outbox_show
-- args: id uuid
-- One delivery and how it went.
SELECT o.id, o.kind, o.topic, o.state, o.attempts, o.last_error,
       (extract(epoch FROM o.created_at) * 1000)::bigint AS created_at,
       (extract(epoch FROM o.due_at) * 1000)::bigint AS due_at,
       (extract(epoch FROM o.finished_at) * 1000)::bigint AS finished_at,
       c.name AS channel, o.visit_id, o.appointment_id
  FROM outbox o
  LEFT JOIN channel c ON c.tenant_id = o.tenant_id AND c.id = o.channel_id
 WHERE o.tenant_id = current_setting('app.tenant_id')::uuid AND o.id = $1::uuid;

-- name: outbox_list
-- args: state text, after uuid, limit integer
-- Deliveries and how they went, newest first; ids sort by time of birth.
SELECT o.id, o.kind, o.topic, o.state, o.attempts, o.last_error,
       (extract(epoch FROM o.created_at) * 1000)::bigint AS created_at,
       (extract(epoch FROM o.due_at) * 1000)::bigint AS due_at,
       (extract(epoch FROM o.finished_at) * 1000)::bigint AS finished_at,
       c.name AS channel, o.visit_id, o.appointment_id
  FROM outbox o
  LEFT JOIN channel c ON c.tenant_id = o.tenant_id AND c.id = o.channel_id
 WHERE o.tenant_id = current_setting('app.tenant_id')::uuid
   AND ($1::text IS NULL OR o.state = $1::text)
   AND ($2::uuid IS NULL OR o.id < $2::uuid)
 ORDER BY o.id DESC
 LIMIT $3::integer;

-- name: outbox_mails
-- args: after uuid, limit integer, invitations of members boolean, resets of passwords boolean
-- The mails that the preview transport keeps, newest first.
SELECT id, topic, payload_cell,
       (extract(epoch FROM created_at) * 1000)::bigint AS created_at
  FROM outbox
 WHERE tenant_id = current_setting('app.tenant_id')::uuid
   AND kind = 'mail' AND state = 'kept'
   AND ($3::boolean OR topic <> 'member.invited')
   AND ($4::boolean OR topic <> 'password.reset')
   AND ($1::uuid IS NULL OR id < $1::uuid)
 ORDER BY id DESC
 LIMIT $2::integer;

-- name: outbox_requeue
-- args: id uuid
-- A dead letter whose text is still there gets a second life of a day.
UPDATE outbox
   SET state = 'waiting', attempts = 0, due_at = now(), finished_at = NULL,
       last_error = NULL, expires_at = now() + interval '1 day'
 WHERE tenant_id = current_setting('app.tenant_id')::uuid
   AND id = $1::uuid AND state = 'dead' AND payload_cell IS NOT NULL
RETURNING id, guest_id, topic;
