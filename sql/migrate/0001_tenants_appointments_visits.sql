-- 0001: tenants, people, offices, devices, appointments, visits, deliveries.
-- Forward only.  Once merged, a migration file is never edited.
-- Columns named *_cell are encrypted cells, *_hash keyed hashes; what they
-- hold is never in this database in clear.

-- Tenants -------------------------------------------------------------------

CREATE TABLE tenant (
    tenant_id     uuid PRIMARY KEY,
    display_name  text NOT NULL CHECK (length(display_name) BETWEEN 1 AND 100),
    language      text NOT NULL DEFAULT 'ja' CHECK (language IN ('ja', 'en', 'zh', 'ko')),
    state         text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'suspended', 'ended')),
    kms_key_id    text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now()
);

-- The one look-up made before a tenant is known: its public short name, and
-- the tag that every bearer token starts with.
CREATE TABLE tenant_name (
    name       text PRIMARY KEY CHECK (name ~ '^[a-z0-9]([a-z0-9-]{1,30}[a-z0-9])$'),
    tag        text NOT NULL UNIQUE CHECK (tag ~ '^[A-Z2-7]{6}$'),
    tenant_id  uuid NOT NULL UNIQUE REFERENCES tenant
);

CREATE TABLE tenant_key (
    tenant_id   uuid NOT NULL REFERENCES tenant,
    use         text NOT NULL CHECK (use IN ('visitor', 'delivery', 'totp', 'hash', 'code')),
    version     integer NOT NULL CHECK (version > 0),
    wrapped     bytea NOT NULL,
    kms_key_id  text NOT NULL,
    state       text NOT NULL DEFAULT 'current' CHECK (state IN ('current', 'old')),
    writes      bigint NOT NULL DEFAULT 0,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, use, version)
);
CREATE UNIQUE INDEX tenant_key_current ON tenant_key (tenant_id, use) WHERE state = 'current';

-- Offices and people --------------------------------------------------------

CREATE TABLE office (
    tenant_id      uuid NOT NULL REFERENCES tenant,
    id             uuid NOT NULL,
    name           text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    address        text NOT NULL DEFAULT '' CHECK (length(address) <= 300),
    guidance       text NOT NULL DEFAULT '' CHECK (length(guidance) <= 300),
    map_url        text NOT NULL DEFAULT '' CHECK (length(map_url) <= 500),
    phone          text NOT NULL CHECK (length(phone) BETWEEN 1 AND 40),
    time_zone      text NOT NULL DEFAULT 'Asia/Tokyo',
    opens_at       time NOT NULL DEFAULT '08:00',
    closes_at      time NOT NULL DEFAULT '20:00',
    early_minutes  integer NOT NULL DEFAULT 60 CHECK (early_minutes BETWEEN 0 AND 1440),
    state          text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
    version        integer NOT NULL DEFAULT 1,
    created_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    CHECK (closes_at > opens_at)
);
COMMENT ON COLUMN office.guidance IS 'where to go after the welcome, e.g. the floor';
COMMENT ON COLUMN office.phone IS 'the number to call when all else fails';

CREATE TABLE member (
    tenant_id      uuid NOT NULL REFERENCES tenant,
    id             uuid NOT NULL,
    name_cell      bytea NOT NULL,
    kana_cell      bytea,
    email_cell     bytea NOT NULL,
    email_hash     bytea NOT NULL,
    language       text NOT NULL DEFAULT 'ja' CHECK (language IN ('ja', 'en', 'zh', 'ko')),
    password_hash  text,
    state          text NOT NULL DEFAULT 'active' CHECK (state IN ('invited', 'active', 'disabled')),
    version        integer NOT NULL DEFAULT 1,
    created_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, email_hash),
    CHECK (state <> 'active' OR password_hash IS NOT NULL)
);

CREATE TABLE member_role (
    tenant_id  uuid NOT NULL,
    member_id  uuid NOT NULL,
    role       text NOT NULL CHECK (role IN ('member', 'reception', 'operations_admin', 'account_admin', 'system_admin')),
    PRIMARY KEY (tenant_id, member_id, role),
    FOREIGN KEY (tenant_id, member_id) REFERENCES member (tenant_id, id) ON DELETE CASCADE
);

