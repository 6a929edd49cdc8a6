-- Members.  Names and addresses are cells: what is searched is decrypted.

-- name: member_list
-- args: states text[]
-- Every member of the tenant in one of these states, in no order: names sort
-- only in clear.
SELECT m.id, m.version, m.name_cell, m.kana_cell, m.email_cell, m.language, m.state,
       coalesce(r.roles, '') AS roles, coalesce(o.offices, '') AS offices,
       coalesce(d.departments, '') AS departments
  FROM member m
  LEFT JOIN (SELECT member_id, string_agg(role, ' ') AS roles
               FROM member_role
              GROUP BY member_id) r ON r.member_id = m.id
  LEFT JOIN (SELECT member_id, string_agg(office_id::text, ' ' ORDER BY office_id) AS offices
               FROM member_office
              GROUP BY member_id) o ON o.member_id = m.id
  LEFT JOIN (SELECT dm.member_id, string_agg(d.name, E'\n' ORDER BY d.name) AS departments
               FROM department_member dm
               JOIN department d ON d.tenant_id = dm.tenant_id AND d.id = dm.department_id
              GROUP BY dm.member_id) d ON d.member_id = m.id
 WHERE m.state = ANY ($1::text[]);

-- name: member_find_many
-- args: ids uuid[]
-- The members with these ids, in their order.
SELECT m.id, m.version, m.name_cell, m.kana_cell, m.email_cell, m.language, m.state,
       coalesce((SELECT string_agg(r.role, ' ')
                   FROM member_role r
                  WHERE r.tenant_id = m.tenant_id AND r.member_id = m.id), '') AS roles,
       coalesce((SELECT string_agg(o.office_id::text, ' ' ORDER BY o.office_id)
                   FROM member_office o
                  WHERE o.tenant_id = m.tenant_id AND o.member_id = m.id), '') AS offices,
       coalesce((SELECT string_agg(d.name, E'\n' ORDER BY d.name)
                   FROM department_member dm
                   JOIN department d ON d.tenant_id = dm.tenant_id AND d.id = dm.department_id
                  WHERE dm.tenant_id = m.tenant_id AND dm.member_id = m.id), '') AS departments
  FROM member m
 WHERE m.id = ANY ($1::uuid[])
 ORDER BY array_position($1::uuid[], m.id);

-- name: member_names
-- Who may be asked for at a tablet: active members, with one department.
SELECT m.id, m.name_cell, m.kana_cell, coalesce(d.name, '') AS department
  FROM member m
  LEFT JOIN (SELECT dm.member_id, min(d.name) AS name
               FROM department_member dm
               JOIN department d ON d.tenant_id = dm.tenant_id AND d.id = dm.department_id
              GROUP BY dm.member_id) d ON d.member_id = m.id
 WHERE m.state = 'active';

-- name: member_add
-- args: id uuid, name cell, kana cell, e-mail cell, e-mail hash bytea, language text, password hash text, state text
-- A new member; nothing if somebody has that e-mail address.
INSERT INTO member (tenant_id, id, name_cell, kana_cell, email_cell, email_hash, language, password_hash, state)
VALUES (current_setting('app.tenant_id')::uuid, $1::uuid, $2::bytea, $3::bytea, $4::bytea, $5::bytea,
        $6::text, $7::text, $8::text)
ON CONFLICT (tenant_id, email_hash) DO NOTHING
RETURNING id;

-- name: member_add_many
-- args: ids uuid[], names text[], kanas text[], e-mails text[], e-mail hashes text[], languages text[], roles text[]
-- New members, who are to be invited, and their roles; how many of them there
-- are: who has an e-mail address that somebody has is left out.  Cells and
-- hashes are in hexadecimal, roles separated by spaces.
WITH made AS (
    INSERT INTO member (tenant_id, id, name_cell, kana_cell, email_cell, email_hash, language, state)
    SELECT current_setting('app.tenant_id')::uuid, id, decode(name, 'hex'), decode(kana, 'hex'),
           decode(email, 'hex'), decode(hash, 'hex'), language, 'invited'
      FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
           AS x (id, name, kana, email, hash, language)
        ON CONFLICT (tenant_id, email_hash) DO NOTHING
    RETURNING id
), given AS (
    INSERT INTO member_role (tenant_id, member_id, role)
    SELECT current_setting('app.tenant_id')::uuid, made.id, role
      FROM made
      JOIN unnest($1::uuid[], $7::text[]) AS x (id, roles) ON x.id = made.id
     CROSS JOIN LATERAL unnest(string_to_array(x.roles, ' ')) AS role
)
SELECT count(*) AS n FROM made;

