-- From which networks a tenant may be used.

-- name: network_rule_show
-- The rule; nothing where none was ever saved.
SELECT version, admin, devices, api_keys FROM network_rule;

-- name: network_rule_update
-- args: admin text, devices text, api keys text, version integer
-- Replace the rule, if it is still the version that was read; 0 is none yet.
INSERT INTO network_rule AS n (tenant_id, admin, devices, api_keys)
VALUES (current_setting('app.tenant_id')::uuid, $1::text, $2::text, $3::text)
    ON CONFLICT (tenant_id) DO UPDATE
   SET admin = excluded.admin, devices = excluded.devices, api_keys = excluded.api_keys, version = n.version + 1
 WHERE n.version = $4::integer
RETURNING version;