-- At which offices a member with the role reception serves.
CREATE TABLE member_office (
    tenant_id  uuid NOT NULL,
    member_id  uuid NOT NULL,
    office_id  uuid NOT NULL,
    PRIMARY KEY (tenant_id, member_id, office_id),
    FOREIGN KEY (tenant_id, member_id) REFERENCES member (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, office_id) REFERENCES office (tenant_id, id)
);

CREATE TABLE department (
    tenant_id  uuid NOT NULL REFERENCES tenant,
    id         uuid NOT NULL,
    name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    version    integer NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name)
);

CREATE TABLE department_member (
    tenant_id      uuid NOT NULL,
    department_id  uuid NOT NULL,
    member_id      uuid NOT NULL,
    PRIMARY KEY (tenant_id, department_id, member_id),
    FOREIGN KEY (tenant_id, department_id) REFERENCES department (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, member_id) REFERENCES member (tenant_id, id) ON DELETE CASCADE
);

-- The link by which a person becomes a member: single use.  The token is 130
-- random bits, so its plain SHA-256 is safe and needs no key: the operator's
-- role, which may not encrypt, makes the first administrator's.
CREATE TABLE activation (
    tenant_id   uuid NOT NULL REFERENCES tenant,
    token_hash  bytea NOT NULL,
    member_id   uuid,
    role        text NOT NULL DEFAULT 'system_admin',
    expires_at  timestamptz NOT NULL,
    used_at     timestamptz,
    PRIMARY KEY (tenant_id, token_hash)
);

CREATE TABLE session (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    member_id   uuid NOT NULL,
    token_hash  bytea NOT NULL,
    address     text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    seen_at     timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, token_hash),
    FOREIGN KEY (tenant_id, member_id) REFERENCES member (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX session_member ON session (tenant_id, member_id);

-- Counters of wrong guesses; one row per thing that can be guessed at.
CREATE TABLE guess (
    tenant_id      uuid NOT NULL REFERENCES tenant,
    kind           text NOT NULL CHECK (kind IN ('sign_in_account', 'sign_in_address', 'code_device', 'code_office', 'pairing_address', 'activation_address')),
    subject        text NOT NULL,
    window_from    timestamptz NOT NULL DEFAULT now(),
    failures       integer NOT NULL DEFAULT 0,
    strikes        integer NOT NULL DEFAULT 0,
    blocked_until  timestamptz,
    PRIMARY KEY (tenant_id, kind, subject)
);
COMMENT ON COLUMN guess.subject IS 'an id, an address or a keyed hash in hex; never the thing guessed';

-- Devices -------------------------------------------------------------------

CREATE TABLE device (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    office_id    uuid NOT NULL,
    name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    state        text NOT NULL CHECK (state IN ('pending', 'active', 'revoked')),
    public_key   bytea NOT NULL,
    address      text NOT NULL,
    browser      text NOT NULL DEFAULT '' CHECK (length(browser) <= 300),
    camera       text NOT NULL DEFAULT 'unknown' CHECK (camera IN ('unknown', 'working', 'lost', 'denied')),
    build        text NOT NULL DEFAULT '',
    seen_at      timestamptz,
    version      integer NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, office_id) REFERENCES office (tenant_id, id)
);
COMMENT ON COLUMN device.public_key IS 'P-256, uncompressed point, 65 bytes';

CREATE TABLE device_pairing (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    office_id   uuid NOT NULL,
    name        text NOT NULL,
    code_hash   bytea NOT NULL,
    expires_at  timestamptz NOT NULL,
    device_id   uuid,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, code_hash),
    FOREIGN KEY (tenant_id, office_id) REFERENCES office (tenant_id, id)
);

CREATE TABLE device_challenge (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    device_id   uuid NOT NULL,
    nonce       bytea NOT NULL,
    expires_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, device_id) REFERENCES device (tenant_id, id) ON DELETE CASCADE
);

