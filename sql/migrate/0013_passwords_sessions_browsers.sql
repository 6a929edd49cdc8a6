-- 0013: what a company asks of passwords and sessions, links that reset a
-- password, and the browsers from which a member has signed in before.

-- A company without a row has the defaults; sql/query/sign_in_policy.sql says
-- them too.
CREATE TABLE sign_in_policy (
    tenant_id      uuid PRIMARY KEY REFERENCES tenant,
    password_min   integer NOT NULL DEFAULT 12 CHECK (password_min BETWEEN 8 AND 128),
    idle_minutes   integer NOT NULL DEFAULT 480 CHECK (idle_minutes BETWEEN 5 AND 1440),
    longest_hours  integer NOT NULL DEFAULT 168 CHECK (longest_hours BETWEEN 1 AND 720),
    version        integer NOT NULL DEFAULT 1
);

-- One live link for each member.
CREATE TABLE password_reset (
    tenant_id   uuid NOT NULL,
    member_id   uuid NOT NULL,
    token_hash  bytea NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, member_id),
    UNIQUE (tenant_id, token_hash),
    FOREIGN KEY (tenant_id, member_id) REFERENCES member (tenant_id, id) ON DELETE CASCADE
);

-- Several members may share one browser: a row for each of them.
CREATE TABLE browser (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    member_id   uuid NOT NULL,
    token_hash  bytea NOT NULL,
    failures    integer NOT NULL DEFAULT 0,
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, member_id, token_hash),
    FOREIGN KEY (tenant_id, member_id) REFERENCES member (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX browser_token ON browser (tenant_id, token_hash);
COMMENT ON COLUMN browser.failures IS 'wrong passwords from there since the last right one';

ALTER TABLE session ADD COLUMN browser text NOT NULL DEFAULT '' CHECK (length(browser) <= 256);
COMMENT ON COLUMN session.browser IS 'what it says it is, for the member to tell sessions apart';

-- Which kinds there are, the program's table of limits says.
ALTER TABLE guess DROP CONSTRAINT guess_kind_check;
ALTER TABLE guess ADD CONSTRAINT guess_kind_check CHECK (kind ~ '^[a-z_]{1,32}$');

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['sign_in_policy', 'password_reset', 'browser']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY tenant_only ON %I'
            ' USING (tenant_id = current_setting(''app.tenant_id'')::uuid)'
            ' WITH CHECK (tenant_id = current_setting(''app.tenant_id'')::uuid)', t);
    END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE ON sign_in_policy TO genkan_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON password_reset, browser TO genkan_web;
