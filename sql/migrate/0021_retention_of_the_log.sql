-- 0021: a tenant may choose how long its operation log is kept.

ALTER TABLE retention
    ADD COLUMN log_days integer CHECK (log_days BETWEEN 365 AND 3660);
COMMENT ON COLUMN retention.log_days IS 'NULL: the operation log is kept without end';

CREATE INDEX operation_cuts ON operation (tenant_id, object_id) WHERE action = 'operation.cut';

-- The only way out of the log, in two steps, so that what is gone was always
-- announced first.  The tenant chose a period; the last head older than that
-- is put on record as "operation.cut" (domain/operation_chain.h); once the row
-- is linked and a later head covers it, what stands before that head goes, at
-- most so many rows a call.  The head stays, for verification to begin at.
-- Runs as its owner: no role may delete a row of the log, and web by this
-- alone, of the tenant of its scope, as old as that tenant chose, and never of
-- the last 365 days.
DROP FUNCTION operation_cut(timestamptz);
CREATE FUNCTION operation_cut(most integer, OUT rows bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    scope uuid := current_setting('app.tenant_id')::uuid;
    kept_from timestamptz;
    last bigint;
    next uuid;
BEGIN
    rows := 0;
    SELECT now() - make_interval(days => greatest(log_days, 365)) INTO kept_from
      FROM retention
     WHERE tenant_id = scope AND log_days IS NOT NULL;
    IF kept_from IS NULL THEN
        RETURN;
    END IF;

    SELECT h.position INTO last
      FROM operation o
      JOIN operation_link l ON l.tenant_id = o.tenant_id AND l.seq = o.seq
      JOIN operation_head h ON h.tenant_id = o.tenant_id AND h.id = o.object_id
     WHERE o.tenant_id = scope AND o.action = 'operation.cut' AND h.at < kept_from
       AND EXISTS (SELECT FROM operation_head s
                    WHERE s.tenant_id = scope AND s.position >= l.position
                      AND s.at >= h.at + interval '365 days')
     ORDER BY h.position DESC
     LIMIT 1;
    IF last IS NOT NULL THEN
        WITH links AS (
            DELETE FROM operation_link
             WHERE tenant_id = scope
               AND position IN (SELECT position FROM operation_link
                                 WHERE tenant_id = scope AND position <= last
                                 ORDER BY position LIMIT most)
         RETURNING seq
        ), deeds AS (
            DELETE FROM operation
             WHERE tenant_id = scope AND seq IN (SELECT seq FROM links)
        )
        SELECT count(*) INTO rows FROM links;
        IF rows > 0 THEN
            RETURN;
        END IF;
        DELETE FROM operation_head WHERE tenant_id = scope AND position < last;
    END IF;

    SELECT h.id INTO next
      FROM operation_head h
     WHERE h.tenant_id = scope AND h.before IS NOT NULL AND h.at < kept_from
       AND EXISTS (SELECT FROM operation_link l
                    WHERE l.tenant_id = scope AND l.position <= h.position)
     ORDER BY h.position DESC
     LIMIT 1;
    INSERT INTO operation (tenant_id, id, actor_kind, action, object_id)
    SELECT scope, gen_random_uuid(), 'system', 'operation.cut', next
     WHERE next IS NOT NULL
       AND NOT EXISTS (SELECT FROM operation o
                        WHERE o.tenant_id = scope AND o.action = 'operation.cut' AND o.object_id = next);
END $$;
REVOKE ALL ON FUNCTION operation_cut(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION operation_cut(integer) TO genkan_web;
