-- Departments: members that can be called as one.

-- name: department_list
-- All departments by name.
SELECT d.id, d.version, d.name,
       (SELECT count(*) FROM department_member m
         WHERE m.tenant_id = d.tenant_id AND m.department_id = d.id) AS members
  FROM department d
 WHERE d.removed_at IS NULL
 ORDER BY d.name, d.id;

-- name: department_show
-- args: id uuid
-- One department.
SELECT d.id, d.version, d.name,
       (SELECT count(*) FROM department_member m
         WHERE m.tenant_id = d.tenant_id AND m.department_id = d.id) AS members
  FROM department d
 WHERE d.id = $1::uuid AND d.removed_at IS NULL;

-- name: department_members
-- args: id uuid
-- Its active members.
SELECT d.member_id
  FROM department_member d
  JOIN member m ON m.tenant_id = d.tenant_id AND m.id = d.member_id
 WHERE d.department_id = $1::uuid AND m.state = 'active'
 ORDER BY d.member_id;

-- name: department_add
-- args: id uuid, name text
-- A new department, or a given up one of that name again; nothing if there is
-- one.
INSERT INTO department (tenant_id, id, name)
VALUES (current_setting('app.tenant_id')::uuid, $1::uuid, $2::text)
ON CONFLICT (tenant_id, name) DO UPDATE SET removed_at = NULL, version = department.version + 1
 WHERE department.removed_at IS NOT NULL
RETURNING id;

-- name: department_name
-- args: name text
-- Whose name that is, given up or not.
SELECT id FROM department WHERE name = $1::text;

-- name: department_rename
-- args: id uuid, version integer, name text
-- Write over what was read; nothing changes where somebody was faster.
UPDATE department SET name = $3::text, version = version + 1
 WHERE id = $1::uuid AND version = $2::integer AND removed_at IS NULL
RETURNING version;

-- name: department_remove
-- args: id uuid
-- Give it up: nobody belongs to it; visits to it keep its name.
WITH members AS (
    DELETE FROM department_member WHERE department_id = $1::uuid
)
UPDATE department SET removed_at = now(), version = version + 1
 WHERE id = $1::uuid AND removed_at IS NULL
RETURNING id;

-- name: department_member_add
-- args: department uuid, member uuid
-- A member joins; nothing if there is no such member.
INSERT INTO department_member (tenant_id, department_id, member_id)
SELECT m.tenant_id, $1::uuid, m.id FROM member m WHERE m.id = $2::uuid
ON CONFLICT (tenant_id, department_id, member_id) DO UPDATE SET member_id = excluded.member_id
RETURNING member_id;
