-- Sessions of members.

-- name: session_account
-- args: e-mail hash bytea
-- The account that somebody wants to sign in to.
SELECT m.id, m.password_hash, m.language, t.state AS tenant_state,
       EXISTS (SELECT FROM second_factor f
                WHERE f.tenant_id = m.tenant_id AND f.member_id = m.id AND f.state = 'active') AS has_factor
  FROM member m
  JOIN tenant t ON t.tenant_id = m.tenant_id
 WHERE m.email_hash = $1::bytea AND m.state = 'active';

-- name: session_rehash
-- args: member uuid, password hash text, the one looked at text
-- The same password under today's parameters.
UPDATE member SET password_hash = $2::text WHERE id = $1::uuid AND password_hash = $3::text AND state = 'active';

-- name: session_add
-- args: id uuid, member uuid, token hash bytea, address text, browser text, idle seconds integer, longest seconds integer, password hash looked at text
-- Signed in; the member's sessions that are over go.  No row if the password is
-- another by now: who changes it waits for this session and ends it.
WITH gone AS (
    DELETE FROM session
     WHERE member_id = $2::uuid
       AND (expires_at <= now() OR seen_at <= now() - make_interval(secs => $6::integer))
)
INSERT INTO session (tenant_id, id, member_id, token_hash, address, browser, expires_at)
SELECT tenant_id, $1::uuid, id, $3::bytea, $4::text, $5::text, now() + make_interval(secs => $7::integer)
  FROM member
 WHERE id = $2::uuid AND password_hash = $8::text AND state = 'active'
   FOR SHARE
RETURNING id;

-- name: session_find
-- args: token hash bytea
-- Whose session it is, and what it needs before it is good for anything.  Its
-- use is noted once a minute, without waiting for another request of the same
-- session.
WITH policy AS (
    SELECT coalesce(max(idle_minutes), 480) * interval '1 minute' AS idle,
           coalesce(max(longest_hours), 168) * interval '1 hour' AS longest
      FROM sign_in_policy
), touched AS (
    UPDATE session
       SET seen_at = now()
     WHERE (tenant_id, id) IN (
               SELECT s.tenant_id, s.id
                 FROM session s, policy p
                WHERE s.token_hash = $1::bytea
                  AND s.seen_at < now() - interval '1 minute'
                  AND s.seen_at > now() - p.idle
                  AND least(s.expires_at, s.created_at + p.longest) > now()
                  FOR UPDATE OF s SKIP LOCKED)
)
SELECT s.id, s.member_id, m.language, tenant_state_now(t) AS tenant_state,
       (extract(epoch FROM least(s.expires_at, s.created_at + p.longest, now() + p.idle,
                                 CASE WHEN t.stops_at > now() THEN t.stops_at END)) * 1000)::bigint AS expires_at,
       coalesce((SELECT string_agg(r.role, ' ')
                   FROM member_role r
                  WHERE r.tenant_id = s.tenant_id AND r.member_id = s.member_id), '') AS roles,
       coalesce((SELECT n.admin FROM network_rule n WHERE n.tenant_id = s.tenant_id), '') AS networks,
       CASE WHEN s.proven THEN 'nothing'
            WHEN EXISTS (SELECT FROM second_factor f
                          WHERE f.tenant_id = s.tenant_id AND f.member_id = s.member_id AND f.state = 'active')
            THEN 'code'
            WHEN EXISTS (SELECT FROM second_factor_rule u
                          WHERE u.tenant_id = s.tenant_id
                            AND (u.requirement = 'all'
                                 OR EXISTS (SELECT FROM member_role r
                                             WHERE r.tenant_id = s.tenant_id AND r.member_id = s.member_id
                                               AND r.role = ANY (u.roles))))
            THEN 'enrolment'
            ELSE 'nothing' END AS need
  FROM policy p, session s
  JOIN member m ON m.tenant_id = s.tenant_id AND m.id = s.member_id
  JOIN tenant t ON t.tenant_id = s.tenant_id
 WHERE s.token_hash = $1::bytea
   AND least(s.expires_at, s.created_at + p.longest) > now()
   AND s.seen_at > now() - p.idle
   AND m.state = 'active';

-- name: session_prove
-- args: id uuid, token hash bytea, longest seconds integer
-- The second factor was shown: the session has another token from now on.
UPDATE session
   SET proven = true, token_hash = $2::bytea, seen_at = now(),
       expires_at = now() + make_interval(secs => $3::integer)
 WHERE id = $1::uuid;

-- name: session_list
-- args: member uuid
-- The member's sessions that are good, the one used last on top.
WITH policy AS (
    SELECT coalesce(max(idle_minutes), 480) * interval '1 minute' AS idle,
           coalesce(max(longest_hours), 168) * interval '1 hour' AS longest
      FROM sign_in_policy
)
SELECT s.id, s.address, s.browser,
       (extract(epoch FROM s.created_at) * 1000)::bigint AS created_at,
       (extract(epoch FROM s.seen_at) * 1000)::bigint AS seen_at
  FROM policy p, session s
 WHERE s.member_id = $1::uuid
   AND least(s.expires_at, s.created_at + p.longest) > now()
   AND s.seen_at > now() - p.idle
 ORDER BY s.seen_at DESC, s.id
 LIMIT 200;

-- name: session_delete
-- args: id uuid
-- Sign out.
DELETE FROM session WHERE id = $1::uuid;

-- name: session_delete_own
-- args: id uuid, member uuid
-- End one of the member's sessions.
DELETE FROM session WHERE id = $1::uuid AND member_id = $2::uuid RETURNING id;

-- name: session_delete_others
-- args: member uuid, id uuid
-- Sign a member out everywhere but there.
DELETE FROM session WHERE member_id = $1::uuid AND id <> $2::uuid;

-- name: session_delete_all
-- args: member uuid
-- Sign a member out everywhere.
DELETE FROM session WHERE member_id = $1::uuid;
