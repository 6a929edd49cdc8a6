-- Whether a tenant's log is what it was; run by courier and by the operator.

-- name: operation_verify_page
-- args: after bigint, limit int
-- Links in their order, each with its row as it is now.
SELECT l.tenant_id, l.position, l.seq AS link_seq, l.operation_id, encode(l.detail_hash, 'hex') AS link_detail,
       encode(l.hash, 'hex') AS hash, (extract(epoch FROM l.chained_at) * 1000)::bigint AS chained_at,
       o.seq, o.id, (extract(epoch FROM o.at) * 1000000)::bigint AS at, o.actor_kind, o.actor_id, o.address,
       o.action, o.object_id, o.result, encode(sha256(o.detail_cell), 'hex') AS detail
  FROM operation_link l
  LEFT JOIN operation o ON o.tenant_id = l.tenant_id AND o.seq = l.seq
 WHERE l.tenant_id = current_setting('app.tenant_id')::uuid AND l.position > $1::bigint
 ORDER BY l.position
 LIMIT $2::int;

-- name: operation_verify_elsewhere
-- args: id uuid
-- Is that row there at all?
SELECT EXISTS (SELECT FROM operation
                WHERE tenant_id = current_setting('app.tenant_id')::uuid AND id = $1::uuid) AS found;

-- name: operation_verify_cuts
-- args:
-- Where it is on record that the old end may go up to which head.
SELECT o.object_id AS head, l.position
  FROM operation o
  JOIN operation_link l ON l.tenant_id = o.tenant_id AND l.seq = o.seq
 WHERE o.tenant_id = current_setting('app.tenant_id')::uuid
   AND o.action = 'operation.cut' AND o.object_id IS NOT NULL
 ORDER BY l.position;

-- name: operation_verify_unchained
-- args:
-- Rows that were passed over although they are older than what is linked.
SELECT o.seq, (extract(epoch FROM o.at) * 1000)::bigint AS at
  FROM operation o
 WHERE (o.xid, o.seq) <= ((SELECT xid FROM operation_mark), (SELECT seq FROM operation_mark))
   AND NOT EXISTS (SELECT FROM operation_link l WHERE l.tenant_id = o.tenant_id AND l.seq = o.seq)
 ORDER BY o.seq
 LIMIT 1000;

-- name: operation_verify_waiting
-- args:
-- Rows still to be linked.
SELECT count(*) AS n, (extract(epoch FROM min(o.at)) * 1000)::bigint AS since
  FROM operation o
 WHERE (o.xid, o.seq) > ((SELECT xid FROM operation_mark), (SELECT seq FROM operation_mark))
   AND NOT EXISTS (SELECT FROM operation_link l WHERE l.tenant_id = o.tenant_id AND l.seq = o.seq);
