-- 0002: when a mail is refused for good, courier puts the notice to the host,
-- composed beforehand, into the outbox; sealing it counts on the delivery key.
GRANT INSERT ON outbox TO genkan_courier;
GRANT UPDATE (writes) ON tenant_key TO genkan_courier;
