// What the database's own catalogue says about isolation. A table, policy,
// function or role that is not closed must be named here, with the reason.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { catalogueAfter, createPolicy, isClosed, openPolicy, OPEN_TABLES, OPERATORS_TABLES, POLICIES, policiesCompareTheTenant, TABLES, tablesAreClosed } from "../lib/catalogue.mjs";
import { Database } from "../lib/database.mjs";

/** Functions that run with their owner's rights. */
const OWNERS_FUNCTIONS = {
	operation_cut: "deletes the log's old end as the tenant chose, up to an authenticated head that the log announced; nobody may delete a line otherwise",
	contract_destroy: "deletes an ended tenant's rows, and shows none",
	operator_post: "puts the mail to a new tenant's first administrator into its outbox, while the tenant has nobody",
};

let db;
before(() => { db = new Database(); });
after(() => db?.stop());

/** A scope without rows, for what must be refused for another reason. */
const NOBODY = "SELECT set_config('app.tenant_id', '00000000-0000-7000-8000-000000000000', false) \\g /dev/null\n";

const tables = () => db.rows(TABLES);
const policies = () => db.rows(POLICIES);

test("every table of a tenant has forced row-level security", () => tablesAreClosed(tables()));

test("every policy compares the tenant and nothing else", () => policiesCompareTheTenant(tables(), policies()));

/** Each change is made in this database and, when the catalogue was looked at, undone. */
const notices = (changes) => {
	const run = (script) => db.run(script, "genkan_owner");
	for (const { change, ...found } of catalogueAfter(run, changes)) assert.throws(() => isClosed(found), assert.AssertionError, change);
	isClosed({ tables: tables(), policies: policies() });
};

test("dropping any one policy is noticed", () => {
	const all = policies();
	assert.ok(all.length > 40);
	notices(all.map((p) => `DROP POLICY ${p.policy} ON ${p.table}`));
});

test("opening any one policy, or letting it give what it should take away, is noticed", () => {
	const all = policies();
	notices(all.map(openPolicy));
	notices(all.filter((p) => p.permissive === "RESTRICTIVE").map((p) =>
		`DROP POLICY ${p.policy} ON ${p.table}; ${createPolicy({ ...p, permissive: "PERMISSIVE" })}`));
});

test("a policy more is noticed, on whatever table", () => {
	notices(tables().filter((t) => t.has_tenant).map((t) => `CREATE POLICY one_more ON ${t.name} USING (true)`));
});

test("opening any one table is noticed", () => {
	notices(tables().filter((t) => !(t.name in OPEN_TABLES)).flatMap((t) => [`ALTER TABLE ${t.name} DISABLE ROW LEVEL SECURITY`,
		`ALTER TABLE ${t.name} NO FORCE ROW LEVEL SECURITY`]));
	notices(["CREATE TABLE one_more (id uuid PRIMARY KEY)", "CREATE VIEW one_more AS SELECT * FROM guest"]);
});

test("tenant_id leads every primary key, unique constraint and foreign key", () => {
	const keys = db.rows(`
		SELECT con.conname AS name, t.relname AS table, con.contype AS type, f.relname AS target,
		       (SELECT attname FROM pg_attribute WHERE attrelid = con.conrelid AND attnum = con.conkey[1]) AS first
		  FROM pg_constraint con
		  JOIN pg_class t ON t.oid = con.conrelid
		  LEFT JOIN pg_class f ON f.oid = con.confrelid
		 WHERE con.connamespace = 'public'::regnamespace AND con.contype IN ('p', 'u', 'f')`);
	assert.ok(keys.length > 30);
	for (const k of keys) if (!(k.table in OPEN_TABLES)) assert.equal(k.first, "tenant_id", `${k.table}: ${k.name}`);
	const indexes = db.rows(`
		SELECT i.relname AS name, t.relname AS table,
		       (SELECT attname FROM pg_attribute WHERE attrelid = x.indrelid AND attnum = x.indkey[0]) AS first
		  FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
		 WHERE t.relnamespace = 'public'::regnamespace AND x.indisunique`);
	for (const i of indexes) if (!(i.table in OPEN_TABLES)) assert.equal(i.first, "tenant_id", i.name);
});

test("without a scope every table of a tenant refuses to be read or written", () => {
	for (const t of tables()) {
		if (t.name in OPEN_TABLES) continue;
		for (const role of ["genkan_web", "genkan_owner"])
			for (const sql of [`SELECT count(*) FROM ${t.name}`, `DELETE FROM ${t.name}`])
				assert.throws(() => db.run(sql, role), /app\.tenant_id|permission denied/, `${role}: ${sql}`);
	}
});

