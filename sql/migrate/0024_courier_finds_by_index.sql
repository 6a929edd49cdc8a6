-- 0024: what courier asks all day is found by an index, however much waits
-- that is of no concern: mails apart from the rest, and what is over.
ALTER TABLE outbox ADD COLUMN is_mail boolean GENERATED ALWAYS AS (kind = 'mail') STORED;
DROP INDEX outbox_due;
CREATE INDEX outbox_due ON outbox (is_mail, due_at, id) WHERE state = 'waiting';
CREATE INDEX outbox_over ON outbox (expires_at) WHERE payload_cell IS NOT NULL;

-- Ciphertext does not get smaller.
ALTER TABLE outbox ALTER COLUMN payload_cell SET STORAGE EXTERNAL;
