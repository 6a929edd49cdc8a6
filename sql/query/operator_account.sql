-- Accounts of those who run the installation; role genkan_operator alone.

-- name: operator_account_add
-- args: id uuid, email text, name text, token hash bytea, hours integer
-- A new one, that comes in by its sign-up link; nothing if the address is taken.
INSERT INTO operator (id, email, name, token_hash, token_until)
VALUES ($1::uuid, $2::text, $3::text, $4::bytea, now() + make_interval(hours => $5::integer))
    ON CONFLICT DO NOTHING
RETURNING id, (extract(epoch FROM token_until) * 1000)::bigint AS until;

-- name: operator_account_list
-- All of them.
SELECT id, email, name, state, totp_sealed IS NOT NULL AS has_factor
  FROM operator
 ORDER BY email;

-- name: operator_account_state
-- args: email text, disabled boolean
-- Nobody signs in with a disabled one; nothing if there is none, or it is so
-- already.
UPDATE operator
   SET state = CASE WHEN $2::boolean THEN 'disabled' WHEN password IS NULL THEN 'invited' ELSE 'active' END
 WHERE email = $1::text AND (state = 'disabled') <> $2::boolean
RETURNING id;

-- name: operator_account_reset
-- args: email text, token hash bytea, hours integer
-- Take password and second factor away, and let it sign up anew; nothing if
-- there is none that is not disabled.
WITH found AS (
    SELECT id FROM operator WHERE email = $1::text AND state <> 'disabled' FOR UPDATE
), codes AS (
    DELETE FROM operator_recovery_code WHERE operator_id IN (SELECT id FROM found)
)
UPDATE operator
   SET state = 'invited', password = NULL, totp_sealed = NULL, totp_new = NULL, totp_until = NULL,
       token_hash = $2::bytea, token_until = now() + make_interval(hours => $3::integer)
 WHERE id IN (SELECT id FROM found)
RETURNING id, (extract(epoch FROM token_until) * 1000)::bigint AS until;

-- name: operator_account_invited
-- args: token hash bytea
-- Whose sign-up link it is, if it is still good.
SELECT id, email, name FROM operator
 WHERE token_hash = $1::bytea AND token_until > now() AND state = 'invited';

-- name: operator_account_sign_up
-- args: token hash bytea, password text
-- The link is used up; nothing if it was.
UPDATE operator
   SET state = 'active', password = $2::text, token_hash = NULL, token_until = NULL
 WHERE token_hash = $1::bytea AND token_until > now() AND state = 'invited'
RETURNING id;

-- name: operator_account_find
-- args: email text
-- The account that somebody wants to sign in to.
SELECT id, password FROM operator WHERE email = $1::text AND state = 'active';

-- name: operator_account_factor
-- args: id uuid
-- What its second factor is, and what is yet to be confirmed.
SELECT email, totp_sealed, CASE WHEN totp_until > now() THEN totp_new END AS totp_new
  FROM operator
 WHERE id = $1::uuid;

-- name: operator_account_enrol
-- args: id uuid, sealed bytea, minutes integer
-- To be confirmed by a first code; nothing once there is a second factor.
UPDATE operator
   SET totp_new = $2::bytea, totp_until = now() + make_interval(mins => $3::integer)
 WHERE id = $1::uuid AND totp_sealed IS NULL
RETURNING id;

-- name: operator_account_confirm
-- args: id uuid, step bigint
-- The first code was right.
UPDATE operator
   SET totp_sealed = totp_new, totp_new = NULL, totp_until = NULL, last_step = $2::bigint
 WHERE id = $1::uuid AND totp_sealed IS NULL AND totp_until > now()
RETURNING id;

-- name: operator_account_step
-- args: id uuid, step bigint
-- A code is used: it and older ones are not good again.  Nothing if it was.
UPDATE operator
   SET last_step = $2::bigint
 WHERE id = $1::uuid AND last_step < $2::bigint
RETURNING id;

-- name: operator_account_codes
-- args: id uuid, hashes text
-- Recovery codes, by their hashes in hexadecimal between spaces; old ones go.
WITH gone AS (
    DELETE FROM operator_recovery_code WHERE operator_id = $1::uuid
)
INSERT INTO operator_recovery_code (operator_id, code_hash)
SELECT $1::uuid, decode(hash, 'hex') FROM regexp_split_to_table($2::text, ' ') AS hash;

-- name: operator_account_code_use
-- args: id uuid, code hash bytea
-- Each once.
UPDATE operator_recovery_code
   SET used_at = now()
 WHERE operator_id = $1::uuid AND code_hash = $2::bytea AND used_at IS NULL
RETURNING operator_id;