test("a scope that was set in one transaction does not last into the next", () => {
	assert.throws(() => db.run(`
		BEGIN; SELECT set_config('app.tenant_id', gen_random_uuid()::text, true); SELECT count(*) FROM office; COMMIT;
		SELECT count(*) FROM office;`, "genkan_web"), /invalid input syntax for type uuid: ""/);
});

test("one tenant's rows do not exist for another, in any statement", () => {
	const [a, b] = ["00000000-0000-7000-8000-00000000000a", "00000000-0000-7000-8000-00000000000b"];
	const office = (tenant, id) => `
		SELECT set_config('app.tenant_id', '${tenant}', false);
		INSERT INTO tenant (tenant_id, display_name, kms_key_id) VALUES ('${tenant}', 'x', 'k');
		INSERT INTO office (tenant_id, id, name, phone) VALUES ('${tenant}', '${id}', 'x', '1');`;
	db.run(office(a, a), "genkan_owner");
	db.run(office(b, b), "genkan_owner");
	const as = (tenant, sql) => db.run(`SELECT set_config('app.tenant_id', '${tenant}', false) \\g /dev/null\n${sql}`, "genkan_web");
	assert.equal(as(a, "SELECT string_agg(id::text, ',') FROM office"), a);
	assert.equal(as(a, `WITH u AS (UPDATE office SET name = 'y' WHERE id = '${b}' RETURNING 1) SELECT count(*) FROM u`), "0");
	assert.throws(() => as(a, `INSERT INTO office (tenant_id, id, name, phone) VALUES ('${b}', gen_random_uuid(), 'x', '1')`),
		/row-level security/);
	assert.throws(() => as(a, `UPDATE office SET tenant_id = '${b}'`), /row-level security/);
	assert.equal(as(b, "SELECT name FROM office"), "x");
});

test("no function runs with its owner's rights but the named ones, within the tenant and with a fixed path", () => {
	const found = db.rows(`
		SELECT proname AS name, proconfig AS settings, pg_get_userbyid(proowner) AS owner, has_function_privilege('public', oid, 'EXECUTE') AS open
		  FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef`);
	assert.deepEqual(found.map((f) => f.name).filter((name) => !(name in OWNERS_FUNCTIONS)), []);
	for (const f of found)
		assert.deepEqual([f.settings, f.owner, f.open], [["search_path=pg_catalog, public, pg_temp"], "genkan_owner", false], f.name);
});

