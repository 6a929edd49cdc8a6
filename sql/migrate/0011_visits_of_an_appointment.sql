-- 0011: find the visits to an appointment, an organiser's appointments by
-- their start, and the few that last for days.  Those are marked by a column:
-- the planner keeps statistics of it, and row-level security lets an index
-- use it, neither of which holds for an expression.
CREATE INDEX visit_appointment ON visit (tenant_id, appointment_id) WHERE appointment_id IS NOT NULL;
DROP INDEX appointment_organiser;
CREATE INDEX appointment_organiser ON appointment (tenant_id, created_by, starts_at);
DROP INDEX appointment_long;
ALTER TABLE appointment ADD COLUMN lasting boolean
    GENERATED ALWAYS AS (ends_at - starts_at > interval '24 hours') STORED;
COMMENT ON COLUMN appointment.lasting IS 'longer than a day: found by its end, not by its start';
CREATE INDEX appointment_lasting ON appointment (tenant_id, office_id, ends_at) WHERE lasting;
CREATE INDEX appointment_lasting_by_start ON appointment (tenant_id, starts_at, id) WHERE lasting;
