// The end of a contract: the tenant's rows and keys go, no backup and no key
// ring brings them back, a certificate says so, and nobody else notices.
import assert from "node:assert/strict";
import { execFile, execFileSync, spawn } from "node:child_process";
import { createHash, createPublicKey, verify } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { must } from "../../scripts/lib/client.mjs";
import { book } from "../lib/guest.mjs";
import { root, startInstallation } from "../lib/installation.mjs";
import { activeTenant } from "../lib/tenant.mjs";

const run = promisify(execFile);
const script = (name, args, env) => run(join(root, "scripts", name), args, { env });
const guest = (who) => ({ guests: [{ name: who, company: "株式会社例" }] });
const today = () => new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Tokyo" }).format();
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const sha256 = (text) => createHash("sha256").update(text).digest("hex");

let dir, house, restored, ended, moved, other, appointments, moment, counts;

before(async () => {
	dir = mkdtempSync("/tmp/genkan-test-end-");
	chmodSync(dir, 0o755);
	house = await startInstallation({});
	house.env.GENKAN_BACKUP_DIR = join(dir, "database");
	house.env.GENKAN_RING_BACKUP_DIR = join(dir, "ring");
	ended = await activeTenant(house);
	other = await activeTenant(house);
	// Once under a key of its own, and one data key under one that another company needs.
	moved = await activeTenant(house);
	moved.sql(`UPDATE tenant_key SET kms_key_id = '${other.sql("SELECT kms_key_id FROM tenant")}' WHERE use = 'totp'`);
	appointments = [];
	for (const tenant of [ended, other]) {
		const admin = await tenant.signedIn();
		appointments.push(await book(admin, await tenant.office(admin), guest(`${tenant.name} 様`)));
	}
	// More than one batch of something.
	ended.sql(`INSERT INTO guess (tenant_id, kind, subject) SELECT '${ended.id}', 'sign_in_address', n::text FROM generate_series(1, 20000) n`);
	await script("backup", [], house.env);
	await script("backup", ["--keys", join(dir, "keys")], house.env);
	// pgBackRest knows when a backup ended to the second.
	moment = house.psql("SELECT clock_timestamp() FROM pg_sleep(1.1)");
	house.psql("SELECT pg_sleep(1)");
});
after(async () => {
	await restored?.stop();
	await house?.stop();
	if (dir) rmSync(dir, { recursive: true, force: true });
});

const ctl = async (...args) => house.ctl("tenant", ...args);
const swept = async (tenant = ended) => JSON.parse(await ctl("sweep", "--json")).find((one) => one.name === tenant.name);
const past = (tenant) => tenant.sql("UPDATE tenant SET stops_at = stops_at - interval '2 days', data_until = data_until - interval '2 days'");
/** The key service alone, on another day, until ${done} of what it says. */
const kmsOn = async (when, done) => {
	await house.sv("stop", "kms");
	const state = realpathSync(join(house.var, "state"));
	const as = process.getuid?.() === 0 ? ["chpst", "-u", "genkan-kms:genkan"] : [];
	const child = spawn(join(root, "scripts/genkan-env"), [join(house.var, "env/kms"), ...as, "faketime", when, join(state, "app/bin/genkan"), "kms"], { detached: true, stdio: ["ignore", "ignore", "pipe"] });
	let said = "", runs = true;
	child.stderr.on("data", (part) => { said += part; });
	const closed = new Promise((resolve) => child.on("close", () => { runs = false; resolve(undefined); }));
	while (runs && !done(said)) await sleep(50);
	assert.ok(runs, said);
	process.kill(-child.pid, "SIGTERM"); // faketime waits for its child
	await closed;
	await house.sv("start", "kms");
	while (!(await house.ctl("kms", "status").catch(() => ""))) await sleep(50);
};
const ringCopies = () => readdirSync(join(house.var, "state/ring-copy")).filter((name) => /^ring\.\d{4}-/.test(name)).sort();
/** How many of which table; the house notes its daily round in retention, and courier chains the log, whenever they like. */
const rowsOf = (tenant) => Object.fromEntries(tenant.sql(`
	SELECT relname, (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM %I WHERE tenant_id = %L', relname, '${tenant.id}'), true, true, '')))[1]
	  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
	 WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT IN ('tenant', 'tenant_name', 'contract', 'retention', 'operation_link')`)
	.split("\n").map((line) => line.split("|")).filter(([, n]) => n !== "0").map(([table, n]) => [table, Number(n)]));

