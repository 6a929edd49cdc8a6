-- 0014: a second factor beside the password: what a member has set up, codes
-- for the day it is lost, and who must have one.

CREATE TABLE second_factor (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    member_id    uuid NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('totp', 'sms')),
    state        text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'active')),
    secret_cell  bytea NOT NULL,
    last_step    bigint NOT NULL DEFAULT 0,
    code_hash    bytea,
    code_tries   integer NOT NULL DEFAULT 0,
    code_until   timestamptz,
    expires_at   timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, member_id, kind, state),
    FOREIGN KEY (tenant_id, member_id) REFERENCES member (tenant_id, id) ON DELETE CASCADE,
    CHECK ((state = 'new') = (expires_at IS NOT NULL)),
    CHECK ((code_hash IS NULL) = (code_until IS NULL))
);
COMMENT ON COLUMN second_factor.secret_cell IS 'the TOTP secret, or the phone number, under the key for second factors';
COMMENT ON COLUMN second_factor.last_step IS 'of the code used last: neither it nor an older one is good again';
COMMENT ON COLUMN second_factor.code_hash IS 'of the code sent by SMS';

CREATE TABLE recovery_code (
    tenant_id  uuid NOT NULL,
    member_id  uuid NOT NULL,
    code_hash  bytea NOT NULL,
    used_at    timestamptz,
    PRIMARY KEY (tenant_id, member_id, code_hash),
    FOREIGN KEY (tenant_id, member_id) REFERENCES member (tenant_id, id) ON DELETE CASCADE
);

-- Who must have one; a tenant without a row asks nobody.
CREATE TABLE second_factor_rule (
    tenant_id    uuid PRIMARY KEY REFERENCES tenant,
    requirement  text NOT NULL CHECK (requirement IN ('none', 'roles', 'all')),
    roles        text[] NOT NULL DEFAULT '{}',
    version      integer NOT NULL DEFAULT 1,
    CHECK ((requirement = 'roles') = (roles <> '{}')),
    CHECK (roles <@ ARRAY['member', 'reception', 'operations_admin', 'account_admin', 'system_admin'])
);

ALTER TABLE session ADD COLUMN proven boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN session.proven IS 'the second factor was shown in this session';

-- Which kinds there are, the program's table of limits says.
ALTER TABLE guess DROP CONSTRAINT guess_kind_check;
ALTER TABLE guess ADD CONSTRAINT guess_kind_check CHECK (kind ~ '^[a-z_]{1,32}$');

-- Who has a second factor now, or must have one, has to show it: open sockets
-- are closed, of the member or of the whole tenant.
CREATE FUNCTION second_factor_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('genkan_session', concat_ws(' ', NEW.tenant_id, to_jsonb(NEW) ->> 'member_id'));
    RETURN NULL;
END $$;
CREATE TRIGGER needed AFTER UPDATE OF state ON second_factor FOR EACH ROW EXECUTE FUNCTION second_factor_notify();
CREATE TRIGGER needed AFTER INSERT OR UPDATE ON second_factor_rule FOR EACH ROW EXECUTE FUNCTION second_factor_notify();

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['second_factor', 'recovery_code', 'second_factor_rule']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY tenant_only ON %I'
            ' USING (tenant_id = current_setting(''app.tenant_id'')::uuid)'
            ' WITH CHECK (tenant_id = current_setting(''app.tenant_id'')::uuid)', t);
    END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE, DELETE ON second_factor, recovery_code TO genkan_web;
GRANT SELECT, INSERT, UPDATE ON second_factor_rule TO genkan_web;