-- A device's short cookies.  An old one used again after its successor was
-- used means that two hold the same cookie: the device is revoked.
CREATE TABLE device_session (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    device_id    uuid NOT NULL,
    token_hash   bytea NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    replaced_at  timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, token_hash),
    FOREIGN KEY (tenant_id, device_id) REFERENCES device (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX device_session_device ON device_session (tenant_id, device_id);

-- Appointments and guests ---------------------------------------------------

CREATE TABLE appointment (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    office_id    uuid NOT NULL,
    kind         text NOT NULL DEFAULT 'single' CHECK (kind IN ('single', 'period')),
    title_cell   bytea NOT NULL,
    room_cell    bytea,
    note_cell    bytea,
    starts_at    timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL,
    state        text NOT NULL DEFAULT 'booked' CHECK (state IN ('booked', 'cancelled')),
    cancelled_at timestamptz,
    created_by   uuid NOT NULL,
    sequence     integer NOT NULL DEFAULT 0,
    version      integer NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, office_id) REFERENCES office (tenant_id, id),
    CHECK (ends_at > starts_at),
    CHECK (ends_at <= starts_at + interval '366 days'),
    CHECK ((state = 'cancelled') = (cancelled_at IS NOT NULL))
);
CREATE INDEX appointment_by_start ON appointment (tenant_id, starts_at, id);
CREATE INDEX appointment_by_office ON appointment (tenant_id, office_id, starts_at);
COMMENT ON COLUMN appointment.sequence IS 'SEQUENCE of the calendar part, RFC 5545 3.8.7.4';

CREATE TABLE appointment_host (
    tenant_id       uuid NOT NULL,
    appointment_id  uuid NOT NULL,
    member_id       uuid NOT NULL,
    position        smallint NOT NULL,
    PRIMARY KEY (tenant_id, appointment_id, member_id),
    FOREIGN KEY (tenant_id, appointment_id) REFERENCES appointment (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, member_id) REFERENCES member (tenant_id, id)
);
CREATE INDEX appointment_host_member ON appointment_host (tenant_id, member_id);

-- One person (or a representative with companions) on one appointment; a
-- walk-in has none.
CREATE TABLE guest (
    tenant_id       uuid NOT NULL,
    id              uuid NOT NULL,
    appointment_id  uuid,
    position        smallint NOT NULL DEFAULT 0,
    name_cell       bytea NOT NULL,
    name_hash       bytea NOT NULL,
    kana_cell       bytea,
    company_cell    bytea,
    email_cell      bytea,
    email_hash      bytea,
    phone_cell      bytea,
    phone_hash      bytea,
    companions      smallint NOT NULL DEFAULT 0 CHECK (companions BETWEEN 0 AND 99),
    language        text NOT NULL DEFAULT 'ja' CHECK (language IN ('ja', 'en', 'zh', 'ko')),
    state           text NOT NULL DEFAULT 'expected' CHECK (state IN ('expected', 'removed', 'walk_in')),
    pass_cell       bytea,
    pass_hash       bytea,
    code_cell       bytea,
    page_cell       bytea,
    page_hash       bytea,
    mail_state      text NOT NULL DEFAULT 'none' CHECK (mail_state IN ('none', 'waiting', 'sent', 'failed')),
    version         integer NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, pass_hash),
    UNIQUE (tenant_id, page_hash),
    FOREIGN KEY (tenant_id, appointment_id) REFERENCES appointment (tenant_id, id) ON DELETE CASCADE,
    CHECK ((state = 'walk_in') = (appointment_id IS NULL)),
    CHECK ((pass_cell IS NULL) = (pass_hash IS NULL)),
    CHECK ((email_cell IS NULL) = (email_hash IS NULL))
);
CREATE INDEX guest_appointment ON guest (tenant_id, appointment_id, position);
CREATE INDEX guest_name ON guest (tenant_id, name_hash);
CREATE INDEX guest_email ON guest (tenant_id, email_hash) WHERE email_hash IS NOT NULL;

-- A code is valid at one office on each of its days; unique there.
CREATE TABLE guest_code (
    tenant_id  uuid NOT NULL,
    office_id  uuid NOT NULL,
    day        date NOT NULL,
    code_hash  bytea NOT NULL,
    guest_id   uuid NOT NULL,
    PRIMARY KEY (tenant_id, office_id, day, code_hash),
    FOREIGN KEY (tenant_id, guest_id) REFERENCES guest (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, office_id) REFERENCES office (tenant_id, id)
);
CREATE INDEX guest_code_guest ON guest_code (tenant_id, guest_id);