-- name: member_office_add_many
-- args: members uuid[], offices text[]
-- The offices of new members, whose ids are separated by spaces; how many of
-- them there are not.
WITH wanted AS (
    SELECT DISTINCT x.id AS member, w.id, o.id IS NULL AS unknown
      FROM unnest($1::uuid[], $2::text[]) AS x (id, offices)
     CROSS JOIN LATERAL unnest(string_to_array(x.offices, ' ')::uuid[]) AS w (id)
      LEFT JOIN office o ON o.id = w.id
), come AS (
    INSERT INTO member_office (tenant_id, member_id, office_id)
    SELECT current_setting('app.tenant_id')::uuid, member, id FROM wanted WHERE NOT unknown
)
SELECT count(*) AS n FROM wanted WHERE unknown;

-- name: member_department_add_many
-- args: members uuid[], departments text[]
-- The departments of new members, whose names are separated by line feeds, all
-- in hexadecimal; how many of them there are not.
WITH wanted AS (
    SELECT DISTINCT x.id AS member, d.id
      FROM unnest($1::uuid[], $2::text[]) AS x (id, departments)
     CROSS JOIN LATERAL unnest(string_to_array(convert_from(decode(x.departments, 'hex'), 'UTF8'), E'\n')) AS w (name)
      LEFT JOIN department d ON d.name = w.name AND d.removed_at IS NULL
), come AS (
    INSERT INTO department_member (tenant_id, department_id, member_id)
    SELECT current_setting('app.tenant_id')::uuid, id, member FROM wanted WHERE id IS NOT NULL
)
SELECT count(*) AS n FROM wanted WHERE id IS NULL;

-- name: member_role_add
-- args: member uuid, roles text
-- Give the roles, whose names are separated by spaces.
INSERT INTO member_role (tenant_id, member_id, role)
SELECT current_setting('app.tenant_id')::uuid, $1::uuid, role
  FROM regexp_split_to_table($2::text, ' ') AS role
ON CONFLICT DO NOTHING;

-- name: member_activation_add
-- args: token hashes text[], members uuid[], days integer
-- The links of invitations, which kill those before them; and the time zone of
-- the first office, in which to say how long they are good.
WITH old AS (
    UPDATE activation SET expires_at = now()
     WHERE member_id = ANY ($2::uuid[]) AND used_at IS NULL AND expires_at > now()
), added AS (
    INSERT INTO activation (tenant_id, token_hash, member_id, role, expires_at)
    SELECT current_setting('app.tenant_id')::uuid, decode(hash, 'hex'), member, 'member',
           now() + make_interval(days => $3::integer)
      FROM unnest($1::text[], $2::uuid[]) AS x (hash, member)
)
SELECT (extract(epoch FROM now() + make_interval(days => $3::integer)) * 1000)::bigint AS expires_at,
       coalesce((SELECT (extract(epoch FROM (now() AT TIME ZONE o.time_zone)
                                          - (now() AT TIME ZONE 'UTC')) / 60)::int
                   FROM office o
                  ORDER BY o.state DESC, o.name, o.id
                  LIMIT 1), 540) AS offset_minutes;

-- name: member_activation_use
-- args: token hash bytea
-- The link is used: by one request, once.
UPDATE activation
   SET used_at = now()
 WHERE token_hash = $1::bytea AND used_at IS NULL AND expires_at > now()
RETURNING member_id, role;

-- name: member_activation_free
-- args: token hash bytea
-- It was not used after all: what was typed beside it has to be corrected.
UPDATE activation SET used_at = NULL WHERE token_hash = $1::bytea;

-- name: member_activate
-- args: id uuid, name cell, kana cell, language text, password hash text, e-mail hash bytea
-- An invited member becomes active, if that is the address invited.
UPDATE member
   SET name_cell = $2::bytea, kana_cell = $3::bytea, language = $4::text, password_hash = $5::text,
       state = 'active', version = version + 1
 WHERE id = $1::uuid AND state = 'invited' AND email_hash = $6::bytea
RETURNING id;

-- name: member_serves
-- args: member uuid, office uuid
-- Does the member serve at that office?  Nobody's list is empty: it means all.
SELECT NOT EXISTS (SELECT FROM member_office WHERE member_id = $1::uuid)
       OR EXISTS (SELECT FROM member_office WHERE member_id = $1::uuid AND office_id = $2::uuid) AS serves;

-- name: member_lock
-- Who may do what changes one at a time in a tenant, until the transaction
-- ends: otherwise two administrators could unmake each other.
SELECT pg_advisory_xact_lock(hashtextextended('member ' || current_setting('app.tenant_id'), 0));

-- name: member_acting
-- args: member uuid
-- The roles of a member who is active; none of another.
SELECT coalesce(string_agg(r.role, ' '), '') AS roles
  FROM member m
  JOIN member_role r ON r.tenant_id = m.tenant_id AND r.member_id = m.id
 WHERE m.state = 'active' AND m.id = $1::uuid;

-- name: member_other_admins
-- args: member uuid
-- How many system administrators there would be without this member.
SELECT count(*) AS others
  FROM member m
  JOIN member_role r ON r.tenant_id = m.tenant_id AND r.member_id = m.id
 WHERE m.state = 'active' AND r.role = 'system_admin' AND m.id <> $1::uuid;

