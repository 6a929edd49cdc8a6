-- 0026: whoever runs the installation signs in: accounts, sessions and a log
-- of their own, which no role but genkan_operator sees.

CREATE TABLE operator (
    id           uuid PRIMARY KEY,
    email        text NOT NULL UNIQUE CHECK (length(email) BETWEEN 3 AND 254),
    name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    state        text NOT NULL DEFAULT 'invited' CHECK (state IN ('invited', 'active', 'disabled')),
    password     text,
    totp_sealed  bytea,
    totp_new     bytea,
    totp_until   timestamptz,
    last_step    bigint NOT NULL DEFAULT 0,
    token_hash   bytea UNIQUE,
    token_until  timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    CHECK (state <> 'active' OR password IS NOT NULL),
    CHECK ((token_hash IS NULL) = (token_until IS NULL)),
    CHECK ((totp_new IS NULL) = (totp_until IS NULL))
);
COMMENT ON COLUMN operator.password IS 'argon2id, PHC string form';
COMMENT ON COLUMN operator.totp_sealed IS 'AES-256-GCM under GENKAN_OPERATOR_KEY; NULL: has to be set up first';
COMMENT ON COLUMN operator.totp_new IS 'yet to be confirmed by a first code';
COMMENT ON COLUMN operator.last_step IS 'of the code used last: it and older ones are refused';
COMMENT ON COLUMN operator.token_hash IS 'of the sign-up link, once';

CREATE TABLE operator_recovery_code (
    operator_id  uuid NOT NULL REFERENCES operator,
    code_hash    bytea NOT NULL,
    used_at      timestamptz,
    PRIMARY KEY (operator_id, code_hash)
);

CREATE TABLE operator_session (
    id           uuid PRIMARY KEY,
    operator_id  uuid NOT NULL REFERENCES operator,
    token_hash   bytea NOT NULL UNIQUE,
    proven       boolean NOT NULL DEFAULT false,
    address      text NOT NULL,
    browser      text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL DEFAULT now(),
    seen_at      timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN operator_session.proven IS 'its second factor was shown';
CREATE INDEX operator_session_of ON operator_session (operator_id);

-- As table guess, of nobody's tenant.
CREATE TABLE operator_guess (
    kind           text NOT NULL CHECK (kind IN ('account', 'address', 'factor', 'sign_up')),
    subject        text NOT NULL,
    window_from    timestamptz NOT NULL DEFAULT now(),
    failures       integer NOT NULL DEFAULT 0,
    strikes        integer NOT NULL DEFAULT 0,
    blocked_until  timestamptz,
    PRIMARY KEY (kind, subject)
);

-- Answers kept under the key that a client chose; status NULL: at work.
CREATE TABLE operator_kept (
    operator_id    uuid NOT NULL REFERENCES operator,
    key            text NOT NULL,
    route          text NOT NULL,
    request_hash   bytea NOT NULL,
    row_id         uuid NOT NULL,
    status         integer,
    answer_sealed  bytea,
    created_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (operator_id, key)
);

-- Append-only.  The column is not called tenant_id: an ended tenant's lines stay.
CREATE TABLE operator_log (
    seq          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at           timestamptz NOT NULL DEFAULT now(),
    operator_id  uuid,
    address      text NOT NULL DEFAULT '',
    action       text NOT NULL CHECK (action ~ '^[a-z_]+\.[a-z_]+$'),
    about        uuid,
    object_id    uuid,
    result       text NOT NULL CHECK (result ~ '^[a-z_]+$')
);
COMMENT ON COLUMN operator_log.operator_id IS 'NULL: nobody was signed in, or the command line';
COMMENT ON COLUMN operator_log.about IS 'the tenant';
CREATE INDEX operator_log_at ON operator_log (at);

GRANT SELECT, INSERT, UPDATE ON operator TO genkan_operator;
GRANT SELECT, INSERT, UPDATE, DELETE ON operator_recovery_code, operator_session, operator_guess, operator_kept
   TO genkan_operator;
GRANT SELECT, INSERT (operator_id, address, action, about, object_id, result) ON operator_log TO genkan_operator;

-- One list of all tenants, and of all they were told; changed is what they are
-- in their scope alone.
CREATE POLICY operator_list ON tenant FOR SELECT TO genkan_operator USING (true);
CREATE POLICY operator_list ON contract FOR SELECT TO genkan_operator USING (true);
CREATE POLICY operator_list ON tenant_notice FOR SELECT TO genkan_operator USING (true);

-- The mail to a new tenant's first administrator.  The operator has none of the
-- tenant's keys and no right to the outbox: what it says is sealed for courier
-- (GENKAN_OPERATOR_MAIL_KEY), and nothing goes to a tenant that has people.
CREATE FUNCTION operator_post(id uuid, payload bytea, life integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    scope uuid := current_setting('app.tenant_id')::uuid;
BEGIN
    IF EXISTS (SELECT FROM activation WHERE tenant_id = scope AND used_at IS NOT NULL)
       OR EXISTS (SELECT FROM member WHERE tenant_id = scope) THEN
        RETURN false;
    END IF;
    INSERT INTO outbox (tenant_id, id, kind, topic, payload_cell, expires_at)
    VALUES (scope, operator_post.id, 'mail', 'member.invited', payload, now() + make_interval(secs => life));
    RETURN true;
END $$;
REVOKE EXECUTE ON FUNCTION operator_post(uuid, bytea, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION operator_post(uuid, bytea, integer) TO genkan_operator;
