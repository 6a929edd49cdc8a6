// The database lost and found: refused at once while it is away, served within
// two seconds of its return, without a restart, nothing done twice.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { must, newKey } from "../../scripts/lib/client.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { activeTenant } from "../lib/tenant.mjs";

let house, tenant, admin;
before(async () => {
	house = await startInstallation({});
	tenant = await activeTenant(house);
	admin = await tenant.signedIn();
});
after(() => house?.stop());

/** Processor time of genkan-web and its children so far, in ms. */
const used = () => {
	const stats = [];
	const pids = [house.pid("web")];
	for (const pid of pids) {
		for (const child of readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean)) pids.push(Number(child));
		const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
		stats.push(Number(fields[11]) + Number(fields[12]));
	}
	return 10 * stats.reduce((a, b) => a + b, 0);
};
const department = () => ({ name: `部署 ${newKey()}`, members: [] });
const count = () => Number(tenant.sql("SELECT count(*) FROM department WHERE tenant_id = current_setting('app.tenant_id')::uuid"));

test("away: 503 at once with when to come back; the rest of the server is there", async () => {
	await house.sv("down", "postgres");
	const started = Date.now();
	for (let i = 0; i < 20; i++) {
		const answer = must(await admin.post("/api/v1/departments", department()), 503);
		assert.equal(answer.problem, "away");
		assert.ok(Number(answer.headers["retry-after"]) > 0);
	}
	assert.ok(Date.now() - started < 5000, `${Date.now() - started} ms for 20 refusals`);
	must(await admin.get("/readyz"), 503);
	must(await admin.get("/healthz"), 200);
	must(await admin.get("/tablet"), 200);
});

test("away: nobody spins", async () => {
	const before = used();
	await new Promise((resolve) => setTimeout(resolve, 3000));
	assert.ok(used() - before < 600, `${used() - before} ms of processor in 3 s`);
});

test("back: served within two seconds, by the same processes", async () => {
	const pid = house.pid("web");
	await house.sv("up", "postgres");
	while (true) {
		try { house.psql("SELECT 1"); break; } catch { await new Promise((resolve) => setTimeout(resolve, 20)); }
	}
	const back = Date.now();
	while ((await admin.get("/api/v1/departments")).status !== 200) assert.ok(Date.now() - back < 2000, "2 s after the database's return");
	// Every job thread, not only the first.
	await new Promise((resolve) => setTimeout(resolve, Math.max(0, back + 2000 - Date.now())));
	const answers = await Promise.all(Array.from({ length: 64 }, () => admin.get("/api/v1/departments")));
	assert.deepEqual(answers.filter((a) => a.status !== 200).map(String), []);
	assert.equal(house.pid("web"), pid);
	assert.match(must(await admin.get("/metrics"), 200).body.toString(), /^genkan_worker_starts_total 2$/m);
});

test("killed in the middle of requests: each key is done once", async () => {
	const before = count();
	const keys = Array.from({ length: 40 }, () => ({ key: newKey(), body: department() }));
	const send = ({ key, body }) => admin.post("/api/v1/departments", body, { key }).catch(() => ({ status: 0 }));
	const first = keys.map(send);
	process.kill(Number(readFileSync(`${house.var}/state/pg/data/postmaster.pid`, "utf8").split("\n")[0]), "SIGKILL");
	await Promise.all(first);
	for (const one of keys) {
		for (const end = Date.now() + 60000; (await send(one)).status !== 201;) {
			assert.ok(Date.now() < end, "never answered");
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
	}
	assert.equal(count(), before + 40);
	assert.equal(house.psql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'genkan_web' AND state LIKE 'idle in transaction%'"), "0");
});
