-- Second factors: what a member has beside the password, and who must have it.

-- name: second_factor_list
-- args: member uuid
-- What the member has set up, or is setting up.
SELECT id, kind, state, secret_cell, last_step, code_tries
  FROM second_factor
 WHERE member_id = $1::uuid AND (state = 'active' OR expires_at > now())
 ORDER BY kind DESC, state;

-- name: second_factor_enrol
-- args: id uuid, member uuid, kind text, secret cell, minutes integer
-- To be confirmed by a first code; replaces what waited for that.
INSERT INTO second_factor AS s (tenant_id, id, member_id, kind, secret_cell, expires_at)
VALUES (current_setting('app.tenant_id')::uuid, $1::uuid, $2::uuid, $3::text, $4::bytea,
        now() + make_interval(mins => $5::integer))
ON CONFLICT (tenant_id, member_id, kind, state) DO UPDATE
   SET id = excluded.id, secret_cell = excluded.secret_cell, expires_at = excluded.expires_at,
       last_step = 0, code_hash = NULL, code_tries = 0, code_until = NULL;

-- name: second_factor_replace
-- args: member uuid, kind text, session uuid
-- The one before goes, if this session has shown a second factor.
DELETE FROM second_factor
 WHERE member_id = $1::uuid AND kind = $2::text AND state = 'active'
   AND EXISTS (SELECT FROM session WHERE id = $3::uuid AND proven);

-- name: second_factor_activate
-- args: id uuid, step bigint, session uuid
-- Its first code was right.  Nothing if the member has a second factor by now
-- that this session has not shown.
UPDATE second_factor n
   SET state = 'active', last_step = $2::bigint, expires_at = NULL,
       code_hash = NULL, code_tries = 0, code_until = NULL
 WHERE n.id = $1::uuid AND n.state = 'new' AND n.expires_at > now()
   AND (EXISTS (SELECT FROM session WHERE id = $3::uuid AND proven)
        OR NOT EXISTS (SELECT FROM second_factor a
                        WHERE a.tenant_id = n.tenant_id AND a.member_id = n.member_id AND a.state = 'active'))
RETURNING n.id;

-- name: second_factor_step
-- args: id uuid, step bigint
-- A code is used: it and older ones are not good again.  Nothing if it was.
UPDATE second_factor
   SET last_step = $2::bigint
 WHERE id = $1::uuid AND state = 'active' AND last_step < $2::bigint
RETURNING id;

-- name: second_factor_code_set
-- args: id uuid, code hash bytea
-- A code goes by SMS: good for five minutes and five tries, in place of the
-- one before.
UPDATE second_factor
   SET code_hash = $2::bytea, code_until = now() + interval '5 minutes', code_tries = 0
 WHERE id = $1::uuid;

-- name: second_factor_code_try
-- args: member uuid, state text
-- Count a try at the code sent last, if it is still good.
UPDATE second_factor
   SET code_tries = code_tries + 1
 WHERE member_id = $1::uuid AND kind = 'sms' AND state = $2::text
   AND code_until > now() AND code_tries < 5
RETURNING id, code_hash;

-- name: second_factor_code_use
-- args: id uuid
-- It was right: not again.
UPDATE second_factor SET code_hash = NULL, code_until = NULL WHERE id = $1::uuid;

-- name: second_factor_recovery_add
-- args: member uuid, hashes text
-- New recovery codes, by their hashes in hexadecimal between spaces; the old
-- ones are gone.
WITH gone AS (
    DELETE FROM recovery_code
     WHERE member_id = $1::uuid
)
INSERT INTO recovery_code (tenant_id, member_id, code_hash)
SELECT current_setting('app.tenant_id')::uuid, $1::uuid, decode(hash, 'hex')
  FROM regexp_split_to_table($2::text, ' ') AS hash;

-- name: second_factor_recovery_use
-- args: member uuid, code hash bytea
-- Each once.
UPDATE recovery_code
   SET used_at = now()
 WHERE member_id = $1::uuid AND code_hash = $2::bytea AND used_at IS NULL
RETURNING member_id;

-- name: second_factor_recovery_count
-- args: member uuid
-- How many recovery codes are left.
SELECT count(*) AS left
  FROM recovery_code
 WHERE member_id = $1::uuid AND used_at IS NULL;

-- name: second_factor_reset
-- args: member uuid
-- Take everything away, and say what there was.
WITH codes AS (
    DELETE FROM recovery_code
     WHERE member_id = $1::uuid
)
DELETE FROM second_factor
 WHERE member_id = $1::uuid
RETURNING state;

-- name: second_factor_rule_show
-- Who must have one.
SELECT requirement, array_to_string(roles, ' ') AS roles, version
  FROM second_factor_rule
 WHERE tenant_id = current_setting('app.tenant_id')::uuid;

-- name: second_factor_rule_update
-- args: requirement text, roles text, version integer
-- Say who must, if nobody else did meanwhile; a rule never said is version 0.
INSERT INTO second_factor_rule AS r (tenant_id, requirement, roles)
SELECT current_setting('app.tenant_id')::uuid, $1::text, string_to_array($2::text, ' ')
 WHERE $3::integer = 0 OR EXISTS (SELECT FROM second_factor_rule)
ON CONFLICT (tenant_id) DO UPDATE
   SET requirement = excluded.requirement, roles = excluded.roles, version = r.version + 1
 WHERE r.version = $3::integer
RETURNING version;
