-- Whom to tell.

-- name: notice_channels
-- args: office uuid
-- The chats and webhooks that hear of this office.
SELECT id, kind, show_names
  FROM channel
 WHERE tenant_id = current_setting('app.tenant_id')::uuid
   AND state IN ('on', 'failing') AND kind <> 'sms'
   AND (office_id IS NULL OR office_id = $1::uuid)
 ORDER BY id;

-- name: notice_reception
-- args: office uuid
-- Who works at the office's reception; without any, the administrators.
WITH rank AS (
    SELECT m.id, m.name_cell, m.email_cell, m.language,
           min(CASE r.role WHEN 'reception' THEN 1
                           WHEN 'operations_admin' THEN 2
                           ELSE 3 END) AS rank
      FROM member m
      JOIN member_role r ON r.tenant_id = m.tenant_id AND r.member_id = m.id
     WHERE m.tenant_id = current_setting('app.tenant_id')::uuid
       AND m.state = 'active'
       AND (r.role IN ('operations_admin', 'system_admin')
            OR (r.role = 'reception'
                AND (EXISTS (SELECT FROM member_office o
                              WHERE o.tenant_id = m.tenant_id AND o.member_id = m.id
                                AND o.office_id = $1::uuid)
                     OR NOT EXISTS (SELECT FROM member_office o
                                     WHERE o.tenant_id = m.tenant_id AND o.member_id = m.id))))
     GROUP BY m.tenant_id, m.id
)
SELECT id, name_cell, email_cell, language
  FROM rank
 WHERE rank = (SELECT min(rank) FROM rank)
 ORDER BY id
 LIMIT 20;

-- name: notice_system_admins
-- args:
-- Whom the tenant's security is.
SELECT m.id, m.name_cell, m.email_cell, m.language
  FROM member m
  JOIN member_role r ON r.tenant_id = m.tenant_id AND r.member_id = m.id
 WHERE m.tenant_id = current_setting('app.tenant_id')::uuid
   AND m.state = 'active' AND r.role = 'system_admin'
 ORDER BY m.id
 LIMIT 20;