test("an ended tenant's rows can be deleted, of every table and by the operator alone; nobody else's", () => {
	const [ended, other] = ["00000000-0000-7000-8000-0000000000e0", "00000000-0000-7000-8000-0000000000e1"];
	const as = (tenant, sql, role) => db.run(`SELECT set_config('app.tenant_id', '${tenant}', false) \\g /dev/null\n${sql}`, role);
	for (const tenant of [ended, other])
		as(tenant, `
			INSERT INTO tenant (tenant_id, display_name, kms_key_id) VALUES ('${tenant}', 'x', 'k');
			INSERT INTO office (tenant_id, id, name, phone) VALUES ('${tenant}', '${tenant}', 'x', '1');
			INSERT INTO member (tenant_id, id, name_cell, email_cell, email_hash, state) VALUES ('${tenant}', '${tenant}', '', '', '', 'invited');
			INSERT INTO member_role VALUES ('${tenant}', '${tenant}', 'member');
			INSERT INTO department VALUES ('${tenant}', '${tenant}', 'x');
			INSERT INTO department_member VALUES ('${tenant}', '${tenant}', '${tenant}');
			INSERT INTO device (tenant_id, id, office_id, name, state, public_key, address) VALUES ('${tenant}', '${tenant}', '${tenant}', 'x', 'active', '', '');
			INSERT INTO appointment (tenant_id, id, office_id, title_cell, starts_at, ends_at, created_by)
			SELECT '${tenant}', gen_random_uuid(), '${tenant}', '', now(), now() + interval '1 hour', '${tenant}' FROM generate_series(1, 7);
			INSERT INTO operation (tenant_id, id, actor_kind, action) VALUES ('${tenant}', gen_random_uuid(), 'none', 'a.b');
			INSERT INTO tenant_notice (tenant_id, id, kind, text_ja, text_en, starts_at) VALUES ('${tenant}', gen_random_uuid(), 'info', 'x', 'x', now());`, "genkan_owner");
	const destroy = (tenant, role = "genkan_operator") => as(tenant, "SELECT what || ' ' || gone FROM contract_destroy(3)", role);
	assert.throws(() => destroy(ended), /has not ended/);
	// Nor can its role make an end that has come: not of now, not of tomorrow before that is over.
	const operator = (sql) => as(ended, `UPDATE tenant SET ${sql}`, "genkan_operator");
	for (const sql of ["state = 'ended'", "stops_at = now() - interval '9 days', data_until = now() - interval '1 day'",
		"state = 'ended', stops_at = now() - interval '9 days', data_until = now() - interval '1 day'", "stops_at = now(), data_until = now() + interval '22 hours'"])
		assert.throws(() => operator(sql), /has not ended/, sql);
	operator("stops_at = now(), data_until = now() + interval '2 days'");
	assert.throws(() => operator("state = 'ended'"), /has not ended/);
	assert.throws(() => destroy(ended), /has not ended/);
	as(ended, "UPDATE tenant SET stops_at = stops_at - interval '3 days', data_until = data_until - interval '3 days'", "genkan_owner");
	assert.throws(() => destroy(ended), /has not ended/);
	operator("state = 'ended'");
	for (const sql of ["state = 'active'", "data_until = now() + interval '2 days'", "stops_at = NULL, data_until = NULL"])
		assert.throws(() => operator(sql), /set already/, sql);
	for (const role of ["genkan_web", "genkan_courier", "genkan_backup"])
		assert.throws(() => destroy(ended, role), /permission denied/, role);

	const gone = [];
	for (let line; (line = destroy(ended)) !== "";) gone.push(line);
	assert.deepEqual(gone.filter((line) => line.startsWith("appointment ")), ["appointment 3", "appointment 3", "appointment 1"]);
	assert.ok(gone.includes("operation 1") && gone.includes("tenant_notice 1"), gone.join());
	const kept = ["tenant", "tenant_name", "contract"];
	for (const t of tables()) {
		if (!t.has_tenant || kept.includes(t.name)) continue;
		assert.equal(as(ended, `SELECT count(*) FROM ${t.name} WHERE tenant_id = '${ended}'`, "genkan_owner"), "0", t.name);
	}
	assert.equal(as(ended, "SELECT rows_gone ->> 'appointment' FROM contract", "genkan_operator"), "7");
	assert.equal(as(other, "SELECT count(*) FROM appointment", "genkan_owner"), "7");
	assert.throws(() => destroy(other), /has not ended/);
});

test("no tables point at each other in a ring: an ended tenant's rows find an order to go in", () => {
	const edges = db.rows(`
		SELECT DISTINCT c.conrelid::regclass::text AS from, c.confrelid::regclass::text AS to
		  FROM pg_constraint c WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace AND c.conrelid <> c.confrelid`);
	let left = edges;
	for (let before = -1; before !== left.length;) {
		before = left.length;
		left = left.filter((edge) => left.some((other) => other.to === edge.from));
	}
	assert.deepEqual(left, []);
});

