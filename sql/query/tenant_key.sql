-- The wrapped data keys of a tenant, one series of versions for each use.
-- What unwraps them is in the key service; see src/domain/tenant_key.h.

-- name: tenant_key_show
-- args: use text, version integer
-- One data key: the version asked for, or the current one for version 0.
SELECT version, wrapped, kms_key_id, state
  FROM tenant_key
 WHERE tenant_id = current_setting('app.tenant_id')::uuid
   AND use = $1::text
   AND (version = $2::integer OR ($2::integer = 0 AND state = 'current'));

-- name: tenant_key_add
-- args: use text, version integer, wrapped bytea, kms key text
-- A new data key becomes the current one; the old one was retired before.
INSERT INTO tenant_key (tenant_id, use, version, wrapped, kms_key_id)
VALUES (current_setting('app.tenant_id')::uuid, $1::text, $2::integer, $3::bytea, $4::text);

-- name: tenant_key_retire
-- args: use text
-- The current data key of a use opens old cells from now on, and seals none.
UPDATE tenant_key
   SET state = 'old'
 WHERE tenant_id = current_setting('app.tenant_id')::uuid
   AND use = $1::text AND state = 'current'
RETURNING version, kms_key_id;

-- name: tenant_key_count
-- args: use text, version integer, writes bigint
-- Set aside a block of encryptions.  A row that another transaction is
-- counting is left alone, so that counting never waits and never deadlocks.
UPDATE tenant_key
   SET writes = writes + $3::bigint
 WHERE (tenant_id, use, version) IN (
           SELECT tenant_id, use, version
             FROM tenant_key
            WHERE tenant_id = current_setting('app.tenant_id')::uuid
              AND use = $1::text AND version = $2::integer
              FOR UPDATE SKIP LOCKED)
RETURNING writes;

-- name: tenant_key_list
-- All data keys of the tenant and how they stand; never what they are.
SELECT use, version, state, writes, kms_key_id, wrapped,
       (extract(epoch FROM created_at) * 1000)::bigint AS created_at
  FROM tenant_key
 WHERE tenant_id = current_setting('app.tenant_id')::uuid
 ORDER BY use, version;

-- name: tenant_key_rewrap
-- args: use text, version integer, wrapped bytea, kms key text
-- The same data key, wrapped anew.
UPDATE tenant_key
   SET wrapped = $3::bytea, kms_key_id = $4::text
 WHERE tenant_id = current_setting('app.tenant_id')::uuid
   AND use = $1::text AND version = $2::integer;