test("until the time for export is over, a sweep destroys nothing", async () => {
	await ctl("end", ended.name, "--on", today(), "--export-days", "2");
	assert.equal(await swept(), undefined);
	const admin = await ended.signedIn();
	assert.equal(must(await admin.get(`/api/v1/appointments/${appointments[0].id}`), 200).json.guests[0].name, `${ended.name} 様`);
	admin.close();
});

test("then its rows go, however often the sweep is killed, and are counted right", async () => {
	past(ended);
	const own = rowsOf(ended), others = rowsOf(other);
	assert.ok(own.guess >= 20000 && own.guest === 1 && own.tenant_key === 5);
	for (let kills = 0; kills < 3; kills++) {
		const child = spawn(join(root, "scripts/genkan-env"), [join(house.var, "env/ctl"), join(house.var, "state/app/bin/genkan"), "ctl", "tenant", "sweep"]);
		await sleep(150);
		child.kill("SIGKILL");
	}
	const done = await swept();
	assert.ok(done.rows_gone_at);
	assert.equal(done.keys_gone_at, null);
	assert.deepEqual(rowsOf(ended), {});
	// Its own end stands in its log, before that goes too.
	const { retention, operation_link: links, ...gone } = done.rows_gone;
	assert.deepEqual(gone, { ...own, operation: own.operation + 1 });
	assert.ok(links >= own.operation - 1 && links <= gone.operation, `${links} links of ${gone.operation}`);
	assert.equal(ended.sql("SELECT count(*) FROM operation_link"), "0");
	assert.deepEqual(rowsOf(other), others);
	assert.equal((await ended.signIn()).problem, "contract_ended");
	await assert.rejects(ctl("end", ended.name, "--cancel"), /not in the state/);
	await assert.rejects(ctl("certificate", ended.name), /cannot be issued yet/);
});

test("a key that others need too stays; the certificate waits for those that are its own", async () => {
	await ctl("end", moved.name, "--on", today(), "--export-days", "2");
	past(moved);
	const done = await swept(moved);
	assert.equal(done.keys_shared, true);
	assert.ok(done.rows_gone_at);
	assert.equal(done.keys_gone_at, null);
	assert.equal(done.certificate_from, null);
	moved.sql("UPDATE contract SET rows_gone_at = rows_gone_at - interval '32 days'");
	await assert.rejects(ctl("certificate", moved.name), /cannot be issued yet/);
});

test("a week later its key is destroyed, and a month after that the last copy of the ring", async () => {
	const before = ringCopies();
	assert.ok(before.length > 0);
	await kmsOn("+8 days", (said) => said.split("kms.key_destroyed").length > 2);
	const done = await swept();
	const mixed = await swept(moved);
	assert.ok(mixed.keys_gone_at);
	assert.equal(Date.parse(mixed.certificate_from), Date.parse(mixed.keys_gone_at) + 31 * 86400e3);
	assert.ok(done.keys_gone_at);
	counts = done.rows_gone; // who was refused meanwhile stood in its log
	assert.equal(Date.parse(done.certificate_from), Math.max(Date.parse(done.keys_gone_at), Date.parse(done.rows_gone_at)) + 31 * 86400e3);
	await assert.rejects(ctl("certificate", ended.name), new RegExp(`goes by ${done.certificate_from}`));
	await kmsOn("+40 days", () => !ringCopies().some((copy) => before.includes(copy)));
});

test("no backup keeps a copy of the ring for more than 30 days, even where the database's fails", async () => {
	const copies = [29, 30].map((days) => {
		const file = join(dir, `ring/ring-20200101T0000${days}Z.tar`), then = Date.now() / 1000 - days * 86400 - 60;
		writeFileSync(file, "a ring");
		utimesSync(file, then, then);
		return file;
	});
	await assert.rejects(script("backup", [], { ...house.env, GENKAN_BACKUP_DIR: "/proc/none" }), /\/proc\/none/);
	assert.deepEqual(copies.map((file) => existsSync(file)), [true, false]);
	rmSync(copies[0]);
});