test("no role may bypass the policies but the backup's", () => {
	const roles = db.rows(`
		SELECT rolname AS name, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolconfig
		  FROM pg_roles WHERE rolname LIKE 'genkan%' ORDER BY 1`);
	assert.deepEqual(roles.map((r) => r.name),
		["genkan_backup", "genkan_courier", "genkan_operator", "genkan_owner", "genkan_web"]);
	for (const r of roles) {
		assert.ok(!r.rolsuper && !r.rolcreaterole && !r.rolcreatedb && !r.rolreplication, r.name);
		assert.equal(r.rolbypassrls, r.name === "genkan_backup", r.name);
		for (const limit of ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"])
			assert.ok(r.rolconfig.some((c) => c.startsWith(`${limit}=`) && !c.endsWith("=0")), `${r.name}: ${limit}`);
	}
	assert.deepEqual(db.rows(`
		SELECT m.rolname AS member, g.rolname AS role FROM pg_auth_members a
		  JOIN pg_roles m ON m.oid = a.member JOIN pg_roles g ON g.oid = a.roleid
		 WHERE m.rolname LIKE 'genkan%' AND m.rolname <> 'genkan_backup'`), []);
});

test("every encrypted column can be moved to a new key, but those of the log", () => {
	const columns = db.rows(`
		SELECT table_name AS table, column_name AS name FROM information_schema.columns
		 WHERE table_schema = 'public' AND column_name LIKE '%\\_cell' ORDER BY 1, 2`);
	assert.ok(columns.length > 10);
	assert.deepEqual(db.rows("SELECT table_name AS table, column_name AS name FROM cell_columns()", "genkan_web"), columns);
	// A cell is sealed for the row of this id.
	assert.deepEqual(db.rows(`
		SELECT table_name AS table FROM cell_columns() EXCEPT
		SELECT table_name FROM information_schema.columns WHERE column_name = 'id' AND data_type = 'uuid'`), []);
	assert.deepEqual(db.rows("SELECT DISTINCT table_name AS table FROM cell_columns() WHERE NOT rewritable", "genkan_web"),
		[{ table: "operation" }], "nobody rewrites the operation log: its old keys stay");
});

test("the operator has no way to what a tenant's visitors left", () => {
	const granted = db.rows(`
		SELECT DISTINCT table_name AS name FROM information_schema.role_table_grants
		 WHERE grantee = 'genkan_operator' AND privilege_type = 'SELECT' ORDER BY 1`).map((r) => r.name);
	assert.deepEqual(granted.filter((name) =>
		!["activation", "contract", "public_notice", "tenant", "tenant_key", "tenant_name", "tenant_notice", "operation", "operation_link", "operation_head",
			"operation_mark", "reencryption", ...Object.keys(OPERATORS_TABLES)].includes(name)), []);
	assert.deepEqual(db.rows(`
		SELECT DISTINCT table_name AS name FROM information_schema.column_privileges
		 WHERE grantee = 'genkan_operator' AND privilege_type = 'SELECT' AND column_name LIKE '%\\_cell'
		   AND table_name NOT IN ('operation')`), []);
	assert.throws(() => db.run(`${NOBODY}SELECT count(*) FROM guest`, "genkan_operator"), /permission denied/);
});

test("the operator cannot make an administrator in a company that has one", () => {
	const scope = "SELECT set_config('app.tenant_id', '00000000-0000-7000-8000-00000000000c', false) \\g /dev/null\n";
	const invite = (hash) => db.run(`${scope}INSERT INTO activation (tenant_id, token_hash, expires_at)
		VALUES ('00000000-0000-7000-8000-00000000000c', '${hash}', now() + interval '1 day')`, "genkan_operator");
	db.run(`${scope}INSERT INTO tenant (tenant_id, display_name, kms_key_id)
		VALUES ('00000000-0000-7000-8000-00000000000c', 'x', 'k')`, "genkan_operator");
	invite("first");
	invite("the first was lost");
	db.run(`${scope}UPDATE activation SET used_at = now() WHERE token_hash = 'first'`, "genkan_web");
	assert.throws(() => invite("my own"), /row-level security/);
	assert.throws(() => db.run(`${scope}UPDATE activation SET used_at = NULL`, "genkan_operator"), /permission denied/);
	assert.throws(() => db.run(`${scope}DELETE FROM activation`, "genkan_operator"), /permission denied/);
});

test("web deletes no record that is young, or of somebody who is inside", () => {
	const T = "00000000-0000-7000-8000-00000000000d";
	const as = (role, sql) => db.run(`SELECT set_config('app.tenant_id', '${T}', false) \\g /dev/null\n${sql}`, role);
	as("genkan_owner", `
		INSERT INTO tenant (tenant_id, display_name, kms_key_id) VALUES ('${T}', 'x', 'k');
		INSERT INTO office (tenant_id, id, name, phone) VALUES ('${T}', '${T}', 'x', '1');`);
	const visit = (days, state) => as("genkan_owner", `
		WITH g AS (INSERT INTO guest (tenant_id, id, name_cell, state, created_at)
			VALUES ('${T}', gen_random_uuid(), 'x', 'walk_in', now() - interval '${days} days') RETURNING id)
		INSERT INTO visit (tenant_id, id, guest_id, office_id, via, checkin_key, day, arrived_at, state, left_at, left_by)
		SELECT '${T}', gen_random_uuid(), id, '${T}', 'walk_in', gen_random_uuid()::text, current_date - ${days}, now() - interval '${days} days',
			'${state}', ${state === "left" ? "now(), 'member'" : "NULL, NULL"} FROM g;`);
	visit(40, "left");
	visit(20, "left");
	visit(40, "arrived");
	const deleted = (table) => as("genkan_web", `WITH d AS (DELETE FROM ${table} RETURNING 1) SELECT count(*) FROM d`);
	assert.equal(deleted("visit"), "1");
	assert.throws(() => deleted("guest"), /visit_tenant_id_guest_id_fkey/);
	as("genkan_owner", "DELETE FROM visit");
	assert.equal(deleted("guest"), "2");
	as("genkan_owner", `INSERT INTO appointment (tenant_id, id, office_id, title_cell, starts_at, ends_at, created_by)
		SELECT '${T}', gen_random_uuid(), '${T}', 'x', now() - d, now() - d + interval '1 hour', '${T}' FROM unnest(ARRAY[interval '40 days', '20 days']) d;
		INSERT INTO outbox (tenant_id, id, kind, topic, state, expires_at, created_at)
		SELECT '${T}', gen_random_uuid(), 'mail', 'x', 'delivered', now(), now() - d FROM unnest(ARRAY[interval '40 days', '20 days']) d`);
	for (const table of ["appointment", "outbox"]) assert.equal(deleted(table), "1", table);
});

test("nobody may do anything with tables because everybody may", () => {
	assert.deepEqual(db.rows(`
		SELECT table_name AS name, privilege_type AS privilege FROM information_schema.role_table_grants
		 WHERE grantee = 'PUBLIC' AND table_schema = 'public'`), []);
	assert.throws(() => db.run("CREATE TABLE mine (a int)", "genkan_web"), /permission denied/);
});

test("what is the operator's own no other program reads or writes, and nobody changes its log", () => {
	for (const table of Object.keys(OPERATORS_TABLES))
		for (const role of ["genkan_web", "genkan_courier"])
			for (const sql of [`SELECT count(*) FROM ${table}`, `DELETE FROM ${table}`, `INSERT INTO ${table} DEFAULT VALUES`])
				assert.throws(() => db.run(sql, role), /permission denied/, `${role}: ${sql}`);
	for (const sql of ["UPDATE operator_log SET result = 'done'", "DELETE FROM operator_log", "TRUNCATE operator_log",
		"INSERT INTO operator_log (at, action, result) VALUES (now(), 'a.b', 'done')"])
		assert.throws(() => db.run(sql, "genkan_operator"), /permission denied/, sql);
	for (const role of ["genkan_web", "genkan_courier"])
		assert.throws(() => db.run(`${NOBODY}SELECT operator_post(gen_random_uuid(), '', 1)`, role), /permission denied/, role);
});

test("the operator mails into a company that has nobody yet, and never into another", () => {
	const T = "00000000-0000-7000-8000-0000000000f0";
	const as = (sql, role) => db.run(`SELECT set_config('app.tenant_id', '${T}', false) \\g /dev/null\n${sql}`, role);
	as(`INSERT INTO tenant (tenant_id, display_name, kms_key_id) VALUES ('${T}', 'x', 'k')`, "genkan_operator");
	const post = () => as("SELECT operator_post(gen_random_uuid(), '\\x01', 60)", "genkan_operator");
	assert.equal(post(), "t");
	assert.throws(() => as("SELECT count(*) FROM outbox", "genkan_operator"), /permission denied/);
	as(`INSERT INTO member (tenant_id, id, name_cell, email_cell, email_hash, state) VALUES ('${T}', '${T}', '', '', '', 'invited')`, "genkan_owner");
	assert.equal(post(), "f");
	assert.equal(as("SELECT count(*) FROM outbox", "genkan_owner"), "1");
});

test("nobody may change or remove a line of the operation log", () => {
	for (const table of ["operation", "operation_link", "operation_head"])
		for (const sql of [`UPDATE ${table} SET tenant_id = tenant_id`, `DELETE FROM ${table}`, `TRUNCATE ${table}`])
			for (const role of ["genkan_web", "genkan_courier", "genkan_operator"])
				assert.throws(() => db.run(NOBODY + sql, role), /permission denied/, `${role}: ${sql}`);
	for (const column of ["seq", "at", "xid"])
		assert.throws(() => db.run(`${NOBODY}INSERT INTO operation (tenant_id, id, ${column}, actor_kind, action)
			OVERRIDING SYSTEM VALUE VALUES ('00000000-0000-7000-8000-000000000000', gen_random_uuid(), ${column === "at" ? "now()" : 1}, 'none', 'x.y')`, "genkan_web"),
		/permission denied/, column);
});

test("the server's log holds neither parameters nor the rows that failed", () => {
	const settings = Object.fromEntries(db.rows("SELECT name, setting FROM pg_settings", "postgres").map((r) => [r.name, r.setting]));
	assert.equal(settings.log_error_verbosity, "terse");
	assert.equal(settings.log_parameter_max_length, "0");
	assert.equal(settings.log_parameter_max_length_on_error, "0");
	assert.equal(settings.log_min_error_statement, "panic");
	assert.equal(settings.log_statement, "none");
	assert.equal(settings.log_min_duration_statement, "-1");
	assert.equal(settings.data_checksums, "on");
	assert.equal(settings.fsync, "on");
});
