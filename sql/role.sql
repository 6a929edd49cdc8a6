-- The database's roles.  Run by its superuser, as often as one likes, before
-- the migrations: scripts/embedded-pg does, conf/README.md says how elsewhere.
-- None may log in over the network here; pg_hba.conf and a password decide.
--
-- Nobody bypasses row-level security but the backup, which reads whole files
-- anyway; what it copies is ciphertext.

DO $$
DECLARE
    r text;
BEGIN
    FOREACH r IN ARRAY ARRAY['genkan_owner', 'genkan_web', 'genkan_courier',
                             'genkan_operator', 'genkan_backup'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', r);
        END IF;
        EXECUTE format('ALTER ROLE %I NOSUPERUSER NOCREATEDB NOCREATEROLE '
                       'NOREPLICATION NOBYPASSRLS', r);
        EXECUTE format('ALTER ROLE %I SET search_path = public', r);
        EXECUTE format('ALTER ROLE %I SET timezone = ''UTC''', r);
        EXECUTE format('ALTER ROLE %I SET datestyle = ''ISO, YMD''', r);
        -- Compiling a plan takes longer than what it finds; cost estimates of
        -- plans that are told not to sort always ask for it.
        EXECUTE format('ALTER ROLE %I SET jit = off', r);
        EXECUTE format('ALTER ROLE %I SET log_parameter_max_length_on_error = 0', r);
    END LOOP;
END
$$;

-- Time-outs: a statement that waits for a lock gives up long before the person
-- at the tablet does, and a transaction left open is ended.
ALTER ROLE genkan_web      SET statement_timeout = '15s';
ALTER ROLE genkan_web      SET lock_timeout = '3s';
ALTER ROLE genkan_web      SET idle_in_transaction_session_timeout = '15s';
ALTER ROLE genkan_courier  SET statement_timeout = '30s';
ALTER ROLE genkan_courier  SET lock_timeout = '5s';
ALTER ROLE genkan_courier  SET idle_in_transaction_session_timeout = '15s';
ALTER ROLE genkan_operator SET statement_timeout = '60s';
ALTER ROLE genkan_operator SET lock_timeout = '5s';
ALTER ROLE genkan_operator SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE genkan_owner    SET statement_timeout = '30min';
ALTER ROLE genkan_owner    SET lock_timeout = '10s';
ALTER ROLE genkan_owner    SET idle_in_transaction_session_timeout = '10min';
ALTER ROLE genkan_owner    SET client_min_messages = 'warning';
ALTER ROLE genkan_backup   SET statement_timeout = '12h';
ALTER ROLE genkan_backup   SET lock_timeout = '60s';
ALTER ROLE genkan_backup   SET idle_in_transaction_session_timeout = '12h';

ALTER ROLE genkan_backup BYPASSRLS;
GRANT pg_read_all_data, pg_read_all_settings, pg_checkpoint TO genkan_backup;
GRANT EXECUTE ON FUNCTION pg_backup_start(text, boolean),
    pg_backup_stop(boolean), pg_switch_wal(),
    pg_create_restore_point(text) TO genkan_backup;

-- What the programs ask is found by an index of its tenant, whatever is asked
-- and however old the statistics: a plan made while a table was empty must do
-- when it is full, and nobody waits for the same plan twice.  Lists of many
-- rows say so and are planned for their values (sql/query/plan.sql).
ALTER ROLE genkan_web      SET enable_seqscan = off;
ALTER ROLE genkan_web      SET plan_cache_mode = 'force_generic_plan';
ALTER ROLE genkan_courier  SET enable_seqscan = off;
ALTER ROLE genkan_courier  SET plan_cache_mode = 'force_generic_plan';

-- This database: only ours connect, only the owner makes things in it.
DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I OWNER TO genkan_owner', current_database());
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO genkan_web, genkan_courier, '
                   'genkan_operator, genkan_backup', current_database());
END
$$;
ALTER SCHEMA public OWNER TO genkan_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO genkan_web, genkan_courier, genkan_operator,
    genkan_backup;
