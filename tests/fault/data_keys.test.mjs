// Cells are moved to new data keys while web is killed three times; nothing is
// lost, and keys that nothing is under any more go, as do those that the key
// service stops.  With more rows, at full speed, and the rate printed:
//
//	GENKAN_TEST_CELLS=200000 node --test tests/fault/data_keys.test.mjs
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { must } from "../../scripts/lib/client.mjs";
import { root, startInstallation } from "../lib/installation.mjs";
import { KeyService } from "../lib/kms.mjs";
import { seed } from "../lib/seed.mjs";
import { until } from "../lib/smtp.mjs";
import { activeTenant } from "../lib/tenant.mjs";

const CELLS = Number(process.env.GENKAN_TEST_CELLS ?? 9000);
const CELLS_PER_VISIT = 5;
const FULL = CELLS > 10_000;

let house, admin, tenant, work;
before(async () => {
	execFileSync("make", ["-s", "-C", join(root, "src"), "load"], { stdio: "inherit" });
	work = mkdtempSync("/tmp/genkan-test-seed-");
	chmodSync(work, 0o755);
	house = await startInstallation({ GENKAN_REENCRYPT_ROWS: FULL ? "1000000" : "200" });
	admin = await house.admin();
	tenant = house.psql("SELECT tenant_id FROM tenant_name WHERE name = 'demo'");
	const office = await house.office(admin);
	const { member } = must(await admin.get("/api/v1/sessions/current"), 200).json;
	seed(house, work, "visited", { tenant, office: office.id, member: member.id, count: Math.ceil(CELLS / CELLS_PER_VISIT), days: 30 });
});
after(async () => {
	await house?.stop();
	rmSync(work, { recursive: true, force: true });
});

/** A statement in the tenant's scope; the last line of what it says. */
const scoped = (sql) => house.psql(`SELECT set_config('app.tenant_id', '${tenant}', false); ${sql}`).split("\n").slice(1).join("\n");
const progress = () => {
	const [state, moved, unreadable, round] = scoped("SELECT state, moved, unreadable, round FROM reencryption").split("|");
	return { state, moved: Number(moved ?? 0), unreadable: Number(unreadable ?? 0), round: Number(round ?? 0) };
};
const isDone = () => until(() => progress().state === "done", "done", FULL ? 900 : 120);
const current = () => scoped("SELECT string_agg(use || version, ' ' ORDER BY use) FROM tenant_key WHERE state = 'current'");
/** table.column -> cells, of each key version. */
const versions = () => {
	const columns = scoped("SELECT table_name, column_name FROM cell_columns()").split("\n").map((line) => line.split("|"));
	return Object.fromEntries(columns.map(([t, c]) => [`${t}.${c}`, Object.fromEntries(
		scoped(`SELECT get_byte(${c}, 4), count(*) FROM ${t} WHERE ${c} IS NOT NULL GROUP BY 1`).split("\n").filter(Boolean).map((line) => line.split("|")))]));
};
/** Everything that was sealed for visits, opened. */
const opened = async () => createHash("sha256").update(must(await admin.get("/api/v1/visits.csv?from=2020-01-01&to=2099-12-31"), 200).body).digest("hex");
const kill = () => {
	const parent = house.pid("web");
	const children = readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
	for (const pid of [parent, ...children]) try { process.kill(pid, "SIGKILL"); } catch { /* gone with its parent */ }
};

