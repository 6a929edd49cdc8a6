-- 0028: who has the operator's role, and nothing of the program around it, cannot
-- have a tenant's rows destroyed at once: its end is set a day ahead (23 hours,
-- where clocks go back), the state follows the day, and an end that has come stays.
CREATE FUNCTION contract_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'ended' AND ROW(NEW.state, NEW.stops_at, NEW.data_until)
                   IS DISTINCT FROM ROW(OLD.state, OLD.stops_at, OLD.data_until)
       OR OLD.state <> 'ended' AND NEW.state = 'ended'
          AND (OLD.data_until IS NULL OR OLD.data_until > now())
       OR NEW.data_until IS DISTINCT FROM OLD.data_until
          AND NEW.data_until < now() + interval '23 hours'
    THEN
        RAISE EXCEPTION 'the contract has not ended, or its end is set already' USING ERRCODE = 'GK002';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER contract_order BEFORE UPDATE ON tenant FOR EACH ROW
    WHEN (current_user = 'genkan_operator') EXECUTE FUNCTION contract_order();

REVOKE UPDATE ON tenant FROM genkan_operator;
GRANT UPDATE (state, kms_key_id, stops_at, data_until, time_zone) ON tenant TO genkan_operator;
