-- What the operator tells tenants: table public_notice to all, tenant_notice
-- to some.

-- name: operator_notice_publish
-- args: id uuid, kind text, ja text, en text, from text, until text
-- Tell everybody, and the public on the status page.
INSERT INTO public_notice (id, kind, text_ja, text_en, starts_at, ends_at)
VALUES ($1::uuid, $2::text, $3::text, $4::text, coalesce($5::timestamptz, now()), $6::timestamptz);

-- name: operator_notice_address
-- args: id uuid, kind text, ja text, en text, from text, until text
-- Tell the tenant of the scope.
INSERT INTO tenant_notice (tenant_id, id, kind, text_ja, text_en, starts_at, ends_at)
VALUES (current_setting('app.tenant_id')::uuid, $1::uuid, $2::text, $3::text, $4::text,
        coalesce($5::timestamptz, now()), $6::timestamptz);

-- name: operator_notice_withdraw_public
-- args: id uuid
-- It is over, or was wrong.
UPDATE public_notice
   SET withdrawn_at = now()
 WHERE id = $1::uuid AND withdrawn_at IS NULL
RETURNING id;

-- name: operator_notice_withdraw
-- args: id uuid
-- The same of one to the tenant of the scope.
UPDATE tenant_notice
   SET withdrawn_at = now()
 WHERE tenant_id = current_setting('app.tenant_id')::uuid AND id = $1::uuid AND withdrawn_at IS NULL
RETURNING id;

-- name: operator_notice_list_public
-- All that was ever told to everybody, newest first.
SELECT id, kind, text_ja, text_en, true AS everybody, false AS read,
       (extract(epoch FROM starts_at) * 1000)::bigint AS starts_at,
       coalesce((extract(epoch FROM ends_at) * 1000)::bigint, 0) AS ends_at,
       coalesce((extract(epoch FROM withdrawn_at) * 1000)::bigint, 0) AS withdrawn_at
  FROM public_notice
 ORDER BY id DESC;

-- name: operator_notice_list_tenant
-- All that was ever told to the tenant of the scope alone or with others.
SELECT id, kind, text_ja, text_en, false AS everybody, false AS read,
       (extract(epoch FROM starts_at) * 1000)::bigint AS starts_at,
       coalesce((extract(epoch FROM ends_at) * 1000)::bigint, 0) AS ends_at,
       coalesce((extract(epoch FROM withdrawn_at) * 1000)::bigint, 0) AS withdrawn_at
  FROM tenant_notice
 WHERE tenant_id = current_setting('app.tenant_id')::uuid
 ORDER BY id DESC;

-- name: operator_notice_page
-- args: before uuid, limit integer
-- All that was ever told to anybody, newest first, and to whom: no names are
-- everybody.
SELECT id, kind, text_ja, text_en, tenants,
       (extract(epoch FROM starts_at) * 1000)::bigint AS starts_at,
       coalesce((extract(epoch FROM ends_at) * 1000)::bigint, 0) AS ends_at,
       coalesce((extract(epoch FROM withdrawn_at) * 1000)::bigint, 0) AS withdrawn_at
  FROM (SELECT id, kind, text_ja, text_en, '' AS tenants, starts_at, ends_at, withdrawn_at
          FROM public_notice
         UNION ALL
        SELECT t.id, min(t.kind), min(t.text_ja), min(t.text_en), string_agg(n.name, ' ' ORDER BY n.name),
               min(t.starts_at), min(t.ends_at), min(t.withdrawn_at)
          FROM tenant_notice t
          JOIN tenant_name n ON n.tenant_id = t.tenant_id
         GROUP BY t.id) AS told
 WHERE $1::uuid IS NULL OR id < $1::uuid
 ORDER BY id DESC
 LIMIT $2::integer;

-- name: operator_notice_list
-- args: member uuid
-- What holds now for a member of the tenant of the scope: not withdrawn, not
-- over; what is nearest first.
SELECT n.id, n.kind, n.text_ja, n.text_en, n.everybody,
       (extract(epoch FROM n.starts_at) * 1000)::bigint AS starts_at,
       coalesce((extract(epoch FROM n.ends_at) * 1000)::bigint, 0) AS ends_at, 0::bigint AS withdrawn_at,
       EXISTS (SELECT FROM notice_read r
                WHERE r.tenant_id = current_setting('app.tenant_id')::uuid
                  AND r.member_id = $1::uuid AND r.notice_id = n.id) AS read
  FROM (SELECT id, kind, text_ja, text_en, starts_at, ends_at, withdrawn_at, true AS everybody
          FROM public_notice
         UNION ALL
        SELECT id, kind, text_ja, text_en, starts_at, ends_at, withdrawn_at, false
          FROM tenant_notice
         WHERE tenant_id = current_setting('app.tenant_id')::uuid) n
 WHERE n.withdrawn_at IS NULL AND (n.ends_at IS NULL OR n.ends_at > now())
 ORDER BY n.starts_at, n.id
 LIMIT 50;

-- name: operator_notice_open
-- What the status page shows: maintenance and incidents for everybody that are
-- not over.
SELECT id, kind, text_ja, text_en, true AS everybody, false AS read,
       (extract(epoch FROM starts_at) * 1000)::bigint AS starts_at,
       coalesce((extract(epoch FROM ends_at) * 1000)::bigint, 0) AS ends_at, 0::bigint AS withdrawn_at
  FROM public_notice
 WHERE withdrawn_at IS NULL AND (ends_at IS NULL OR ends_at > now())
   AND kind <> 'info'
 ORDER BY starts_at, id
 LIMIT 20;

-- name: operator_notice_read
-- args: member uuid, notice uuid
-- The member has seen it; nothing if there is no such notice for it.
WITH found AS (
    SELECT id FROM public_notice WHERE id = $2::uuid
     UNION
    SELECT id FROM tenant_notice
     WHERE tenant_id = current_setting('app.tenant_id')::uuid AND id = $2::uuid
), seen AS (
    INSERT INTO notice_read (tenant_id, member_id, notice_id)
    SELECT current_setting('app.tenant_id')::uuid, $1::uuid, id FROM found
        ON CONFLICT (tenant_id, member_id, notice_id) DO NOTHING
)
SELECT id FROM found;
