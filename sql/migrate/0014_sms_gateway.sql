-- 0014: codes by SMS: a gateway is one more kind of channel.  It hears of no
-- visit; a message that a member waits for goes through it.
ALTER TABLE channel DROP CONSTRAINT channel_kind_check;
ALTER TABLE channel ADD CONSTRAINT channel_kind_check CHECK (kind IN ('slack', 'webhook', 'sms'));
ALTER TABLE outbox DROP CONSTRAINT outbox_kind_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_kind_check CHECK (kind IN ('mail', 'slack', 'webhook', 'sms'));
