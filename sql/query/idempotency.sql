-- Answers kept under the client's idempotency key; see
-- src/domain/idempotency.h.

-- name: idempotency_show
-- args: principal text, key text
-- The kept answer, if there is one; and is this transaction the only one at
-- work under the key?  The lock ends with the transaction.
  WITH locked AS MATERIALIZED (
           SELECT pg_try_advisory_xact_lock(hashtextextended(
                      concat_ws(' ', current_setting('app.tenant_id'), $1::text, $2::text), 0)) AS mine)
SELECT mine, id, route, body_hash, status, answer_cell
  FROM locked
  LEFT JOIN idempotency
    ON tenant_id = current_setting('app.tenant_id')::uuid
   AND principal = $1::text AND key = $2::text;

-- name: idempotency_keep
-- args: principal text, key text, id uuid, route text, body hash bytea, status integer, answer cell bytea
-- Keep the answer, in the transaction that made it, and drop a few of the
-- tenant's that are a day old: nobody asks for those again.
  WITH dropped AS (
           DELETE FROM idempotency
            WHERE (tenant_id, principal, key) IN (
                      SELECT tenant_id, principal, key
                        FROM idempotency
                       WHERE tenant_id = current_setting('app.tenant_id')::uuid
                         AND created_at < now() - interval '1 day'
                       ORDER BY created_at
                       LIMIT 10
                         FOR UPDATE SKIP LOCKED))
INSERT INTO idempotency (tenant_id, principal, key, id, route, body_hash, status, answer_cell)
VALUES (current_setting('app.tenant_id')::uuid, $1::text, $2::text, $3::uuid, $4::text, $5::bytea,
        $6::integer, $7::bytea);