test("interrupted three times by kill -9, every cell is moved to the new keys, and opens", async (t) => {
	const before = await opened();
	const cells = Object.entries(versions()).filter(([name]) => !name.startsWith("operation."))
		.reduce((sum, [, by]) => sum + Object.values(by).reduce((a, b) => a + Number(b), 0), 0);
	assert.ok(cells >= CELLS, `${cells} cells`);
	assert.match(await house.ctl("keys", "rotate", "demo"), /has new data keys/);
	assert.equal(current(), "code1 delivery2 hash1 totp2 visitor2");
	let from = 0;
	for (let i = 1; i <= 3; i++) {
		await until(() => progress().moved > from + cells / 12, "it moves on");
		kill();
		const at = progress();
		assert.equal(at.state, "running");
		from = at.moved;
		t.diagnostic(`killed at ${from} of ${cells} cells`);
		await until(async () => (await house.client().get("/healthz").catch(() => ({}))).status === 200, "web is back");
	}
	await isDone();
	admin = await house.admin();
	for (const [name, by] of Object.entries(versions()))
		if (!name.startsWith("operation.")) assert.deepEqual(Object.keys(by).filter((v) => v !== "2"), [], name);
	assert.equal(progress().unreadable, 0);
	assert.equal(await opened(), before);
	const said = JSON.parse(house.log("web").split("\n").filter((line) => line.includes("reencryption.done")).pop().replace(/^[^{]*/, ""));
	t.diagnostic(`${said.cells} cells in ${said.ms} ms with three kills and the round that looks again: ${Math.round(said.cells * 1000 / said.ms)} a second`);
	if (FULL) {
		await house.ctl("keys", "rotate", "demo");
		await until(() => progress().state !== "done", "it begins");
		await isDone();
		const again = JSON.parse(house.log("web").split("\n").filter((line) => line.includes("reencryption.done")).pop().replace(/^[^{]*/, ""));
		t.diagnostic(`uninterrupted: ${again.cells} cells in ${again.ms} ms: ${Math.round(again.cells * 1000 / again.ms)} a second`);
	}
});

// At full size these say nothing more.
const small = FULL ? () => undefined : test;

small("an hour later old keys that nothing is under are gone, and those of the log are not", async () => {
	scoped("UPDATE tenant_key SET created_at = created_at - interval '2 hours'; UPDATE reencryption SET began_at = began_at - interval '2 hours', ended_at = ended_at - interval '2 hours'");
	// A line of the log under the first key, which nobody may rewrite.
	scoped(`INSERT INTO operation (tenant_id, id, actor_kind, action, detail_cell)
		SELECT '${tenant}', gen_random_uuid(), 'system', 'test.kept', overlay(name_cell PLACING '\\x00000001' FROM 2) FROM guest LIMIT 1`);
	scoped(`NOTIFY genkan_key, '${tenant}'`);
	await until(() => scoped("SELECT count(*) FROM tenant_key WHERE use IN ('delivery', 'totp') AND state = 'old'") === "0", "old keys are gone");
	assert.equal(scoped("SELECT string_agg(version::text, ' ') FROM tenant_key WHERE use = 'visitor' AND state = 'old'"), "1");
	assert.match(await house.ctl("keys", "status", "demo"), /visitor +version 2 +current/);
});

small("a cell that no key opens is left alone and keeps the old keys", async () => {
	scoped("UPDATE guest SET company_cell = overlay(company_cell PLACING '\\xffffffff' FROM 2) WHERE id = (SELECT id FROM guest LIMIT 1)");
	await house.ctl("keys", "rotate", "demo");
	await until(() => current().includes("visitor3"), "new keys");
	await isDone();
	assert.equal(progress().unreadable, 1);
	scoped("UPDATE tenant_key SET created_at = created_at - interval '2 hours'; UPDATE reencryption SET began_at = began_at - interval '2 hours', ended_at = ended_at - interval '2 hours'");
	await house.ctl("keys", "reencrypt", "demo");
	await isDone();
	assert.equal(scoped("SELECT count(*) FROM tenant_key WHERE use = 'delivery' AND state = 'old'"), "1");
});

small("a key that has sealed 2^30 cells is replaced by itself", async () => {
	scoped("UPDATE tenant_key SET writes = 1073741824 WHERE use = 'totp' AND state = 'current'");
	scoped(`NOTIFY genkan_key, '${tenant}'`);
	await until(() => current().includes("totp4"), "a new key");
	await isDone();
});

small("the key in the key service gets new material, and what was wrapped is wrapped anew", async () => {
	const wrapped = () => scoped("SELECT string_agg(encode(substr(wrapped, 20, 4), 'hex'), ' ' ORDER BY use, version) FROM tenant_key");
	assert.match(wrapped(), /^(00000001 ?)+$/);
	await house.ctl("keys", "master", "demo");
	assert.match(wrapped(), /^(00000002 ?)+$/);
	await house.sv("restart", "web");
	await until(async () => (await house.client().get("/healthz").catch(() => ({}))).status === 200, "web is back");
	admin = await house.admin();
	assert.ok((await opened()).length > 0);
});

small("of a suspended tenant, and of one that has ended, no cell is moved and no key is made; once it is served again they are", async () => {
	const state = (t) => t.sql("SELECT state FROM reencryption");
	const keys = (t) => t.sql("SELECT count(*) FROM tenant_key");
	const [resting, ended] = [await activeTenant(house), await activeTenant(house)];
	await house.ctl("tenant", "suspend", resting.name);
	ended.sql("UPDATE tenant SET state = 'ended', stops_at = now() - interval '2 days', data_until = now() - interval '1 day'");
	for (const t of [resting, ended]) t.sql("INSERT INTO reencryption (tenant_id) SELECT tenant_id FROM tenant; UPDATE tenant_key SET writes = 1073741824 WHERE use = 'totp'");
	const before = [resting, ended].map(keys);
	// The keeper hears of them in this order: when the last is done it has passed the others.
	for (const t of [resting, ended]) t.sql(`NOTIFY genkan_key, '${t.id}'`);
	await house.ctl("keys", "reencrypt", "demo");
	scoped(`NOTIFY genkan_key, '${tenant}'`);
	await isDone();
	assert.deepEqual([resting, ended].map(state), ["asked", "asked"]);
	assert.deepEqual([resting, ended].map(keys), before);
	await house.ctl("tenant", "resume", resting.name);
	await until(() => state(resting) === "done", "the resumed one's cells are moved");
	assert.equal(keys(resting), String(Number(before[0]) + 3));
});

small("a key that is disabled in the key service itself is forgotten, and found again", async (t) => {
	const operator = new KeyService();
	operator.principals = [{ name: "operator", access_key: "genkan-operator", secret_key: readFileSync(join(house.var, "state/secret/kms_operator"), "utf8").trim() }];
	const socket = join(readFileSync(join(house.var, "env/kms/GENKAN_RUN_DIR"), "utf8").trim(), "kms/kms.sock");
	Object.defineProperty(operator, "socket", { value: socket });
	const KeyId = scoped("SELECT kms_key_id FROM tenant");
	const status = async () => (await admin.get("/api/v1/visits")).status;
	assert.equal(await status(), 200);
	for (const [operation, is] of [["DisableKey", (s) => s !== 200], ["EnableKey", (s) => s === 200]]) {
		assert.equal((await operator.call(operation, { KeyId }, "operator")).status, 200);
		const from = Date.now();
		await until(async () => is(await status()), operation, 30);
		t.diagnostic(`${operation}: ${Date.now() - from} ms`);
	}
});
