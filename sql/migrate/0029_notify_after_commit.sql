-- 0029: whoever notifies holds a lock of the whole database from before its
-- commit is on the disk until after, so that of all who check in one at a time
-- waits for the disk.  Transactions that set app.notify to 'later' (src/db/db.c)
-- note what they have to say and say it when they are over; all others, such as
-- psql's, at once, as ever.
CREATE FUNCTION notify_note(channel text, payload text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    noted text := current_setting('app.noted', true);
BEGIN
    -- Who has very much to say is no check-in, and may well wait.
    IF current_setting('app.notify', true) = 'later' AND coalesce(length(noted), 0) < 8000 THEN
        PERFORM set_config('app.noted', concat(noted, channel, ' ', payload, E'\n'), false);
    ELSE
        PERFORM pg_notify(channel, payload);
    END IF;
END $$;

-- What the transaction before has noted; nothing is left of one that was rolled back.
CREATE FUNCTION notify_flush() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    noted text := current_setting('app.noted', true);
BEGIN
    IF noted <> '' THEN
        PERFORM set_config('app.noted', '', false);
        PERFORM pg_notify(split_part(line, ' ', 1), substr(line, strpos(line, ' ') + 1))
           FROM string_to_table(noted, E'\n') AS line
          WHERE line <> '';
    END IF;
END $$;

CREATE OR REPLACE FUNCTION live_notify() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed jsonb := to_jsonb(NEW);
BEGIN
    PERFORM notify_note('genkan_live', concat_ws(' ', NEW.tenant_id,
        coalesce(changed ->> 'office_id', '-'), TG_TABLE_NAME, NEW.id,
        coalesce(changed ->> 'version', '0')));
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION outbox_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM notify_note('genkan_outbox', '');
    RETURN NULL;
END $$;
