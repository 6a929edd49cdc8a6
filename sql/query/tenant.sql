-- The tenant as its own people see it, and the two look-ups that find it.

-- name: tenant_find_tag
-- args: tag text
-- Whose bearer token is it?  Runs without a scope.
SELECT tenant_id FROM tenant_name WHERE tag = $1::text;

-- name: tenant_find_name
-- args: name text
-- Which company is meant at sign-in?  Runs without a scope.
SELECT tenant_id FROM tenant_name WHERE name = $1::text;

-- name: tenant_show
-- The tenant of the scope.
SELECT t.tenant_id, n.name, n.tag, t.display_name, t.language, tenant_state_now(t) AS state, t.kms_key_id,
       t.time_zone, (extract(epoch FROM t.created_at) * 1000)::bigint AS created_at,
       coalesce((extract(epoch FROM t.stops_at) * 1000)::bigint, 0) AS stops_at,
       coalesce(extract(epoch FROM (t.stops_at AT TIME ZONE t.time_zone) - (t.stops_at AT TIME ZONE 'UTC')) / 60, 0)::bigint AS stops_offset,
       coalesce((extract(epoch FROM t.data_until) * 1000)::bigint, 0) AS data_until
  FROM tenant t
  JOIN tenant_name n ON n.tenant_id = t.tenant_id
 WHERE t.tenant_id = current_setting('app.tenant_id')::uuid;

-- name: tenant_state
-- In which state is the tenant of the scope, at this moment?
SELECT tenant_state_now(tenant) AS state
  FROM tenant
 WHERE tenant_id = current_setting('app.tenant_id')::uuid;
