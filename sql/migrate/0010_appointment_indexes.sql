-- 0010: find appointments by who made them, and those that last for days
-- without reading a year of others.
CREATE INDEX appointment_organiser ON appointment (tenant_id, created_by);
CREATE INDEX appointment_long ON appointment (tenant_id, office_id, ends_at)
    WHERE ends_at - starts_at > interval '24 hours';
CREATE INDEX visit_host_visit ON visit_host (tenant_id, visit_id);
CREATE INDEX visit_host_member ON visit_host (tenant_id, member_id) WHERE member_id IS NOT NULL;
