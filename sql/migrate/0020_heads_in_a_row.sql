-- 0020: a head of the operation log names the head before it and, in its seal,
-- itself.  NULL: a head that was made before this.

ALTER TABLE operation_head ADD COLUMN before uuid;
COMMENT ON COLUMN operation_head.before IS 'id of the head before; zeros: it is the first';
-- Two couriers that seal at once make one head.
ALTER TABLE operation_head ADD UNIQUE (tenant_id, before);
GRANT INSERT (before) ON operation_head TO genkan_courier;