-- Visits --------------------------------------------------------------------

CREATE TABLE visit (
    tenant_id       uuid NOT NULL,
    id              uuid NOT NULL,
    guest_id        uuid NOT NULL,
    appointment_id  uuid,
    office_id       uuid NOT NULL,
    device_id       uuid,
    member_id       uuid,
    via             text NOT NULL CHECK (via IN ('pass', 'code', 'walk_in', 'reception')),
    checkin_key     text NOT NULL CHECK (length(checkin_key) BETWEEN 8 AND 64),
    undo_hash       bytea,
    people          smallint NOT NULL DEFAULT 1 CHECK (people BETWEEN 1 AND 100),
    late            boolean NOT NULL DEFAULT false,
    state           text NOT NULL DEFAULT 'arrived' CHECK (state IN ('arrived', 'met', 'left', 'undone')),
    day             date NOT NULL,
    arrived_at      timestamptz NOT NULL DEFAULT now(),
    met_at          timestamptz,
    left_at         timestamptz,
    left_by         text CHECK (left_by IN ('tablet', 'member', 'automatic')),
    undone_at       timestamptz,
    version         integer NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, checkin_key),
    FOREIGN KEY (tenant_id, guest_id) REFERENCES guest (tenant_id, id),
    FOREIGN KEY (tenant_id, office_id) REFERENCES office (tenant_id, id),
    CHECK ((state = 'left') = (left_at IS NOT NULL)),
    CHECK ((left_at IS NULL) = (left_by IS NULL)),
    CHECK ((state = 'undone') = (undone_at IS NOT NULL)),
    CHECK (state <> 'met' OR met_at IS NOT NULL),
    CHECK (left_at IS NULL OR left_at >= arrived_at)
);
CREATE UNIQUE INDEX visit_open ON visit (tenant_id, guest_id) WHERE state IN ('arrived', 'met');
CREATE INDEX visit_by_arrival ON visit (tenant_id, arrived_at, id);
CREATE INDEX visit_by_office ON visit (tenant_id, office_id, day);
CREATE INDEX visit_by_guest ON visit (tenant_id, guest_id);
CREATE INDEX visit_inside ON visit (tenant_id, office_id) WHERE state IN ('arrived', 'met');
COMMENT ON COLUMN visit.checkin_key IS 'the Idempotency-Key of the check-in: a retry is answered, not repeated';
COMMENT ON COLUMN visit.day IS 'the day of arrival in the office''s time zone';

-- Whom a walk-in came to see (an appointment's hosts are appointment_host).
CREATE TABLE visit_host (
    tenant_id      uuid NOT NULL,
    visit_id       uuid NOT NULL,
    member_id      uuid,
    department_id  uuid,
    CHECK ((member_id IS NULL) <> (department_id IS NULL)),
    UNIQUE (tenant_id, visit_id, member_id, department_id),
    FOREIGN KEY (tenant_id, visit_id) REFERENCES visit (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, member_id) REFERENCES member (tenant_id, id),
    FOREIGN KEY (tenant_id, department_id) REFERENCES department (tenant_id, id)
);

-- "Please call the staff", from a tablet's screen.
CREATE TABLE staff_call (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    office_id    uuid NOT NULL,
    device_id    uuid NOT NULL,
    visit_id     uuid,
    called_at    timestamptz NOT NULL DEFAULT now(),
    answered_at  timestamptz,
    answered_by  uuid,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, office_id) REFERENCES office (tenant_id, id),
    CHECK ((answered_at IS NULL) = (answered_by IS NULL))
);
CREATE INDEX staff_call_open ON staff_call (tenant_id, office_id) WHERE answered_at IS NULL;

-- Deliveries ----------------------------------------------------------------

CREATE TABLE channel (
    tenant_id     uuid NOT NULL REFERENCES tenant,
    id            uuid NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('slack', 'webhook')),
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    office_id     uuid,
    config_cell   bytea NOT NULL,
    show_names    boolean NOT NULL DEFAULT true,
    state         text NOT NULL DEFAULT 'on' CHECK (state IN ('on', 'off', 'failing')),
    failing_since timestamptz,
    version       integer NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, office_id) REFERENCES office (tenant_id, id)
);
COMMENT ON COLUMN channel.config_cell IS 'address and secrets, under the delivery key';

