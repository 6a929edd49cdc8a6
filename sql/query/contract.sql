-- What the operator does with tenants; runs as role genkan_operator, which
-- sees no table with a person in it.

-- name: contract_add
-- args: display name text, language text, kms key text
-- A new tenant, whose id is the scope's.
INSERT INTO tenant (tenant_id, display_name, language, kms_key_id)
VALUES (current_setting('app.tenant_id')::uuid, $1::text, $2::text, $3::text);

-- name: contract_name_add
-- args: name text, tag text
-- Its public short name and tag; nothing if either is taken.
INSERT INTO tenant_name (name, tag, tenant_id)
VALUES ($1::text, $2::text, current_setting('app.tenant_id')::uuid)
ON CONFLICT DO NOTHING
RETURNING tag;

-- name: contract_activation_add
-- args: token hash bytea, days integer
-- The single-use token by which the first administrator comes in.
INSERT INTO activation (tenant_id, token_hash, role, expires_at)
VALUES (current_setting('app.tenant_id')::uuid, $1::bytea, 'system_admin',
        now() + make_interval(days => $2::integer))
RETURNING (extract(epoch FROM expires_at) * 1000)::bigint AS expires_at;

-- name: contract_list
-- All tenants' names; what else is to be said of each needs its scope.
SELECT tenant_id, name FROM tenant_name ORDER BY name;

-- name: contract_move
-- args: from text, to text
-- One arrow of the tenant's state; nothing if it is in another.
UPDATE tenant
   SET state = $2::text
 WHERE tenant_id = current_setting('app.tenant_id')::uuid AND state = $1::text
RETURNING tenant_id;

-- name: contract_networks_clear
-- The tenant may be used from everywhere again; nothing if it has no rule.
UPDATE network_rule
   SET admin = '', devices = '', api_keys = '', version = version + 1
 WHERE tenant_id = current_setting('app.tenant_id')::uuid
RETURNING version;

-- name: contract_key
-- args: kms key text
-- The key in the key service that the tenant's data keys are wrapped by.
UPDATE tenant
   SET kms_key_id = $1::text
 WHERE tenant_id = current_setting('app.tenant_id')::uuid AND kms_key_id <> $1::text;
