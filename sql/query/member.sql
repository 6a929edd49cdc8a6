-- Members.  Names and addresses are cells: what is searched is decrypted.

-- name: member_list
-- args: disabled ones too boolean
-- Every member of the tenant, in no order: names sort only in clear.
SELECT m.id, m.name_cell, m.kana_cell, m.email_cell, m.language, m.state,
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
 WHERE $1::boolean OR m.state <> 'disabled';

-- name: member_find_many
-- args: ids uuid[]
-- The members with these ids, in their order.
SELECT m.id, m.name_cell, m.kana_cell, m.email_cell, m.language, m.state,
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

-- name: member_role_add
-- args: member uuid, roles text
-- Give the roles, whose names are separated by spaces.
INSERT INTO member_role (tenant_id, member_id, role)
SELECT current_setting('app.tenant_id')::uuid, $1::uuid, role
  FROM regexp_split_to_table($2::text, ' ') AS role
ON CONFLICT DO NOTHING;

-- name: member_activation_add
-- args: token hash bytea, member uuid, days integer
-- The link of an invitation.
INSERT INTO activation (tenant_id, token_hash, member_id, role, expires_at)
VALUES (current_setting('app.tenant_id')::uuid, $1::bytea, $2::uuid, 'member',
        now() + make_interval(days => $3::integer))
RETURNING (extract(epoch FROM expires_at) * 1000)::bigint AS expires_at;

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
