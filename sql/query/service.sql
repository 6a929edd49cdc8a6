-- What the service tells about itself.

-- name: service_courier
-- Is courier connected?  Anybody may see that, and no more.
SELECT EXISTS (SELECT FROM pg_stat_activity WHERE usename = 'genkan_courier') AS there;
