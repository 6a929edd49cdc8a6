// The restore drill: what was deleted by mistake comes back, readable, in an
// empty installation, from the backup, the ring's copy and the passphrases,
// which were kept in three places.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { must } from "../../scripts/lib/client.mjs";
import { root, startInstallation } from "../lib/installation.mjs";
import { until } from "../lib/smtp.mjs";

const run = promisify(execFile);
const script = (name, args, env) => run(join(root, "scripts", name), args, { env });
const guest = { name: "復元 試子", company: "取戻株式会社", email: "back@guest.example" };
let dir, house, restored;

before(async () => {
	dir = mkdtempSync("/tmp/genkan-test-backup-");
	chmodSync(dir, 0o755);
	house = await startInstallation({ GENKAN_BACKUP_DIR: join(dir, "database"), GENKAN_RING_BACKUP_DIR: join(dir, "ring") });
});
after(async () => {
	await restored?.stop();
	await house?.stop();
	if (dir) rmSync(dir, { recursive: true, force: true });
});

test("what runs here makes a backup a day by itself, and keeps the ring's copy apart", async () => {
	const generations = () => existsSync(join(dir, "database")) ? readdirSync(join(dir, "database/backup/genkan")).filter((name) => /^\d{8}-\d{6}F$/.test(name)) : [];
	const age = (file, hours) => utimesSync(file, Date.now() / 1000, Date.now() / 1000 - hours * 3600);
	const made = join(house.var, "state/backup-made");
	assert.deepEqual(generations(), [], "not on its first day");

	const database = join(house.var, "state/pg/data/PG_VERSION");
	age(database, 24);
	await house.sv("restart", "backup");
	await until(() => existsSync(made), "a backup of the day");
	age(database, 0);
	assert.equal(generations().length, 1);
	assert.ok(readdirSync(join(dir, "ring")).some((name) => /^ring-.*\.tar$/.test(name)));

	const daily = (env) => script("backup", ["--daily"], { ...house.env, ...env });
	await daily();
	age(made, 24);
	await daily({ GENKAN_BACKUP_DAILY: "no" });
	assert.equal(generations().length, 1);
	await daily();
	assert.equal(generations().length, 2);
});

test("a backup goes where the last one went, and a ring that cannot be copied keeps no database from it", async () => {
	const generations = () => readdirSync(join(dir, "database/backup/genkan")).filter((name) => /^\d{8}-\d{6}F$/.test(name)).length;
	const before = generations();
	const blocked = join(dir, "blocked");
	writeFileSync(blocked, "");
	const { GENKAN_BACKUP_DIR: _, ...unsaid } = house.env;
	await assert.rejects(script("backup", [], { ...unsaid, GENKAN_RING_BACKUP_DIR: join(blocked, "ring") }), /the key ring was NOT copied/);
	assert.equal(generations(), before + 1);
});

test("a deleted appointment is back and readable, to the second before", async () => {
	const admin = await house.admin();
	const office = await house.office(admin);
	await script("backup", [], house.env);
	// What is made after the backup is in the archived log only.
	const start = Date.now() + 3600_000;
	const made = must(await admin.post("/api/v1/appointments", {
		title: "復元", office_id: office.id, starts_at: new Date(start).toISOString(),
		ends_at: new Date(start + 3600_000).toISOString(), guests: [guest],
	}), 201).json;
	await script("backup", ["--keys", join(dir, "keys")], house.env);

	const moment = house.psql("SELECT date_trunc('second', clock_timestamp()) + interval '1 second'");
	house.psql("SELECT pg_sleep(2)");
	assert.equal(house.psql(`
		SELECT set_config('app.tenant_id', (SELECT tenant_id::text FROM tenant_name WHERE name = 'demo'), false);
		DELETE FROM appointment WHERE id = '${made.id}' RETURNING 'gone'`).split("\n").at(-1), "gone");
	must(await admin.get(`/api/v1/appointments/${made.id}`), 404);
	execFileSync(join(root, "scripts/psql"), ["-XAtqc", "SELECT pg_switch_wal()"], { env: { ...house.env, GENKAN_ROLE: "genkan_backup" } });
	admin.close();
	const { demo } = house;
	// Stopping hands over what the log still holds.
	await script("run", ["--stop"], house.env);

	const target = mkdtempSync("/tmp/genkan-test-");
	chmodSync(target, 0o755);
	const env = { ...house.env, GENKAN_VAR: join(target, "var") };
	const [ring] = readdirSync(join(dir, "ring")).filter((name) => name.endsWith(".tar"));
	await script("restore", ["--backup", join(dir, "database"), "--ring", join(dir, "ring", ring),
		"--keys", join(dir, "keys"), "--time", moment], env);
	delete env.GENKAN_BACKUP_DIR;
	delete env.GENKAN_RING_BACKUP_DIR;
	restored = await startInstallation(env);

	const again = restored.client();
	await again.signIn({ ...demo, base_url: restored.baseUrl });
	const back = must(await again.get(`/api/v1/appointments/${made.id}`), 200).json;
	assert.equal(back.title, "復元");
	assert.equal(back.guests[0].name, guest.name);
	assert.equal(back.guests[0].company, guest.company);
	again.close();
});

test("neither backup holds a name, and the ring is not in the database's", async () => {
	const words = [guest.name, guest.company, guest.email, "山田 太郎"];
	const files = execFileSync("find", [dir, "-type", "f"], { encoding: "utf8" }).trim().split("\n");
	assert.ok(files.length > 5);
	for (const file of files) {
		const bytes = readFileSync(file);
		for (const word of words) assert.equal(bytes.includes(word), false, `${word} in ${file}`);
		if (file.startsWith(join(dir, "database"))) assert.equal(bytes.includes("GKRG"), false, `a key ring in ${file}`);
	}
});
