-- 0019: what a tenant's contract says: plan and limits, its end, and what became
-- of its data; and what the operator has to tell.

-- The end of a contract -------------------------------------------------------

ALTER TABLE tenant
    ADD COLUMN time_zone text NOT NULL DEFAULT 'Asia/Tokyo',
    ADD COLUMN stops_at timestamptz,
    ADD COLUMN data_until timestamptz,
    ADD CHECK ((stops_at IS NULL) = (data_until IS NULL)),
    ADD CHECK (data_until > stops_at AND data_until <= stops_at + interval '23 days');
COMMENT ON COLUMN tenant.time_zone IS 'in which its contract''s days and months are reckoned';
COMMENT ON COLUMN tenant.stops_at IS 'from here on only a system_admin comes in, to read and export';
COMMENT ON COLUMN tenant.data_until IS 'from here on the data is destroyed; with the 7 days that a key waits, within a month';

-- Use stops at its hour, whether or not anybody looks: "ending" is not stored.
CREATE FUNCTION tenant_state_now(t tenant) RETURNS text LANGUAGE sql STABLE
    RETURN CASE WHEN (t).state = 'active' AND (t).stops_at <= now() THEN 'ending'
                ELSE (t).state END;

DROP TRIGGER changed ON tenant;
CREATE TRIGGER changed AFTER UPDATE OF state, stops_at ON tenant FOR EACH ROW EXECUTE FUNCTION key_notify();

-- Plans -----------------------------------------------------------------------

CREATE TABLE contract (
    tenant_id         uuid PRIMARY KEY REFERENCES tenant,
    plan              text NOT NULL DEFAULT '' CHECK (length(plan) <= 40),
    members_max       integer CHECK (members_max > 0),
    offices_max       integer CHECK (offices_max > 0),
    devices_max       integer CHECK (devices_max > 0),
    appointments_max  integer CHECK (appointments_max > 0),
    keys              text[] NOT NULL DEFAULT '{}',
    keys_shared       boolean NOT NULL DEFAULT false,
    keys_until        timestamptz,
    keys_gone_at      timestamptz,
    rows_gone         jsonb NOT NULL DEFAULT '{}',
    rows_gone_at      timestamptz,
    certificate       text,
    signature         bytea,
    CHECK ((certificate IS NULL) = (signature IS NULL)),
    CHECK (certificate IS NULL OR rows_gone_at IS NOT NULL)
);
COMMENT ON TABLE contract IS 'no row: no plan and no limits; a limit that is NULL is none';
COMMENT ON COLUMN contract.appointments_max IS 'booked ones that start in one month';
COMMENT ON COLUMN contract.keys IS 'those in the key service that wrap its data keys, noted when the data goes';
COMMENT ON COLUMN contract.keys_shared IS 'other tenants have them too: they stay';
COMMENT ON COLUMN contract.keys_until IS 'when the key service destroys the last of them';
COMMENT ON COLUMN contract.rows_gone IS 'how many of which table';

