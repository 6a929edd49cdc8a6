-- Browsers from which members have signed in before.

-- name: browser_take
-- args: token hash bytea, e-mail hash bytea, tries integer
-- Count one try from a browser that is known for that account; nothing if it
-- is not, or has had all its tries.
UPDATE browser b
   SET failures = b.failures + 1
  FROM member m
 WHERE b.token_hash = $1::bytea AND b.expires_at > now() AND b.failures < $3::integer
   AND m.tenant_id = b.tenant_id AND m.id = b.member_id AND m.email_hash = $2::bytea
RETURNING b.id;

-- name: browser_is_ours
-- args: token hash bytea
-- Was the token made here, for whichever member?
SELECT EXISTS (SELECT FROM browser WHERE token_hash = $1::bytea AND expires_at > now()) AS ours;

-- name: browser_add
-- args: id uuid, member uuid, token hash bytea, days integer
-- The member has signed in from there; those whose time is over go.
WITH gone AS (
    DELETE FROM browser WHERE member_id = $2::uuid AND expires_at <= now()
)
INSERT INTO browser (tenant_id, id, member_id, token_hash, expires_at)
VALUES (current_setting('app.tenant_id')::uuid, $1::uuid, $2::uuid, $3::bytea, now() + make_interval(days => $4::integer))
ON CONFLICT (tenant_id, member_id, token_hash) DO UPDATE
   SET failures = 0, expires_at = excluded.expires_at;

-- name: browser_delete_all
-- args: member uuid
-- None of them is known for the member any more.
DELETE FROM browser WHERE member_id = $1::uuid;
