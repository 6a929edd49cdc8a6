// People and companies while parts are away.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { must } from "../../scripts/lib/client.mjs";
import { hold } from "../lib/hold.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { newOperator } from "../lib/operator.mjs";
import { childrenOf, lives } from "../lib/process.mjs";
import { asSuperuser } from "../lib/seed.mjs";
import { startSmtp, until } from "../lib/smtp.mjs";
import { activeTenant, linkIn, newTenant, randomWord, Tenant } from "../lib/tenant.mjs";

let smtp, house;
before(async () => {
	smtp = await startSmtp();
	house = await startInstallation(smtp.settings);
});
after(async () => {
	await house?.stop();
	await smtp?.stop();
});

const refused = (answer, status, problem) => assert.equal(`${answer.status} ${answer.problem}`, `${status} ${problem}`);

/** Start the key service and wait until it answers. */
const startKms = async () => {
	await house.sv("start", "kms");
	for (let left = 150; ; left--) {
		try {
			return await house.ctl("kms", "status");
		} catch (error) {
			if (left === 0) throw error;
			await new Promise((resolve) => setTimeout(resolve, 100));
		}
	}
};

test("without the key service no company is made, and nothing half-made stays", async () => {
	const names = () => house.psql("SELECT string_agg(name, ' ' ORDER BY name) FROM tenant_name");
	const before = names();
	await house.sv("stop", "kms");
	await assert.rejects(house.ctl("tenant", "create", randomWord(), "--display-name", "x"), /kms_away|key service/i);
	assert.equal(names(), before);
	await startKms();
	must(await (await newTenant(house)).activate(), 201);
});

test("while the key service is away who is known works on; who is not is told to come back", async () => {
	const known = await activeTenant(house);
	const admin = await known.signedIn();
	const office = await known.office(admin);
	const tablet = await known.tablet(admin, office.id);
	const fresh = await newTenant(house);
	// Each worker has its own keys: let all of them have met this company.
	await Promise.all(Array.from({ length: 40 }, async () => {
		must(await admin.get("/api/v1/members"), 200);
		must(await tablet.start(), 201);
	}));
	await house.sv("stop", "kms");
	try {
		must(await admin.get("/api/v1/members"), 200);
		must(await tablet.start(), 201);
		must(await tablet.get("/api/v1/device-sessions/current"), 200);
		refused(await fresh.activate(), 503, "away");
	} finally {
		await startKms();
	}
	for (let left = 100; ; left--) {
		const answer = await fresh.activate();
		if (answer.status === 201) break;
		refused(answer, 503, "away");
		assert.ok(left > 0);
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
	must(await fresh.signIn(), 201);
});

test("an answer that the database did not see committed was not given: the token is still good", async () => {
	const t = await newTenant(house);
	await house.sv("stop", "postgres");
	refused(await t.activate(), 503, "away");
	refused(await t.signIn(), 503, "away");
	await house.sv("start", "postgres");
	for (let left = 100; ; left--) {
		const answer = await t.activate();
		if (answer.status === 201) break;
		refused(answer, 503, "away");
		assert.ok(left > 0);
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
	assert.equal(t.sql("SELECT count(*) FROM member"), "1");
});

test("who works on passwords is confined, and may be killed or hang: every answer is right, and another takes the place", async () => {
	const t = await activeTenant(house);
	const keeper = () => childrenOf(house.pid("web"), "[hashers]")[0];
	const hashers = () => childrenOf(keeper(), "[hasher]");
	const [first] = hashers();
	const said = readFileSync(`/proc/${first}/status`, "utf8");
	assert.match(said, /^NoNewPrivs:\t1$/m);
	assert.match(said, /^Seccomp:\t2$/m);
	if (process.getuid() === 0) for (const pid of [keeper(), first]) assert.doesNotMatch(readFileSync(`/proc/${pid}/status`, "utf8"), /^[UG]id:.*\t0\b/m);
	const right = async () => must(await t.signIn(), 201);
	const wrong = async () => refused(await t.signIn({ password: "これは違うあいことばです" }), 401, "sign_in_failed");
	const round = () => Promise.all([right, right, right, wrong].map((ask) => ask()));
	const asked = round();
	process.kill(first, "SIGKILL");
	await asked;
	await until(() => hashers().length > 0 && !hashers().includes(first), "one takes its place");
	await round();
	// Asked to end as a group, they wait for the workers.
	for (const pid of [keeper(), ...hashers()]) process.kill(pid, "SIGTERM");
	// Those who hang are not waited for, and what they say too late of a right password is no answer about a wrong one.
	const hung = hashers();
	for (const pid of hung) process.kill(pid, "SIGSTOP");
	await Promise.all([right(), right()]);
	for (const pid of hung) process.kill(pid, "SIGCONT");
	await Promise.all([wrong(), wrong(), wrong(), wrong()]);
	assert.deepEqual(hashers(), hung, "a pause is no death");
	// With the one who starts them all of them end; the workers do it themselves.
	process.kill(keeper(), "SIGKILL");
	await until(() => !hung.some(lives), "they end with their keeper");
	await round();
	await house.sv("restart", "web");
	await until(async () => (await t.signIn().catch(() => undefined))?.status === 201, "it is back");
});

test("the operator's server dies between making a company and inviting its administrator: who asks again is told so, and invites again", async () => {
	const { client: boss } = await newOperator(house);
	const name = randomWord(), email = `${name}@first.example`;
	const administrator = { name: "初代 管理者", email };
	const make = () => boss.post("/api/v1/tenants", { name, display_name: "途中の会社", administrator });
	// The mail cannot be written down until its table is let go.
	const holder = await hold(house, "LOCK TABLE outbox");
	const lost = make().catch((error) => error);
	try {
		await holder.waited("genkan_operator"); // courier looks for mail, too
		for (const pid of childrenOf(house.pid("operator"), "[wrk")) process.kill(pid, "SIGKILL");
		// Its session in the database would go on, and the mail go out.
		asSuperuser(house, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'genkan_operator' AND wait_event_type = 'Lock'");
	} finally {
		await holder.end();
	}
	assert.ok(await lost instanceof Error);
	const again = await until(() => make().catch(() => undefined), "it is back");
	assert.deepEqual(again.json.errors, [{ pointer: "/name", name: "taken" }]);
	const [{ id }] = must(await boss.get(`/api/v1/tenants?q=${name}`), 200).json.items;
	must(await boss.post(`/api/v1/tenants/${id}/invitation`, { administrator }), 201);
	const token = linkIn(String((await smtp.mailTo(email)).raw), "activate");
	must(await new Tenant(house, { tenant_id: id, name, tag: "", activation_token: token }).activate({ email }), 201);
});
