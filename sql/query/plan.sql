-- How PostgreSQL plans, within one transaction.

-- name: plan_by_value
-- Plan each statement for the values at hand: a plan made once for every
-- period would read a whole table for one day.
SELECT set_config('plan_cache_mode', 'force_custom_plan', true);

-- name: plan_in_order
-- The same, and read in the order of an index rather than sort: a page is few
-- rows, whatever the statistics say of a company that is new to them.  By one
-- process: to start others takes longer than to read a page.
SELECT set_config('plan_cache_mode', 'force_custom_plan', true),
       set_config('enable_sort', 'off', true),
       set_config('enable_incremental_sort', 'off', true),
       set_config('max_parallel_workers_per_gather', '0', true);

-- name: plan_as_usual
-- Sort again; after plan_in_order.
SELECT set_config('enable_sort', 'on', true),
       set_config('enable_incremental_sort', 'on', true);