-- How much of a limit is used; of appointments, in the month of that moment.
CREATE FUNCTION contract_used(what text, moment timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
    scope uuid := current_setting('app.tenant_id')::uuid;
    zone text;
    month timestamptz;
BEGIN
    CASE what
    WHEN 'member' THEN
        RETURN (SELECT count(*) FROM member WHERE tenant_id = scope AND state <> 'disabled');
    WHEN 'office' THEN
        RETURN (SELECT count(*) FROM office WHERE tenant_id = scope AND state = 'open');
    WHEN 'device' THEN
        RETURN (SELECT count(*) FROM device WHERE tenant_id = scope AND state <> 'revoked');
    WHEN 'appointment' THEN
        SELECT time_zone INTO zone FROM tenant WHERE tenant_id = scope;
        month := date_trunc('month', moment, zone);
        RETURN (SELECT count(*) FROM appointment
                 WHERE tenant_id = scope AND state = 'booked' AND starts_at >= month
                   AND starts_at < date_trunc('month', month + interval '32 days', zone));
    END CASE;
END $$;

-- Here and nowhere else limits are enforced, whoever adds the row and how.
CREATE FUNCTION contract_limit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    most integer;
BEGIN
    SELECT CASE TG_TABLE_NAME WHEN 'member' THEN members_max
                              WHEN 'office' THEN offices_max
                              WHEN 'device' THEN devices_max
                              WHEN 'appointment' THEN appointments_max END
      INTO most
      FROM contract
     WHERE tenant_id = NEW.tenant_id;
    IF most IS NULL THEN
        RETURN NULL;
    END IF;
    -- One after the other, or two would both be the last that fits.
    PERFORM pg_advisory_xact_lock(hashtextextended(TG_TABLE_NAME || NEW.tenant_id::text, 7219));
    IF contract_used(TG_TABLE_NAME, (to_jsonb(NEW) ->> 'starts_at')::timestamptz) > most THEN
        RAISE EXCEPTION 'the plan has no room' USING ERRCODE = 'GK001',
            CONSTRAINT = concat_ws(' ', TG_TABLE_NAME, most);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER plan_limit AFTER INSERT ON member FOR EACH ROW EXECUTE FUNCTION contract_limit();
CREATE TRIGGER plan_limit_again AFTER UPDATE OF state ON member FOR EACH ROW
    WHEN (OLD.state = 'disabled' AND NEW.state <> 'disabled') EXECUTE FUNCTION contract_limit();
CREATE TRIGGER plan_limit AFTER INSERT ON office FOR EACH ROW EXECUTE FUNCTION contract_limit();
CREATE TRIGGER plan_limit_again AFTER UPDATE OF state ON office FOR EACH ROW
    WHEN (OLD.state = 'closed' AND NEW.state = 'open') EXECUTE FUNCTION contract_limit();
CREATE TRIGGER plan_limit AFTER INSERT ON device FOR EACH ROW EXECUTE FUNCTION contract_limit();
CREATE TRIGGER plan_limit AFTER INSERT ON appointment FOR EACH ROW EXECUTE FUNCTION contract_limit();
CREATE TRIGGER plan_limit_again AFTER UPDATE OF starts_at ON appointment FOR EACH ROW
    WHEN (date_trunc('month', OLD.starts_at, 'UTC') <> date_trunc('month', NEW.starts_at, 'UTC'))
    EXECUTE FUNCTION contract_limit();

-- Destruction -----------------------------------------------------------------

-- Delete at most so many rows of a tenant whose data is to go, all of one
-- table, and say which and how many; no row when nothing is left.  It finds
-- its tables by itself, so a new one is not forgotten.  Runs as its owner: no
-- role of a program may delete people's rows, and the operator may by this
-- alone, after the contract's end, without reading any.
CREATE FUNCTION contract_destroy(most integer, OUT what text, OUT gone bigint) RETURNS SETOF record
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    scope uuid := current_setting('app.tenant_id')::uuid;
    t regclass;
    child regclass;
    used boolean;
    waits boolean;
    stuck regclass;
BEGIN
    PERFORM FROM tenant
      WHERE tenant_id = scope AND state = 'ended' AND data_until <= now()
        FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the contract has not ended' USING ERRCODE = 'GK002';
    END IF;
    FOR t IN
        SELECT c.oid::regclass
          FROM pg_class c
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
           AND c.relname NOT IN ('tenant', 'tenant_name', 'contract')
         ORDER BY c.relname
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE tenant_id = $1)', t) INTO used USING scope;
        CONTINUE WHEN NOT used;
        -- What points here goes first.
        waits := false;
        FOR child IN
            SELECT DISTINCT conrelid::regclass FROM pg_constraint
             WHERE contype = 'f' AND confrelid = t AND conrelid <> t
        LOOP
            EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE tenant_id = $1)', child) INTO used USING scope;
            waits := waits OR used;
        END LOOP;
        IF waits THEN
            stuck := t;
            CONTINUE;
        END IF;
        EXECUTE format('DELETE FROM %1$s WHERE ctid = ANY (ARRAY('
            'SELECT ctid FROM %1$s WHERE tenant_id = $1 LIMIT $2)) AND tenant_id = $1', t)
            USING scope, most;
        GET DIAGNOSTICS gone = ROW_COUNT;
        what := t::text;
        INSERT INTO contract AS c (tenant_id, rows_gone)
        VALUES (scope, jsonb_build_object(what, gone))
            ON CONFLICT (tenant_id) DO UPDATE
           SET rows_gone = c.rows_gone || jsonb_build_object(what,
                   coalesce((c.rows_gone ->> what)::bigint, 0) + gone);
        RETURN NEXT;
        RETURN;
    END LOOP;
    IF stuck IS NOT NULL THEN
        RAISE EXCEPTION 'tables that point at each other: %', stuck;
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION contract_destroy(integer) FROM PUBLIC;