-- name: member_edit
-- args: id uuid, name cell, kana cell, language text
-- Write over what is known of a member.
UPDATE member
   SET name_cell = $2::bytea, kana_cell = $3::bytea, language = $4::text, version = version + 1
 WHERE id = $1::uuid;

-- name: member_role_set
-- args: member uuid, roles text
-- The roles, whose names are separated by spaces, and no others.
WITH gone AS (
    DELETE FROM member_role
     WHERE member_id = $1::uuid AND role <> ALL (string_to_array($2::text, ' '))
)
INSERT INTO member_role (tenant_id, member_id, role)
SELECT current_setting('app.tenant_id')::uuid, $1::uuid, role
  FROM unnest(string_to_array($2::text, ' ')) AS role
ON CONFLICT DO NOTHING;

-- name: member_office_set
-- args: member uuid, offices text
-- The offices, whose ids are separated by spaces, and no others; and how many
-- of them there are not.
WITH wanted AS (
    SELECT DISTINCT w.id, o.id IS NULL AS unknown
      FROM unnest(string_to_array($2::text, ' ')::uuid[]) AS w (id)
      LEFT JOIN office o ON o.id = w.id
), gone AS (
    DELETE FROM member_office
     WHERE member_id = $1::uuid AND office_id NOT IN (SELECT id FROM wanted)
), come AS (
    INSERT INTO member_office (tenant_id, member_id, office_id)
    SELECT current_setting('app.tenant_id')::uuid, $1::uuid, id FROM wanted WHERE NOT unknown
    ON CONFLICT DO NOTHING
)
SELECT count(*) AS unknown FROM wanted WHERE unknown;

-- name: member_department_set
-- args: member uuid, departments text
-- The departments, whose names are separated by line feeds, and no others;
-- and how many of them there are not.
WITH wanted AS (
    SELECT DISTINCT d.id
      FROM unnest(string_to_array($2::text, E'\n')) AS w (name)
      LEFT JOIN department d ON d.name = w.name AND d.removed_at IS NULL
), gone AS (
    DELETE FROM department_member
     WHERE member_id = $1::uuid
       AND department_id NOT IN (SELECT id FROM wanted WHERE id IS NOT NULL)
), come AS (
    INSERT INTO department_member (tenant_id, department_id, member_id)
    SELECT current_setting('app.tenant_id')::uuid, id, $1::uuid FROM wanted WHERE id IS NOT NULL
    ON CONFLICT DO NOTHING
)
SELECT count(*) AS unknown FROM wanted WHERE id IS NULL;

-- name: member_disable
-- args: id uuid
-- invited or active -> disabled: sessions and the invitation's link end.
WITH links AS (
    UPDATE activation SET expires_at = now()
     WHERE member_id = $1::uuid AND used_at IS NULL AND expires_at > now()
), signed_in AS (
    DELETE FROM session WHERE member_id = $1::uuid
)
UPDATE member SET state = 'disabled', version = version + 1
 WHERE id = $1::uuid AND state <> 'disabled';

-- name: member_enable
-- args: id uuid
-- disabled -> active, or invited for one who never came in.
UPDATE member
   SET state = CASE WHEN password_hash IS NULL THEN 'invited' ELSE 'active' END, version = version + 1
 WHERE id = $1::uuid AND state = 'disabled';

-- name: member_password_account
-- args: member uuid
-- Whose password is to be changed.
SELECT id, password_hash, name_cell, email_cell, language FROM member WHERE id = $1::uuid AND state = 'active';

-- name: member_password_set
-- args: member uuid, password hash text, the one looked at text
-- Another password; the links that would reset the one before are dead.  No row
-- if one was looked at that is another by now.
WITH changed AS (
    UPDATE member
       SET password_hash = $2::text, version = version + 1
     WHERE id = $1::uuid AND state = 'active' AND ($3::text IS NULL OR password_hash = $3::text)
    RETURNING id
), dead AS (
    DELETE FROM password_reset WHERE member_id IN (SELECT id FROM changed)
)
SELECT id FROM changed;

-- name: member_password_reset_add
-- args: e-mail hash bytea, token hash bytea, minutes integer
-- A link for the account with that address, in place of the one it has; no row
-- if there is no such account.
WITH account AS (
    SELECT tenant_id, id, name_cell, email_cell, language
      FROM member
     WHERE email_hash = $1::bytea AND state = 'active'
), added AS (
    INSERT INTO password_reset (tenant_id, member_id, token_hash, expires_at)
    SELECT tenant_id, id, $2::bytea, now() + make_interval(mins => $3::integer)
      FROM account
    ON CONFLICT (tenant_id, member_id) DO UPDATE
       SET token_hash = excluded.token_hash, created_at = now(), expires_at = excluded.expires_at
)
SELECT id, name_cell, email_cell, language FROM account;

-- name: member_password_reset_find
-- args: token hash bytea
-- Whose link it is; who uses it at the same moment waits.
SELECT member_id FROM password_reset WHERE token_hash = $1::bytea AND expires_at > now() FOR UPDATE;
