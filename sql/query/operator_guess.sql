-- Tries at what the operator's sign-in guards: as guess.sql, of no tenant.

-- name: operator_guess_take
-- args: kind text, subject text, limit integer, window seconds integer, block seconds integer, longest block seconds integer
-- Count one try, unless the subject is blocked: then there is no row.  The try
-- that reaches the limit blocks the next ones, each time twice as long; a day
-- after the last block the doubling starts again.  A block that is over stays
-- noted for that; one that began in this window starts a new one.
INSERT INTO operator_guess AS g (kind, subject, failures)
VALUES ($1::text, $2::text, 1)
ON CONFLICT (kind, subject) DO UPDATE
   SET (window_from, failures, strikes, blocked_until) = (
           SELECT CASE WHEN n.fresh THEN now() ELSE g.window_from END,
                  CASE WHEN n.fresh THEN 1 ELSE g.failures + 1 END,
                  n.strikes + n.full::integer,
                  CASE WHEN n.full
                       THEN now() + make_interval(secs => least($5::integer * 2.0 ^ least(n.strikes, 20), $6::integer))
                       ELSE g.blocked_until END
             FROM (SELECT w.fresh, NOT w.fresh AND g.failures + 1 >= $3::integer AS full,
                          CASE WHEN g.blocked_until < now() - interval '1 day' THEN 0 ELSE g.strikes END AS strikes
                     FROM (SELECT coalesce(g.blocked_until > g.window_from, false)
                               OR g.window_from < now() - make_interval(secs => $4::integer) AS fresh) AS w) AS n)
 WHERE g.blocked_until IS NULL OR g.blocked_until <= now()
RETURNING failures;

-- name: operator_guess_wait
-- args: kind text, subject text
-- How many seconds the subject is blocked yet.
SELECT greatest(1, ceil(extract(epoch FROM blocked_until - now())))::bigint AS wait
  FROM operator_guess
 WHERE kind = $1::text AND subject = $2::text AND blocked_until > now();

-- name: operator_guess_give_back
-- args: kind text, subject text
-- A try that was counted was right: undo it, and the block it may have set.
UPDATE operator_guess
   SET failures = greatest(failures - 1, 0),
       strikes = CASE WHEN blocked_until > now() THEN greatest(strikes - 1, 0) ELSE strikes END,
       blocked_until = CASE WHEN blocked_until > now() THEN window_from ELSE blocked_until END
 WHERE kind = $1::text AND subject = $2::text;

-- name: operator_guess_forget
-- args: kind text, subject text
-- Start anew.
DELETE FROM operator_guess WHERE kind = $1::text AND subject = $2::text;
