-- Sessions of those who run the installation: half an hour without use, twelve
-- hours in all; a quarter of an hour until the second factor was shown.

-- name: operator_session_add
-- args: id uuid, operator uuid, token hash bytea, address text, browser text, password looked at text
-- Signed in; what is over goes, of everybody.  No row if the password is another
-- by now: who takes it away waits for this session and ends it.
WITH gone AS (
    DELETE FROM operator_session
     WHERE seen_at <= now() - interval '30 minutes' OR created_at <= now() - interval '12 hours'
), forgotten AS (
    DELETE FROM operator_kept WHERE created_at < now() - interval '1 day'
), quiet AS (
    DELETE FROM operator_guess
     WHERE (kind, subject) IN (
               SELECT kind, subject FROM operator_guess
                WHERE window_from < now() - interval '2 days'
                  AND (blocked_until IS NULL OR blocked_until < now() - interval '2 days')
                  FOR UPDATE SKIP LOCKED)
)
INSERT INTO operator_session (id, operator_id, token_hash, address, browser)
SELECT $1::uuid, id, $3::bytea, $4::text, $5::text
  FROM operator
 WHERE id = $2::uuid AND password = $6::text AND state = 'active'
   FOR SHARE
RETURNING id;

-- name: operator_session_find
-- args: token hash bytea
-- Whose session it is, and what it needs before it is good for anything; its
-- use is noted once a minute.
WITH touched AS (
    UPDATE operator_session
       SET seen_at = now()
     WHERE id IN (SELECT id FROM operator_session
                   WHERE token_hash = $1::bytea AND seen_at < now() - interval '1 minute'
                     AND seen_at > now() - interval '30 minutes'
                     FOR UPDATE SKIP LOCKED)
)
SELECT s.id, s.operator_id, o.email, o.name,
       CASE WHEN s.proven THEN 'nothing' WHEN o.totp_sealed IS NULL THEN 'enrolment' ELSE 'code' END AS need,
       (extract(epoch FROM least(s.created_at + CASE WHEN s.proven THEN interval '12 hours' ELSE interval '15 minutes' END,
                                 now() + interval '30 minutes')) * 1000)::bigint AS expires_at
  FROM operator_session s
  JOIN operator o ON o.id = s.operator_id
 WHERE s.token_hash = $1::bytea AND o.state = 'active'
   AND s.seen_at > now() - interval '30 minutes'
   AND s.created_at > now() - CASE WHEN s.proven THEN interval '12 hours' ELSE interval '15 minutes' END;

-- name: operator_session_prove
-- args: id uuid, token hash bytea
-- Its second factor was shown: it goes on under another token.
UPDATE operator_session
   SET proven = true, token_hash = $2::bytea, seen_at = now()
 WHERE id = $1::uuid
RETURNING id;

-- name: operator_session_list
-- args: operator uuid
-- Where the operator is signed in, the one used last on top.
SELECT id, address, browser, (extract(epoch FROM created_at) * 1000)::bigint AS created_at,
       (extract(epoch FROM seen_at) * 1000)::bigint AS seen_at
  FROM operator_session
 WHERE operator_id = $1::uuid AND proven
   AND seen_at > now() - interval '30 minutes' AND created_at > now() - interval '12 hours'
 ORDER BY seen_at DESC, id;

-- name: operator_session_delete
-- args: id uuid, operator uuid
-- End it, if it is that operator's.
DELETE FROM operator_session WHERE id = $1::uuid AND operator_id = $2::uuid RETURNING id;

-- name: operator_session_delete_all
-- args: operator uuid
-- Sign an operator out everywhere: after the account's row was changed, in a
-- statement of its own, so that it sees what that had to wait for.
DELETE FROM operator_session WHERE operator_id = $1::uuid;

-- name: operator_session_kept
-- args: operator uuid, key text
-- The answer kept under that key; no status while the first is at work.  One
-- that has been for ten minutes will not end any more.
SELECT route, request_hash, row_id, status, answer_sealed
  FROM operator_kept
 WHERE operator_id = $1::uuid AND key = $2::text
   AND created_at > now() - CASE WHEN status IS NULL THEN interval '10 minutes' ELSE interval '1 day' END;

-- name: operator_session_claim
-- args: operator uuid, key text, route text, hash bytea, row uuid
-- This request is the first under its key; nothing if another was.
INSERT INTO operator_kept AS k (operator_id, key, route, request_hash, row_id)
VALUES ($1::uuid, $2::text, $3::text, $4::bytea, $5::uuid)
    ON CONFLICT (operator_id, key) DO UPDATE
   SET route = excluded.route, request_hash = excluded.request_hash, row_id = excluded.row_id,
       status = NULL, answer_sealed = NULL, created_at = now()
 WHERE k.created_at <= now() - CASE WHEN k.status IS NULL THEN interval '10 minutes' ELSE interval '1 day' END
RETURNING key;

-- name: operator_session_keep
-- args: operator uuid, key text, row uuid, status integer, answer bytea
-- What it was answered.
UPDATE operator_kept
   SET status = $4::integer, answer_sealed = $5::bytea
 WHERE operator_id = $1::uuid AND key = $2::text AND row_id = $3::uuid;

-- name: operator_session_unclaim
-- args: operator uuid, key text, row uuid
-- It was refused: the key is free again.
DELETE FROM operator_kept
 WHERE operator_id = $1::uuid AND key = $2::text AND row_id = $3::uuid AND status IS NULL;
