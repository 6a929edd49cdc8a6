-- 0017: cells are moved to new data keys; how far that is, for each tenant.

CREATE TABLE reencryption (
    tenant_id   uuid PRIMARY KEY REFERENCES tenant,
    state       text NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'running', 'done')),
    table_name  text NOT NULL DEFAULT '',
    after_id    uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    round       integer NOT NULL DEFAULT 1,
    stale       bigint NOT NULL DEFAULT 0,
    moved       bigint NOT NULL DEFAULT 0,
    unreadable  bigint NOT NULL DEFAULT 0,
    asked_at    timestamptz NOT NULL DEFAULT now(),
    began_at    timestamptz,
    ended_at    timestamptz,
    CHECK ((state = 'done') = (ended_at IS NOT NULL))
);
COMMENT ON COLUMN reencryption.table_name IS 'where it is: rows of this table up to after_id are seen';
COMMENT ON COLUMN reencryption.round IS 'it goes round until a round finds nothing stale';
COMMENT ON COLUMN reencryption.stale IS 'cells under old keys that this round found';
COMMENT ON COLUMN reencryption.moved IS 'the same since began_at, of all rounds';
COMMENT ON COLUMN reencryption.unreadable IS 'cells of this round that no key opens: no old key goes then';

-- Every encrypted column there is, read from the catalogue, so that none is
-- forgotten; and whether the one who asks may rewrite it (nobody may rewrite
-- the operation log).
CREATE FUNCTION cell_columns() RETURNS TABLE (table_name text, column_name text, rewritable boolean)
LANGUAGE sql STABLE AS $$
    SELECT c.relname::text, a.attname::text,
           has_column_privilege(c.oid, a.attnum, 'UPDATE')
      FROM pg_class c
      JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = 'public'::regnamespace
       AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND a.attname LIKE '%\_cell' AND a.atttypid = 'bytea'::regtype
       AND NOT a.attisdropped
       AND has_column_privilege(c.oid, a.attnum, 'SELECT')
     ORDER BY 1, 2
$$;

-- The cells of the next rows of a table, one line for each column, NULLs too.
CREATE FUNCTION cell_page(t text, after_id uuid, n integer)
RETURNS TABLE (id uuid, column_name text, cell bytea) LANGUAGE plpgsql STABLE AS $$
DECLARE
    pairs text;
BEGIN
    SELECT string_agg(format('(%L, p.%I)', c.column_name, c.column_name), ', ')
      INTO STRICT pairs
      FROM cell_columns() c WHERE c.table_name = t;
    RETURN QUERY EXECUTE format(
        'SELECT p.id, v.column_name, v.cell'
        '  FROM (SELECT * FROM %I'
        '         WHERE tenant_id = current_setting(''app.tenant_id'')::uuid AND id > $1'
        '         ORDER BY id LIMIT $2) p,'
        '       LATERAL (VALUES %s) v (column_name, cell)'
        ' ORDER BY p.id', t, pairs) USING after_id, n;
END $$;

-- Put new cells in place of old ones, where the old ones still stand.  A row
-- that somebody else is writing is passed over: nobody waits for us, and we
-- wait for nobody.
CREATE FUNCTION cell_replace(t text, ids uuid[], columns text[], olds bytea[], news bytea[])
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    picked text;
    sets text;
    n bigint;
BEGIN
    SELECT string_agg(format('(array_agg(x.old) FILTER (WHERE x.col = %L))[1] AS %I,'
                             '(array_agg(x.new) FILTER (WHERE x.col = %L))[1] AS %I',
               c.column_name, 'old_' || c.column_name, c.column_name, 'new_' || c.column_name), ', '),
           string_agg(format('%I = CASE WHEN r.%I = m.%I THEN m.%I ELSE r.%I END',
               c.column_name, c.column_name, 'old_' || c.column_name, 'new_' || c.column_name, c.column_name), ', ')
      INTO STRICT picked, sets
      FROM cell_columns() c WHERE c.table_name = t AND c.column_name = ANY (columns);
    EXECUTE format(
        'WITH m AS (SELECT x.id, %s FROM unnest($1, $2, $3, $4) AS x (id, col, old, new) GROUP BY x.id),'
        ' held AS (SELECT r.id FROM %I r'
        '           WHERE r.tenant_id = current_setting(''app.tenant_id'')::uuid AND r.id = ANY ($1)'
        '           ORDER BY r.id FOR NO KEY UPDATE SKIP LOCKED)'
        ' UPDATE %I r SET %s FROM m JOIN held ON held.id = m.id'
        ' WHERE r.tenant_id = current_setting(''app.tenant_id'')::uuid AND r.id = m.id',
        picked, t, t, sets) USING ids, columns, olds, news;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;

-- Does a table that nobody rewrites hold cells of this version of a key?
CREATE FUNCTION cell_kept(version integer) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    c record;
    found_one boolean;
BEGIN
    FOR c IN SELECT * FROM cell_columns() WHERE NOT rewritable LOOP
        EXECUTE format(
            'SELECT EXISTS (SELECT FROM %I WHERE tenant_id = current_setting(''app.tenant_id'')::uuid'
            ' AND substr(%I, 2, 4) = int4send($1))', c.table_name, c.column_name)
           INTO found_one USING version;
        IF found_one THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END $$;

-- Wake whoever moves cells; evicting a key once more does no harm.
CREATE TRIGGER asked AFTER INSERT OR UPDATE OF asked_at ON reencryption FOR EACH ROW EXECUTE FUNCTION key_notify();

-- A cell that is moved changes nothing that a page shows.
DROP TRIGGER live ON appointment;
CREATE TRIGGER live AFTER INSERT OR UPDATE OF version, state ON appointment FOR EACH ROW EXECUTE FUNCTION live_notify();

ALTER TABLE reencryption ENABLE ROW LEVEL SECURITY;
ALTER TABLE reencryption FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_only ON reencryption
    USING (tenant_id = current_setting('app.tenant_id')::uuid)
    WITH CHECK (tenant_id = current_setting('app.tenant_id')::uuid);

GRANT SELECT, INSERT, UPDATE ON reencryption TO genkan_web, genkan_operator;
GRANT UPDATE (state), DELETE ON tenant_key TO genkan_web;
CREATE POLICY replaced_only ON tenant_key AS RESTRICTIVE FOR DELETE TO genkan_web
    USING (state = 'old' AND use IN ('visitor', 'delivery', 'totp'));
