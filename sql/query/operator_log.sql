-- What those who run the installation did.

-- name: operator_log_add
-- args: operator uuid, address text, action text, tenant uuid, object uuid, result text
-- One more line.
INSERT INTO operator_log (operator_id, address, action, about, object_id, result)
VALUES ($1::uuid, $2::text, $3::text, $4::uuid, $5::uuid, $6::text);

-- name: operator_log_seldom
-- args: operator uuid, address text, action text, tenant uuid, object uuid, result text, seconds integer
-- The same, unless it stands there already since so many seconds; and no more
-- than 600 lines a minute of it, so that a flood cannot fill the disk.
INSERT INTO operator_log (operator_id, address, action, about, object_id, result)
SELECT $1::uuid, $2::text, $3::text, $4::uuid, $5::uuid, $6::text
 WHERE NOT EXISTS (SELECT FROM operator_log
                    WHERE at > now() - make_interval(secs => $7::integer)
                      AND action = $3::text AND result = $6::text AND address = $2::text
                      AND operator_id IS NOT DISTINCT FROM $1::uuid
                      AND about IS NOT DISTINCT FROM $4::uuid AND object_id IS NOT DISTINCT FROM $5::uuid)
   AND (SELECT count(*) FROM operator_log
         WHERE at > now() - interval '1 minute' AND result <> 'done') < 600;

-- name: operator_log_page
-- args: before bigint, action text, operator uuid, tenant uuid, refused boolean, from text, until text, limit integer
-- Newest first; what is NULL does not matter.
SELECT l.seq, (extract(epoch FROM l.at) * 1000)::bigint AS at, l.operator_id, o.email, l.address, l.action,
       l.about, n.name AS tenant_name, l.object_id, l.result
  FROM operator_log l
  LEFT JOIN operator o ON o.id = l.operator_id
  LEFT JOIN tenant_name n ON n.tenant_id = l.about
 WHERE ($1::bigint IS NULL OR l.seq < $1::bigint)
   AND ($2::text IS NULL OR starts_with(l.action, $2::text))
   AND ($3::uuid IS NULL OR l.operator_id = $3::uuid)
   AND ($4::uuid IS NULL OR l.about = $4::uuid)
   AND ($5::boolean IS NULL OR (l.result <> 'done') = $5::boolean)
   AND ($6::text IS NULL OR l.at >= $6::timestamptz)
   AND ($7::text IS NULL OR l.at < $7::timestamptz)
 ORDER BY l.seq DESC
 LIMIT $8::integer;