test("then there is a certificate, signed, with hashes and counts; it is the same ever after", async () => {
	ended.sql("UPDATE contract SET keys_gone_at = keys_gone_at - interval '31 days', rows_gone_at = rows_gone_at - interval '31 days'");
	const made = await ctl("certificate", ended.name, "--json");
	const { certificate, signature } = JSON.parse(made);
	const secret = readFileSync(join(house.var, "state/secret/certificate_key"), "utf8");
	const key = createPublicKey({ key: execFileSync("openssl", ["pkey", "-inform", "DER", "-pubout"], { input: Buffer.from(secret, "base64") }), format: "pem" });
	assert.ok(verify("sha256", Buffer.from(certificate), key, Buffer.from(signature, "base64")));
	assert.ok(!verify("sha256", Buffer.from(`${certificate} `), key, Buffer.from(signature, "base64")));
	assert.ok(certificate.includes(sha256(ended.id)), certificate);
	assert.ok(certificate.includes(sha256(house.psql(`SELECT set_config('app.tenant_id', '${ended.id}', false); SELECT kms_key_id FROM tenant`).split("\n")[1])));
	const lines = Object.entries(counts).map(([table, n]) => `  ${table} ${n}\n`);
	for (const line of lines) assert.ok(certificate.includes(line), line);
	assert.ok(certificate.includes(sha256(/(?:^  \w+ \d+\n)+/m.exec(certificate)[0])));
	assert.equal(await ctl("certificate", ended.name, "--json"), made);

	moved.sql("UPDATE contract SET keys_gone_at = keys_gone_at - interval '31 days'");
	// Nobody looked at every disk, and nobody says so.
	assert.ok(certificate.includes("by rule, destroyed not later than: "), certificate);
	const mixed = await ctl("certificate", moved.name);
	assert.match(mixed, /Keys destroyed: 2/);
	assert.match(mixed, /Key shared with other companies/);
});

test("a backup from before, with the key ring of that very day, opens the other tenants' cells and none of its", async () => {
	await script("backup", [], house.env);
	await script("run", ["--stop"], house.env);
	const target = mkdtempSync("/tmp/genkan-test-");
	chmodSync(target, 0o755);
	const env = { ...house.env, GENKAN_VAR: join(target, "var") };
	const [ring] = readdirSync(join(dir, "ring")).filter((name) => name.endsWith(".tar")).sort();
	await script("restore", ["--backup", join(dir, "database"), "--ring", join(dir, "ring", ring), "--keys", join(dir, "keys"), "--time", moment], env);
	delete env.GENKAN_BACKUP_DIR;
	delete env.GENKAN_RING_BACKUP_DIR;
	restored = await startInstallation(env);

	const reads = async (tenant, { id }) => {
		const client = restored.client();
		await client.signIn({ ...tenant, tenant: tenant.name });
		const { name } = must(await client.get(`/api/v1/appointments/${id}`), 200).json.guests[0];
		client.close();
		return name;
	};
	assert.equal(await reads(other, appointments[1]), `${other.name} 様`);
	assert.equal(restored.psql(`SELECT set_config('app.tenant_id', '${ended.id}', false) = ''; SELECT count(*) FROM guest`).split("\n")[1], "1", "its rows are there");
	assert.match(restored.log("kms"), /kms\.destroyed_key_refused/);
	const refused = await restored.client().send("POST", "/api/v1/sessions", { json: { tenant: ended.name, email: ended.email, password: ended.password } });
	assert.equal(refused.status, 500, String(refused));
	assert.match(restored.log("web"), /"kind":"kms_refused","what":"Decrypt: 400/);

	// It is the list that refuses: a ring of that day without it would open.
	// That is why no copy of a ring lives longer than 30 days.
	await restored.sv("stop", "kms");
	const state = realpathSync(join(restored.var, "state"));
	execFileSync("tar", ["-C", state, "-xf", join(dir, "ring", ring), "kms/ring"]);
	for (const list of ["kms/ring.destroyed", "ring-copy/ring.destroyed", "ring-copy/ring"]) rmSync(join(state, list), { force: true });
	await restored.sv("start", "kms");
	await restored.sv("restart", "web");
	for (let left = 200; ; left--) {
		const name = await reads(ended, appointments[0]).catch((error) => error);
		if (name === `${ended.name} 様`) break;
		if (left === 0) throw name;
		await sleep(100);
	}
});
