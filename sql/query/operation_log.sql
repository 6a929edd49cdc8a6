-- The operation log: append-only.

-- name: operation_log_add
-- args: id uuid, actor kind text, actor uuid, address text, action text, object uuid, result text, detail cell
-- One deed, in the deed's own transaction.
INSERT INTO operation (tenant_id, id, actor_kind, actor_id, address, action, object_id, result, detail_cell)
VALUES (current_setting('app.tenant_id')::uuid, $1::uuid, $2::text, $3::uuid, $4::text, $5::text,
        $6::uuid, $7::text, $8::bytea);
