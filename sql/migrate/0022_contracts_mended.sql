-- 0022: of the keys that wrapped an ended tenant's data, which are to go; and
-- limits counted once for all the rows that a statement adds.

-- A tenant that was moved has a key of its own beside one that others share.
ALTER TABLE contract ADD COLUMN keys_own text[];
COMMENT ON COLUMN contract.keys_own IS 'those of keys that the key service was told to destroy; NULL: not told yet, or by an older program, all unless shared';

-- Is there room for what was just added?  Of appointments, in the months of
-- those moments; of the rest the moments say nothing.
CREATE FUNCTION contract_room(tenant uuid, what text, moments timestamptz[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    most integer;
    moment timestamptz;
BEGIN
    SELECT CASE what WHEN 'member' THEN members_max
                     WHEN 'office' THEN offices_max
                     WHEN 'device' THEN devices_max
                     WHEN 'appointment' THEN appointments_max END
      INTO most
      FROM contract
     WHERE tenant_id = tenant;
    IF most IS NULL THEN
        RETURN;
    END IF;
    -- One after the other, or two would both be the last that fit: who waited
    -- here counts what the other has committed.
    PERFORM pg_advisory_xact_lock(hashtextextended(what || tenant::text, 7219));
    FOREACH moment IN ARRAY moments LOOP
        IF contract_used(what, moment) > most THEN
            RAISE EXCEPTION 'the plan has no room' USING ERRCODE = 'GK001',
                CONSTRAINT = concat_ws(' ', what, most);
        END IF;
    END LOOP;
END $$;

-- Changes that make a row count again are made one at a time.
CREATE OR REPLACE FUNCTION contract_limit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM contract_room(NEW.tenant_id, TG_TABLE_NAME, ARRAY[(to_jsonb(NEW) ->> 'starts_at')::timestamptz]);
    RETURN NULL;
END $$;

-- An import adds thousands: counting for each would count the square of them.
CREATE FUNCTION contract_limit_added() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moments timestamptz[] := ARRAY[NULL::timestamptz];
    tenant uuid;
BEGIN
    -- Whoever adds has one tenant's scope.
    SELECT tenant_id INTO tenant FROM added LIMIT 1;
    IF tenant IS NULL THEN
        RETURN NULL;
    END IF;
    IF TG_TABLE_NAME = 'appointment' THEN
        moments := ARRAY(SELECT min(a.starts_at)
                           FROM added a
                           JOIN tenant t USING (tenant_id)
                          GROUP BY date_trunc('month', a.starts_at, t.time_zone));
    END IF;
    PERFORM contract_room(tenant, TG_TABLE_NAME, moments);
    RETURN NULL;
END $$;

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['member', 'office', 'device', 'appointment'] LOOP
        EXECUTE format('DROP TRIGGER plan_limit ON %I', t);
        EXECUTE format('CREATE TRIGGER plan_limit AFTER INSERT ON %I'
            ' REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION contract_limit_added()', t);
    END LOOP;
END $$;
