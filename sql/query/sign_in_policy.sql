-- What the company asks of passwords and sessions.

-- name: sign_in_policy_show
-- The company's rules; where it has set none, the defaults, as version 0.
SELECT coalesce(max(password_min), 12) AS password_min,
       coalesce(max(idle_minutes), 480) AS idle_minutes,
       coalesce(max(longest_hours), 168) AS longest_hours,
       coalesce(max(version), 0) AS version
  FROM sign_in_policy;

-- name: sign_in_policy_set
-- args: password minimum integer, idle minutes integer, longest hours integer, version integer
-- Other rules, if nobody else has changed them since that version.
INSERT INTO sign_in_policy AS p (tenant_id, password_min, idle_minutes, longest_hours)
SELECT current_setting('app.tenant_id')::uuid, $1::integer, $2::integer, $3::integer
 WHERE $4::integer = 0 OR EXISTS (SELECT FROM sign_in_policy)
ON CONFLICT (tenant_id) DO UPDATE
   SET password_min = excluded.password_min, idle_minutes = excluded.idle_minutes,
       longest_hours = excluded.longest_hours, version = p.version + 1
 WHERE p.version = $4::integer
RETURNING version;