CREATE TABLE outbox (
    tenant_id       uuid NOT NULL REFERENCES tenant,
    id              uuid NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('mail', 'slack', 'webhook')),
    topic           text NOT NULL,
    channel_id      uuid,
    appointment_id  uuid,
    guest_id        uuid,
    visit_id        uuid,
    payload_cell    bytea,
    state           text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'leased', 'delivered', 'kept', 'dead', 'expired', 'withdrawn')),
    attempts        integer NOT NULL DEFAULT 0,
    due_at          timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz NOT NULL,
    lease_until     timestamptz,
    last_error      text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    finished_at     timestamptz,
    PRIMARY KEY (tenant_id, id),
    CHECK ((state = 'leased') = (lease_until IS NOT NULL)),
    CHECK (state IN ('waiting', 'leased', 'kept', 'dead') OR payload_cell IS NULL),
    CHECK (state NOT IN ('waiting', 'leased', 'kept') OR payload_cell IS NOT NULL)
) WITH (fillfactor = 70);
CREATE INDEX outbox_due ON outbox (due_at, id) WHERE state = 'waiting';
CREATE INDEX outbox_leased ON outbox (lease_until) WHERE state = 'leased';
CREATE INDEX outbox_by_time ON outbox (tenant_id, created_at, id);
CREATE INDEX outbox_visit ON outbox (tenant_id, visit_id) WHERE visit_id IS NOT NULL;
CREATE INDEX outbox_guest ON outbox (tenant_id, guest_id) WHERE guest_id IS NOT NULL;
COMMENT ON COLUMN outbox.last_error IS 'one of a closed list of words; never the receiver''s text';

-- Records -------------------------------------------------------------------

-- Append-only for every role.
CREATE TABLE operation (
    tenant_id    uuid NOT NULL REFERENCES tenant,
    seq          bigint GENERATED ALWAYS AS IDENTITY,
    id           uuid NOT NULL,
    at           timestamptz NOT NULL DEFAULT now(),
    actor_kind   text NOT NULL CHECK (actor_kind IN ('none', 'member', 'device', 'api_key', 'operator', 'guest', 'system')),
    actor_id     uuid,
    address      text NOT NULL DEFAULT '',
    action       text NOT NULL CHECK (action ~ '^[a-z_]+\.[a-z_]+$'),
    object_id    uuid,
    result       text NOT NULL DEFAULT 'done',
    detail_cell  bytea,
    PRIMARY KEY (tenant_id, seq)
);

-- Answers already given, so a repeated POST is answered and not repeated.
CREATE TABLE idempotency (
    tenant_id   uuid NOT NULL REFERENCES tenant,
    principal   text NOT NULL,
    key         text NOT NULL CHECK (length(key) BETWEEN 8 AND 64),
    id          uuid NOT NULL,
    route       text NOT NULL,
    body_hash   bytea NOT NULL,
    status      integer,
    answer_cell bytea,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, principal, key)
);
CREATE INDEX idempotency_age ON idempotency (tenant_id, created_at);

-- Live feed: ids and versions only. -------------------------------------------

CREATE FUNCTION live_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('genkan_live', concat_ws(' ', NEW.tenant_id,
        coalesce(to_jsonb(NEW) ->> 'office_id', '-'), TG_TABLE_NAME, NEW.id,
        coalesce(to_jsonb(NEW) ->> 'version', '0')));
    RETURN NULL;
END $$;
CREATE TRIGGER live AFTER INSERT OR UPDATE ON visit FOR EACH ROW EXECUTE FUNCTION live_notify();
CREATE TRIGGER live AFTER INSERT OR UPDATE ON appointment FOR EACH ROW EXECUTE FUNCTION live_notify();
CREATE TRIGGER live AFTER INSERT OR UPDATE OF version, state ON guest FOR EACH ROW EXECUTE FUNCTION live_notify();
CREATE TRIGGER live AFTER INSERT OR UPDATE ON staff_call FOR EACH ROW EXECUTE FUNCTION live_notify();
CREATE TRIGGER live AFTER INSERT OR UPDATE OF version, state ON device FOR EACH ROW EXECUTE FUNCTION live_notify();
CREATE TRIGGER live AFTER INSERT OR UPDATE ON office FOR EACH ROW EXECUTE FUNCTION live_notify();

