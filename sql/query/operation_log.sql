-- The operation log: append-only.

-- name: operation_log_add
-- args: id uuid, actor kind text, actor uuid, address text, action text, object uuid, result text, detail cell
-- One deed, in the deed's own transaction.
INSERT INTO operation (tenant_id, id, actor_kind, actor_id, address, action, object_id, result, detail_cell)
VALUES (current_setting('app.tenant_id')::uuid, $1::uuid, $2::text, $3::uuid, $4::text, $5::text,
        $6::uuid, $7::text, $8::bytea);

-- name: operation_log_add_many
-- args: ids uuid[], objects uuid[], details text[], actor kind text, actor uuid, address text, action text
-- Many deeds of one kind that were done; the details in hexadecimal.
INSERT INTO operation (tenant_id, id, actor_kind, actor_id, address, action, object_id, result, detail_cell)
SELECT current_setting('app.tenant_id')::uuid, id, $4::text, $5::uuid, $6::text, $7::text,
       object, 'done', decode(detail, 'hex')
  FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS x (id, object, detail);

-- name: operation_log_look
-- args: id uuid, actor kind text, actor uuid, address text, action text, object uuid, result text
-- A member's look at the data of others; nothing if the same one is on record
-- within a quarter of an hour.
INSERT INTO operation (tenant_id, id, actor_kind, actor_id, address, action, object_id, result)
SELECT current_setting('app.tenant_id')::uuid, $1::uuid, $2::text, $3::uuid, $4::text, $5::text,
       $6::uuid, $7::text
 WHERE NOT EXISTS (SELECT FROM operation o
                    WHERE o.actor_kind IN ('member', 'api_key') AND o.actor_id = $3::uuid
                      AND o.at > now() - interval '15 minutes'
                      AND o.actor_kind = $2::text AND o.address = $4::text AND o.action = $5::text
                      AND o.object_id IS NOT DISTINCT FROM $6::uuid AND o.result = $7::text);

-- name: operation_log_refuse
-- args: id uuid, actor kind text, actor uuid, address text, action text, object uuid, result text
-- A refusal; nothing if the same one is on record within a minute, or 600 are.
-- Of those whom nobody knows, 30 are, and take no place from the others.
INSERT INTO operation (tenant_id, id, actor_kind, actor_id, address, action, object_id, result)
SELECT current_setting('app.tenant_id')::uuid, $1::uuid, $2::text, $3::uuid, $4::text, $5::text,
       $6::uuid, $7::text
 WHERE NOT EXISTS (SELECT FROM operation o
                    WHERE o.at > now() - interval '1 minute'
                      AND o.actor_kind = $2::text AND o.actor_id IS NOT DISTINCT FROM $3::uuid
                      AND o.address = $4::text AND o.action = $5::text
                      AND o.object_id IS NOT DISTINCT FROM $6::uuid AND o.result = $7::text)
   AND (SELECT count(*) FROM operation
         WHERE at > now() - interval '1 minute' AND result <> 'done'
           AND (actor_kind = 'none') = ($2::text = 'none'))
       < CASE WHEN $2::text = 'none' THEN 30 ELSE 600 END;

-- name: operation_log_page
-- args: before bigint, before_id uuid, from time, to time, actor uuid, actor kind text, action text, object uuid, refused bool, limit int
-- A page of the log, newest first, with the names of whoever and whatever is
-- still there; an action is named in full or by what stands before its dot.
SELECT o.seq, o.id, (extract(epoch FROM o.at) * 1000)::bigint AS at,
       (extract(epoch FROM o.at) * 1000000)::bigint AS cursor,
       o.actor_kind, o.actor_id, o.address, o.action, o.object_id, o.result, o.detail_cell,
       l.position, m.name_cell AS name_cell, d.name AS device,
       om.name_cell AS object_cell, coalesce(f.name, od.name, dep.name, c.name) AS object_name,
       (extract(epoch FROM (o.at AT TIME ZONE z.zone) - (o.at AT TIME ZONE 'UTC')) / 60)::int AS zone_offset
  FROM operation o
 CROSS JOIN (SELECT coalesce((SELECT time_zone FROM office ORDER BY id LIMIT 1), 'Asia/Tokyo') AS zone) z
  LEFT JOIN operation_link l ON l.tenant_id = o.tenant_id AND l.seq = o.seq
  LEFT JOIN member m ON m.tenant_id = o.tenant_id AND m.id = o.actor_id
  LEFT JOIN device d ON d.tenant_id = o.tenant_id AND d.id = o.actor_id
  LEFT JOIN member om ON om.tenant_id = o.tenant_id AND om.id = o.object_id
  LEFT JOIN office f ON f.tenant_id = o.tenant_id AND f.id = o.object_id
  LEFT JOIN device od ON od.tenant_id = o.tenant_id AND od.id = o.object_id
  LEFT JOIN department dep ON dep.tenant_id = o.tenant_id AND dep.id = o.object_id
  LEFT JOIN channel c ON c.tenant_id = o.tenant_id AND c.id = o.object_id
 WHERE o.tenant_id = current_setting('app.tenant_id')::uuid
   AND (o.at, o.id) < (timestamptz 'epoch' + $1::bigint * interval '1 microsecond', $2::uuid)
   AND o.at >= $3::timestamptz AND o.at < $4::timestamptz
   AND ($5::uuid IS NULL OR o.actor_id = $5::uuid)
   AND ($6::text IS NULL OR o.actor_kind = $6::text)
   AND ($7::text IS NULL OR o.action = $7::text OR split_part(o.action, '.', 1) = $7::text)
   AND ($8::uuid IS NULL OR o.object_id = $8::uuid)
   AND ($9::boolean IS NULL OR $9::boolean = (o.result <> 'done'))
 ORDER BY o.at DESC, o.id DESC
 LIMIT $10::int;

-- name: operation_log_state
-- args:
-- How far the log is chained and authenticated.
SELECT l.position, (extract(epoch FROM l.chained_at) * 1000)::bigint AS chained_at,
       h.position AS sealed, (extract(epoch FROM h.at) * 1000)::bigint AS sealed_at, h.finding,
       (SELECT count(*) FROM operation o
         WHERE o.at > now() - interval '1 day'
           AND NOT EXISTS (SELECT FROM operation_link x WHERE x.tenant_id = o.tenant_id AND x.seq = o.seq)) AS waiting
  FROM (SELECT) AS one
  LEFT JOIN (SELECT position, chained_at FROM operation_link ORDER BY position DESC LIMIT 1) l ON true
  LEFT JOIN (SELECT position, at, finding FROM operation_head ORDER BY position DESC LIMIT 1) h ON true;
