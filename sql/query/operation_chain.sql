-- The chain over the operation log; ../migrate/0016, domain/operation_chain.
-- Courier sees the logs of all tenants, so what is one tenant's says so.

-- name: operation_chain_lock
-- args:
-- Be the one courier that links; no row if another is.  Ahead: this database
-- counts transactions anew, because it was restored from a dump.
SELECT xid > pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS ahead
  FROM operation_mark
   FOR UPDATE SKIP LOCKED;

-- name: operation_chain_read
-- args: limit int
-- What can be linked now, of all tenants, and where each one's chain ends.
-- LIMIT 1 makes each look-up one of an index, however long the logs are.
WITH n AS MATERIALIZED (
    SELECT o.tenant_id, o.xid, o.seq, o.id, (extract(epoch FROM o.at) * 1000000)::bigint AS at,
           o.actor_kind, o.actor_id, o.address, o.action, o.object_id, o.result,
           encode(sha256(o.detail_cell), 'hex') AS detail
      FROM operation o
      LEFT JOIN LATERAL (
           SELECT l.seq FROM operation_link l
            WHERE l.tenant_id = o.tenant_id AND l.seq = o.seq
            LIMIT 1) linked ON true
     WHERE (o.xid, o.seq) > ((SELECT xid FROM operation_mark), (SELECT seq FROM operation_mark))
       AND o.xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
       AND linked.seq IS NULL
     ORDER BY o.xid, o.seq
     LIMIT $1::int
)
SELECT n.*, coalesce(e.position, 0) AS end_position,
       coalesce(e.hash, repeat('0', 64)) AS end_hash
  FROM n
  LEFT JOIN (
       SELECT t.tenant_id, x.position, encode(x.hash, 'hex') AS hash
         FROM (SELECT DISTINCT tenant_id FROM n) t
        CROSS JOIN LATERAL (
              (SELECT l.position, l.hash FROM operation_link l
                WHERE l.tenant_id = t.tenant_id ORDER BY l.position DESC LIMIT 1)
               UNION ALL
              (SELECT h.position, h.hash FROM operation_head h
                WHERE h.tenant_id = t.tenant_id ORDER BY h.position DESC LIMIT 1)
               ORDER BY position DESC
               LIMIT 1) x) e ON e.tenant_id = n.tenant_id
 ORDER BY n.tenant_id, n.xid, n.seq;

-- name: operation_chain_add
-- args: tenants uuid[], positions bigint[], numbers bigint[], ids uuid[], details text[], hashes text[]
-- The links of a batch.
INSERT INTO operation_link (tenant_id, position, seq, operation_id, detail_hash, hash)
SELECT tenant_id, position, seq, id, decode(detail, 'hex'), decode(hash, 'hex')
  FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::uuid[], $5::text[], $6::text[])
       AS x (tenant_id, position, seq, id, detail, hash);

-- name: operation_chain_mark
-- args: xid bigint, seq bigint
-- Go on from here.
UPDATE operation_mark SET xid = $1::bigint, seq = $2::bigint;

-- name: operation_chain_due
-- args: seconds int
-- The tenants with a link that old and no head after it.
SELECT n.tenant_id
  FROM tenant_name n
 CROSS JOIN LATERAL (SELECT coalesce(max(h.position), 0) AS position
                       FROM operation_head h WHERE h.tenant_id = n.tenant_id) h
 WHERE (SELECT l.chained_at FROM operation_link l
         WHERE l.tenant_id = n.tenant_id AND l.position > h.position
         ORDER BY l.position LIMIT 1) <= now() - $1::int * interval '1 second';

-- name: operation_chain_end
-- args:
-- Where the tenant's chain ends.
SELECT position, seq, encode(hash, 'hex') AS hash, (extract(epoch FROM chained_at) * 1000)::bigint AS at
  FROM operation_link
 WHERE tenant_id = current_setting('app.tenant_id')::uuid
 ORDER BY position DESC
 LIMIT 1;