CREATE FUNCTION outbox_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('genkan_outbox', '');
    RETURN NULL;
END $$;
CREATE TRIGGER wake AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION outbox_notify();

-- A session, role or device that ended: caches and sockets drop it at once.
CREATE FUNCTION session_notify() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    gone jsonb := CASE TG_OP WHEN 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
BEGIN
    PERFORM pg_notify('genkan_session', concat_ws(' ', gone ->> 'tenant_id',
        CASE TG_TABLE_NAME WHEN 'member_role' THEN gone ->> 'member_id'
                           ELSE gone ->> 'id' END));
    RETURN NULL;
END $$;
CREATE TRIGGER ended AFTER DELETE ON session FOR EACH ROW EXECUTE FUNCTION session_notify();
CREATE TRIGGER ended AFTER UPDATE OF state ON member FOR EACH ROW EXECUTE FUNCTION session_notify();
CREATE TRIGGER ended AFTER INSERT OR DELETE ON member_role FOR EACH ROW EXECUTE FUNCTION session_notify();
CREATE TRIGGER ended AFTER UPDATE OF state ON device FOR EACH ROW EXECUTE FUNCTION session_notify();

CREATE FUNCTION key_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('genkan_key', NEW.tenant_id::text);
    RETURN NULL;
END $$;
CREATE TRIGGER changed AFTER UPDATE OF state ON tenant FOR EACH ROW EXECUTE FUNCTION key_notify();
CREATE TRIGGER changed AFTER UPDATE OF state ON tenant_key FOR EACH ROW EXECUTE FUNCTION key_notify();

-- Isolation -------------------------------------------------------------------
-- Every table of a tenant is closed; without a scope a query fails.

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['tenant', 'tenant_key', 'office', 'member',
        'member_role', 'member_office', 'department', 'department_member',
        'activation', 'session', 'guess', 'device', 'device_pairing',
        'device_challenge', 'device_session', 'appointment',
        'appointment_host', 'guest', 'guest_code', 'visit', 'visit_host',
        'staff_call', 'channel', 'outbox', 'operation', 'idempotency']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY tenant_only ON %I'
            ' USING (tenant_id = current_setting(''app.tenant_id'')::uuid)'
            ' WITH CHECK (tenant_id = current_setting(''app.tenant_id'')::uuid)', t);
    END LOOP;
END $$;

-- The named exception: courier finds what is due in every tenant; what a
-- delivery says is a cell, opened under that tenant's scope and key.
CREATE POLICY courier_claim ON outbox FOR ALL TO genkan_courier USING (true) WITH CHECK (true);

GRANT SELECT ON tenant_name TO genkan_web, genkan_courier, genkan_operator;
GRANT INSERT ON tenant_name TO genkan_operator;
GRANT SELECT, INSERT, UPDATE ON tenant TO genkan_operator;
GRANT SELECT, INSERT, UPDATE ON tenant_key TO genkan_operator;
GRANT SELECT, INSERT ON activation TO genkan_operator;
GRANT INSERT ON operation TO genkan_operator;

GRANT SELECT ON tenant TO genkan_web;
GRANT SELECT, INSERT ON tenant_key TO genkan_web;
GRANT UPDATE (writes) ON tenant_key TO genkan_web;
GRANT SELECT, INSERT, UPDATE ON office, member, device, appointment, guest, visit,
    staff_call, channel, outbox, department, guess, idempotency, activation TO genkan_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON member_role, member_office, department_member,
    session, device_pairing, device_challenge, device_session, appointment_host,
    guest_code, visit_host TO genkan_web;
GRANT DELETE ON idempotency, guess TO genkan_web;
GRANT SELECT, INSERT ON operation TO genkan_web;

GRANT SELECT ON tenant, tenant_key, channel TO genkan_courier;
GRANT UPDATE (state, failing_since, version) ON channel TO genkan_courier;
GRANT SELECT, UPDATE ON outbox TO genkan_courier;
GRANT SELECT (tenant_id, id, appointment_id, state, version, mail_state), UPDATE (mail_state, version) ON guest TO genkan_courier;
GRANT INSERT ON operation TO genkan_courier;
