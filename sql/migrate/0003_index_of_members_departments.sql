-- 0003: which departments a member belongs to is asked for every member of a
-- list, so it needs the key in the other order.  Forward only.

CREATE INDEX IF NOT EXISTS department_member_member ON department_member (tenant_id, member_id);
