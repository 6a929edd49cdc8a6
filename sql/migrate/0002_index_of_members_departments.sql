-- 0002: which departments a member belongs to is asked for every member of a
-- list, so it needs the key in the other order.  Forward only.

CREATE INDEX department_member_member ON department_member (tenant_id, member_id);
