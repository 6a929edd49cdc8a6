-- 0012: a department that is given up stays for the visits made to it.
ALTER TABLE department ADD COLUMN removed_at timestamptz;
COMMENT ON COLUMN department.removed_at IS 'nobody belongs to it or finds it since; its name may be used again';
