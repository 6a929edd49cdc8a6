-- 0011: the operator may hand out a tenant's first activation, and none once
-- somebody has come in by one: otherwise whoever runs the installation could
-- make an administrator of their own in any tenant and read its visitors'
-- names over HTTP.  Rows of activation are never deleted, so this stays true.

CREATE POLICY operator_first ON activation AS RESTRICTIVE FOR INSERT TO genkan_operator
    WITH CHECK (NOT EXISTS (SELECT FROM activation used WHERE used.used_at IS NOT NULL));
