-- 0018: how long things are kept, and people who are erased.
-- A guest who was erased stays as a row without a person: the name's cell
-- holds the word for it, every other cell and hash is gone.

-- A tenant without a row keeps things as long as src/domain/retention.c says.
CREATE TABLE retention (
    tenant_id         uuid PRIMARY KEY REFERENCES tenant,
    visit_days        integer NOT NULL CHECK (visit_days BETWEEN 30 AND 3660),
    appointment_days  integer NOT NULL CHECK (appointment_days BETWEEN 30 AND 3660),
    delivery_days     integer NOT NULL CHECK (delivery_days BETWEEN 30 AND 3660),
    contact           text NOT NULL DEFAULT '' CHECK (length(contact) <= 500),
    version           integer NOT NULL DEFAULT 1,
    swept_at          timestamptz
);
COMMENT ON COLUMN retention.contact IS 'whom visitors ask about their data';
COMMENT ON COLUMN retention.swept_at IS 'when the daily deletion last found nothing more';

ALTER TABLE guest ADD COLUMN erased_at timestamptz;
ALTER TABLE guest ALTER COLUMN name_hash DROP NOT NULL;
ALTER TABLE guest ADD CONSTRAINT guest_erased CHECK (erased_at IS NULL OR num_nonnulls(
    name_hash, kana_cell, company_cell, email_cell, phone_cell, phone_hash, pass_cell, code_cell, page_cell, page_hash) = 0);
CREATE INDEX guest_phone ON guest (tenant_id, phone_hash) WHERE phone_hash IS NOT NULL;

-- What is past its time but is still named by a visit that is not: looked at
-- once, and not again every day.
ALTER TABLE appointment ADD COLUMN stripped_at timestamptz;
CREATE INDEX appointment_unstripped ON appointment (tenant_id, ends_at) WHERE stripped_at IS NULL;
COMMENT ON COLUMN appointment.stripped_at IS 'its time is over: kept only as the heading of visits that are still kept';

-- The code mailed to a guest who wants to see more than this one visit, and
-- what it was exchanged for.
CREATE TABLE privacy_code (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    guest_id     uuid NOT NULL,
    code_hash    bytea NOT NULL,
    grant_hash   bytea,
    expires_at   timestamptz NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, grant_hash),
    FOREIGN KEY (tenant_id, guest_id) REFERENCES guest (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX privacy_code_guest ON privacy_code (tenant_id, guest_id, created_at);

-- Which kinds there are is said in src/domain/guess.c.
ALTER TABLE guess DROP CONSTRAINT guess_kind_check;
ALTER TABLE guess ADD CONSTRAINT guess_kind_check CHECK (kind ~ '^[a-z_]{3,40}$');

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['retention', 'privacy_code'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY tenant_only ON %I'
            ' USING (tenant_id = current_setting(''app.tenant_id'')::uuid)'
            ' WITH CHECK (tenant_id = current_setting(''app.tenant_id'')::uuid)', t);
    END LOOP;
END $$;

-- Web may delete records, but only old ones, and nobody who is inside: the
-- shortest period that a tenant can choose, whatever web believes.
CREATE POLICY retention_only ON visit AS RESTRICTIVE FOR DELETE TO genkan_web
    USING (state IN ('left', 'undone') AND day < current_date - 29);
CREATE POLICY retention_only ON appointment AS RESTRICTIVE FOR DELETE TO genkan_web
    USING (ends_at < now() - interval '29 days');
CREATE POLICY retention_only ON guest AS RESTRICTIVE FOR DELETE TO genkan_web
    USING (created_at < now() - interval '29 days');
CREATE POLICY retention_only ON outbox AS RESTRICTIVE FOR DELETE TO genkan_web
    USING (created_at < now() - interval '29 days' AND state NOT IN ('waiting', 'leased'));
GRANT DELETE ON visit, appointment, guest, outbox TO genkan_web;

GRANT SELECT, INSERT, UPDATE ON retention TO genkan_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON privacy_code TO genkan_web;
