-- How PostgreSQL plans.

-- name: plan_by_value
-- Until this transaction ends, plan each statement for the values at hand: a
-- plan made once for every period would read a whole table for one day.
SELECT set_config('plan_cache_mode', 'force_custom_plan', true);
