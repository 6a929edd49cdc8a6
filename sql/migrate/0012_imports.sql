-- 0012: a list of members that is to be imported waits for its confirmation.

-- One file, read and shown before it is done.  It is erased when it is done,
-- or after its time.
CREATE TABLE import (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    member_id   uuid NOT NULL,
    file_cell   bytea,
    encoding    text NOT NULL CHECK (encoding IN ('utf-8', 'cp932')),
    plan_hash   bytea NOT NULL,
    added       integer NOT NULL DEFAULT 0,
    changed     integer NOT NULL DEFAULT 0,
    disabled    integer NOT NULL DEFAULT 0,
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL,
    done_at     timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, member_id) REFERENCES member (tenant_id, id) ON DELETE CASCADE,
    CHECK ((done_at IS NULL) = (file_cell IS NOT NULL))
);
CREATE INDEX import_expiry ON import (tenant_id, expires_at);
COMMENT ON COLUMN import.plan_hash IS 'SHA-256 of what was shown: what is done must be the same';

ALTER TABLE import ENABLE ROW LEVEL SECURITY;
ALTER TABLE import FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_only ON import
    USING (tenant_id = current_setting('app.tenant_id')::uuid)
    WITH CHECK (tenant_id = current_setting('app.tenant_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON import TO genkan_web;
