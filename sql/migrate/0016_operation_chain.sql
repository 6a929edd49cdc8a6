-- 0016: the operation log becomes a chain.  Courier links every row to the one
-- before, in the order in which their transactions can be seen; each hour it
-- has the key service authenticate how far the chain has come.

-- Which transaction wrote a row: what is older than every transaction at work
-- is complete, so nothing that commits late is passed over (a number from a
-- sequence is given out before the commit and cannot say that).
ALTER TABLE operation
    ADD COLUMN xid bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint;
CREATE INDEX operation_unchained ON operation (xid, seq);
CREATE INDEX operation_by_time ON operation (tenant_id, at, id);
CREATE INDEX operation_by_member ON operation (tenant_id, actor_id, at)
    WHERE actor_kind IN ('member', 'api_key');
COMMENT ON COLUMN operation.xid IS 'the transaction that wrote it';

-- Number, time and transaction are the database's word, not the program's.
REVOKE INSERT ON operation FROM genkan_web, genkan_courier, genkan_operator;
GRANT INSERT (tenant_id, id, actor_kind, actor_id, address, action, object_id, result, detail_cell)
    ON operation TO genkan_web, genkan_courier, genkan_operator;

-- One link for each row.  detail_hash stands for what the row says about
-- people: that cell may be emptied and the chain still holds.  No foreign key:
-- what is missing must be found, not prevented.
CREATE TABLE operation_link (
    tenant_id     uuid NOT NULL REFERENCES tenant,
    position      bigint NOT NULL CHECK (position > 0),
    seq           bigint NOT NULL,
    operation_id  uuid NOT NULL,
    detail_hash   bytea CHECK (length(detail_hash) = 32),
    hash          bytea NOT NULL CHECK (length(hash) = 32),
    chained_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, position),
    UNIQUE (tenant_id, seq)
);
COMMENT ON COLUMN operation_link.position IS '1, 2, 3 … without gaps';

-- The chain's end of an hour, authenticated by the key service under the
-- tenant's key: who can only write to the database cannot make one.
CREATE TABLE operation_head (
    tenant_id   uuid NOT NULL REFERENCES tenant,
    position    bigint NOT NULL,
    id          uuid NOT NULL,
    seq         bigint NOT NULL,
    hash        bytea NOT NULL CHECK (length(hash) = 32),
    at          timestamptz NOT NULL,
    finding     text NOT NULL DEFAULT 'none',
    seal        bytea NOT NULL,
    mailed_at   timestamptz,
    PRIMARY KEY (tenant_id, position)
);
COMMENT ON COLUMN operation_head.finding IS 'what was wrong between the head before and this one';
CREATE INDEX operation_head_unmailed ON operation_head (tenant_id, position) WHERE mailed_at IS NULL;

-- How far courier has read, for all tenants; only a hint where to go on.
CREATE TABLE operation_mark (
    one  boolean PRIMARY KEY DEFAULT true CHECK (one),
    xid  bigint NOT NULL,
    seq  bigint NOT NULL
);
INSERT INTO operation_mark (xid, seq) VALUES (0, 0);

ALTER TABLE operation_link ENABLE ROW LEVEL SECURITY;
ALTER TABLE operation_link FORCE ROW LEVEL SECURITY;
ALTER TABLE operation_head ENABLE ROW LEVEL SECURITY;
ALTER TABLE operation_head FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_only ON operation_link
    USING (tenant_id = current_setting('app.tenant_id')::uuid)
    WITH CHECK (tenant_id = current_setting('app.tenant_id')::uuid);
CREATE POLICY tenant_only ON operation_head
    USING (tenant_id = current_setting('app.tenant_id')::uuid)
    WITH CHECK (tenant_id = current_setting('app.tenant_id')::uuid);

-- The named exceptions: courier finds what is new in every tenant and links
-- it; a row holds ids, and a cell that courier cannot open.
CREATE POLICY courier_chain ON operation FOR SELECT TO genkan_courier USING (true);
CREATE POLICY courier_chain ON operation_link FOR SELECT TO genkan_courier USING (true);
CREATE POLICY courier_link ON operation_link FOR INSERT TO genkan_courier WITH CHECK (true);
CREATE POLICY courier_chain ON operation_head FOR SELECT TO genkan_courier USING (true);

GRANT SELECT ON operation TO genkan_courier, genkan_operator;
GRANT SELECT ON operation_link, operation_head TO genkan_web, genkan_courier, genkan_operator;
GRANT INSERT (tenant_id, position, seq, operation_id, detail_hash, hash) ON operation_link TO genkan_courier;
GRANT INSERT (tenant_id, position, id, seq, hash, at, finding, seal) ON operation_head TO genkan_courier;
GRANT UPDATE (mailed_at) ON operation_head TO genkan_web;
GRANT SELECT ON operation_mark TO genkan_courier, genkan_operator;
GRANT UPDATE (xid, seq) ON operation_mark TO genkan_courier;

-- The only way out of the log, from its old end: up to the last authenticated
-- head that has nothing younger than ${keep_from} before it.  That head stays
-- and is where verification begins.  Nobody may delete otherwise.
CREATE FUNCTION operation_cut(keep_from timestamptz, OUT head uuid, OUT rows bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    last bigint;
BEGIN
    rows := 0;
    IF keep_from > now() - interval '30 days' THEN
        RAISE 'the log of the last 30 days stays';
    END IF;
    SELECT h.position, h.id INTO last, head
      FROM operation_head h
     WHERE h.at < keep_from
       AND EXISTS (SELECT FROM operation_link l WHERE l.position <= h.position)
     ORDER BY h.position DESC
     LIMIT 1;
    IF last IS NULL THEN
        RETURN;
    END IF;
    DELETE FROM operation o USING operation_link l
     WHERE l.position <= last AND o.tenant_id = l.tenant_id AND o.seq = l.seq;
    GET DIAGNOSTICS rows = ROW_COUNT;
    DELETE FROM operation_link WHERE position <= last;
    DELETE FROM operation_head WHERE position < last;
END $$;
REVOKE ALL ON FUNCTION operation_cut(timestamptz) FROM PUBLIC;