-- Notices ---------------------------------------------------------------------

-- To everybody: not a tenant's, and public, because the status page shows it.
CREATE TABLE public_notice (
    id            uuid PRIMARY KEY,
    kind          text NOT NULL CHECK (kind IN ('maintenance', 'incident', 'info')),
    text_ja       text NOT NULL CHECK (length(text_ja) BETWEEN 1 AND 1000),
    text_en       text NOT NULL CHECK (length(text_en) BETWEEN 1 AND 1000),
    starts_at     timestamptz NOT NULL,
    ends_at       timestamptz CHECK (ends_at > starts_at),
    created_at    timestamptz NOT NULL DEFAULT now(),
    withdrawn_at  timestamptz
);
COMMENT ON COLUMN public_notice.ends_at IS 'NULL: until it is withdrawn';

-- To some: one row for each, under one id.
CREATE TABLE tenant_notice (
    tenant_id     uuid NOT NULL REFERENCES tenant,
    id            uuid NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('maintenance', 'incident', 'info')),
    text_ja       text NOT NULL CHECK (length(text_ja) BETWEEN 1 AND 1000),
    text_en       text NOT NULL CHECK (length(text_en) BETWEEN 1 AND 1000),
    starts_at     timestamptz NOT NULL,
    ends_at       timestamptz CHECK (ends_at > starts_at),
    created_at    timestamptz NOT NULL DEFAULT now(),
    withdrawn_at  timestamptz,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE notice_read (
    tenant_id  uuid NOT NULL,
    member_id  uuid NOT NULL,
    notice_id  uuid NOT NULL,
    read_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, member_id, notice_id),
    FOREIGN KEY (tenant_id, member_id) REFERENCES member (tenant_id, id) ON DELETE CASCADE
);

-- "*" stands for every tenant.
CREATE FUNCTION notice_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('genkan_live', concat_ws(' ',
        coalesce(to_jsonb(NEW) ->> 'tenant_id', '*'), '-', 'notice', NEW.id, '0'));
    RETURN NULL;
END $$;
CREATE TRIGGER live AFTER INSERT OR UPDATE ON public_notice FOR EACH ROW EXECUTE FUNCTION notice_notify();
CREATE TRIGGER live AFTER INSERT OR UPDATE ON tenant_notice FOR EACH ROW EXECUTE FUNCTION notice_notify();

-- Isolation -------------------------------------------------------------------

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['contract', 'tenant_notice', 'notice_read']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY tenant_only ON %I'
            ' USING (tenant_id = current_setting(''app.tenant_id'')::uuid)'
            ' WITH CHECK (tenant_id = current_setting(''app.tenant_id'')::uuid)', t);
    END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE ON contract, public_notice, tenant_notice TO genkan_operator;
GRANT EXECUTE ON FUNCTION contract_destroy(integer) TO genkan_operator;
GRANT SELECT ON contract, public_notice, tenant_notice TO genkan_web;
GRANT SELECT, INSERT ON notice_read TO genkan_web;
