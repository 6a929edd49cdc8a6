// The limits of a plan, in the database: counted once for all rows that a
// statement adds, and held by two that add at once.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, test } from "node:test";
import { Database } from "../lib/database.mjs";

const ID = "00000000-0000-7000-8000-000000000001";
const SCOPE = `SELECT set_config('app.tenant_id', '${ID}', false) \\g /dev/null\n`;
let db;
before(() => {
	db = new Database();
	db.run(`${SCOPE} INSERT INTO tenant (tenant_id, display_name, kms_key_id) VALUES ('${ID}', 'x', 'x');
		INSERT INTO office (tenant_id, id, name, phone) VALUES ('${ID}', '${ID}', 'x', '1');
		INSERT INTO contract (tenant_id) VALUES ('${ID}')`, "postgres");
});
after(() => db?.stop());

const limit = (column, n) => db.run(`${SCOPE} UPDATE contract SET ${column} = ${n}`, "postgres");
const members = (n) => `INSERT INTO member (tenant_id, id, name_cell, email_cell, email_hash, state)
	SELECT '${ID}', id, '', '', id::text::bytea, 'invited' FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, ${n})) x;`;
/** One each, that many minutes after a moment. */
const appointments = (...minutes) => `INSERT INTO appointment (tenant_id, id, office_id, kind, title_cell, created_by, starts_at, ends_at)
	SELECT '${ID}', gen_random_uuid(), '${ID}', 'single', '', '${ID}', m, m + interval '1 hour'
	  FROM (SELECT timestamptz '2027-03-31 14:30Z' + x * interval '1 minute' AS m FROM unnest('{${minutes}}'::int[]) x) y;`;
const count = (table) => Number(db.run(`${SCOPE} SELECT count(*) FROM ${table}`, "postgres"));
const empty = (table) => db.run(`${SCOPE} DELETE FROM ${table}`, "postgres");

test("a statement that adds many is counted once, and refused whole where the last does not fit", () => {
	limit("members_max", 1000);
	assert.equal(db.run(`${SCOPE} SET track_functions = 'all'; BEGIN; ${members(1000)}
		SELECT calls FROM pg_stat_xact_user_functions WHERE funcname = 'contract_used'; COMMIT;`, "postgres"), "1");
	assert.throws(() => db.run(`${SCOPE} ${members(1)}`, "postgres"), /no room/);
	empty("member");
	assert.throws(() => db.run(`${SCOPE} ${members(1001)}`, "postgres"), /no room/);
	assert.equal(count("member"), 0);
	db.run(`${SCOPE} ${members(0)} ${members(999)}`, "postgres");
	db.run(`${SCOPE} UPDATE member SET state = 'disabled'; ${members(1000)}`, "postgres");
	assert.throws(() => db.run(`${SCOPE} UPDATE member SET state = 'invited' WHERE state = 'disabled'`, "postgres"), /no room/);
	empty("member");
});

test("appointments are counted in each month that they are in, as the company's calendar has it", () => {
	limit("appointments_max", 2);
	db.run(`${SCOPE} ${appointments(0, 10, 30, 40)}`, "postgres");
	for (const minute of [20, 50]) assert.throws(() => db.run(`${SCOPE} ${appointments(minute)}`, "postgres"), /no room/);
	assert.throws(() => db.run(`${SCOPE} ${appointments(60 * 24 * 40, 20)}`, "postgres"), /no room/, "one of two months is full");
	empty("appointment");
});

test("two statements at once do not pass the limit together", async () => {
	limit("members_max", 5);
	const first = spawn("psql", [db.conninfo("postgres"), "-XAtq"], { stdio: ["pipe", "pipe", "inherit"] });
	const ready = new Promise((resolve) => first.stdout.on("data", (d) => { if (`${d}`.includes("ready")) resolve(undefined); }));
	first.stdin.write(`${SCOPE} BEGIN; ${members(3)}\n\\echo ready\n`);
	await ready;
	const second = spawn("psql", [db.conninfo("postgres"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-f", "-"], { stdio: ["pipe", "ignore", "pipe"] });
	let said = "", over = false;
	second.stderr.on("data", (d) => { said += d; });
	const ended = new Promise((resolve) => second.on("close", (code) => { over = true; resolve(code); }));
	second.stdin.end(`${SCOPE} ${members(3)}`);
	while (!over && db.run("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted", "postgres") === "0") await new Promise((resolve) => setTimeout(resolve, 20));
	assert.ok(!over, `the second did not wait: ${said}`);
	first.stdin.end("COMMIT;\n");
	assert.notEqual(await ended, 0);
	assert.match(said, /no room/);
	assert.equal(count("member"), 3);
});
