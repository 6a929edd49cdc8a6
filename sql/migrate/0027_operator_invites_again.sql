-- 0027: until somebody has come in, the operator may invite a tenant's first
-- administrator again (the mail was lost, or went to the wrong person); then the
-- invitation before it is good no more.  It can end what nobody used and bring
-- none back, and 0011 still lets it add none once one was used.
GRANT UPDATE (expires_at) ON activation TO genkan_operator;
CREATE POLICY operator_first_only ON activation AS RESTRICTIVE FOR UPDATE TO genkan_operator
    USING (used_at IS NULL AND member_id IS NULL)
    WITH CHECK (used_at IS NULL AND member_id IS NULL AND expires_at <= now());
