-- 0015: from which networks a tenant may be used.

CREATE TABLE network_rule (
    tenant_id  uuid NOT NULL REFERENCES tenant,
    admin      text NOT NULL DEFAULT '' CHECK (length(admin) <= 5000),
    devices    text NOT NULL DEFAULT '' CHECK (length(devices) <= 5000),
    api_keys   text NOT NULL DEFAULT '' CHECK (length(api_keys) <= 5000),
    version    integer NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id)
);
COMMENT ON TABLE network_rule IS 'lists of networks, a line each; an empty list admits everybody';

ALTER TABLE network_rule ENABLE ROW LEVEL SECURITY;
ALTER TABLE network_rule FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_only ON network_rule
    USING (tenant_id = current_setting('app.tenant_id')::uuid)
    WITH CHECK (tenant_id = current_setting('app.tenant_id')::uuid);
GRANT SELECT, INSERT, UPDATE ON network_rule TO genkan_web;

-- Whoever runs the installation lets a tenant in again that has locked itself
-- out: all lists are emptied, none is read or written.
CREATE POLICY operator_clears ON network_rule AS RESTRICTIVE FOR UPDATE TO genkan_operator
    USING (true) WITH CHECK (admin = '' AND devices = '' AND api_keys = '');
GRANT SELECT (tenant_id, version), UPDATE (admin, devices, api_keys, version) ON network_rule TO genkan_operator;

-- Every socket of the tenant is closed; who may, opens it again.
CREATE TRIGGER changed AFTER INSERT OR UPDATE ON network_rule FOR EACH ROW EXECUTE FUNCTION session_notify();
