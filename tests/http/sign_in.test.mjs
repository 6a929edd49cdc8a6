// How members sign in: passwords, sessions, known browsers, and what holds
// against those who guess.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { must } from "../../scripts/lib/client.mjs";
import { hold } from "../lib/hold.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { asSuperuser } from "../lib/seed.mjs";
import { until } from "../lib/smtp.mjs";
import { activeTenant, linkIn, newTenant } from "../lib/tenant.mjs";

const NEW = "雨の日は傘を忘れずに持つこと";
// By: argon2 saltofatest -id -t 2 -k 19456 -p 1 -e
const FORMER = { password: "last-year-2025-kaki", hash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdG9mYXRlc3Q$BchPNGiTKub3Sz4SPXg50utGhZDiidDB6V1ycG0vQ2Q" };

let house, ours, theirs;
before(async () => {
	house = await startInstallation();
	ours = await activeTenant(house);
	theirs = await activeTenant(house);
});
after(() => house?.stop());

const refused = (answer, status, problem) => assert.equal(`${answer.status} ${answer.problem}`, `${status} ${problem}`);
const wrong = (answer) => {
	refused(answer, 422, "invalid");
	return answer.json.errors.map((e) => `${e.pointer} ${e.name}`);
};
const ask = (tenant, email, name = tenant.name, client = tenant.client()) =>
	client.send("POST", "/api/v1/password-resets", { json: { tenant: name, email } });
const use = (tenant, token, password, client = tenant.client()) =>
	client.send("POST", "/api/v1/passwords", { json: { token, password } });
/** The mails about passwords in a company's outbox, newest first. */
const mails = async (admin, topic) => must(await admin.get("/api/v1/outbox?limit=200"), 200).json.items.filter((mail) => mail.topic === topic);
/** The token of the n-th link mailed. */
const link = async (admin, n = 1) => {
	await until(async () => (await mails(admin, "password.reset")).length >= n, `${n} links`);
	return linkIn((await mails(admin, "password.reset"))[0].message, "reset");
};
const login = (tenant) => ({ tenant: tenant.name, email: tenant.email, password: tenant.password });

// --- passwords -------------------------------------------------------------------

test("a password is refused that is short, common, or made of names; any other is taken", async () => {
	const t = await newTenant(house);
	const at = async (password) => wrong(await t.activate({ password })).join();
	assert.equal(await at("kx7#Tq!9mWz"), "/password too_short");
	assert.equal(await at("1qaz2wsx3edc"), "/password too_common");
	assert.equal(await at("PASSWORD-2026"), "/password too_common");
	assert.equal(await at(`${t.name}2026`), "/password too_personal");
	assert.equal(await at("試験 株式会社試験 株式会社"), "/password too_personal");
	assert.equal(await at("genkan-genkan!!"), "/password too_personal");
	assert.equal(await at(`x${"a\u0007".repeat(10)}`), "/password unclean");
	assert.equal((await t.activate({ password: "short" })).json.errors[0].min, 12);
	must(await t.activate({ password: NEW }), 201);
	must(await t.signIn({ password: NEW.normalize("NFD") }), 201);
	refused(await t.signIn({ password: ` ${NEW}` }), 401, "sign_in_failed");
});

test("the password is changed by the one before; other sessions end, and a mail tells of it", async () => {
	const t = await activeTenant(house);
	const here = await t.signedIn(), there = await t.signedIn();
	const change = (current_password, password, client = here) => client.put("/api/v1/passwords/current", { current_password, password });
	assert.deepEqual(wrong(await change("not the current one", NEW)), ["/current_password no_match"]);
	assert.deepEqual(wrong(await change(t.password, "password1234")), ["/password too_common"]);
	refused(await there.get("/api/v1/offices"), 200, "");
	const cookie = here.cookies.get("__Host-browser");
	must(await change(t.password, NEW), 204);
	assert.notEqual(here.cookies.get("__Host-browser"), cookie);
	refused(await there.get("/api/v1/offices"), 401, "sign_in_needed");
	must(await here.get("/api/v1/offices"), 200);
	refused(await t.signIn(), 401, "sign_in_failed");
	must(await t.signIn({ password: NEW }), 201);
	await until(async () => (await mails(here, "password.changed")).length === 1, "the mail");
	assert.equal(t.sql("SELECT string_agg(result, ',' ORDER BY seq) FROM operation WHERE action = 'member.password_changed'"), "refused,done");
});

test("the current password cannot be guessed in a session", async () => {
	const t = await activeTenant(house);
	const client = await t.signedIn();
	const change = (current_password) => client.put("/api/v1/passwords/current", { current_password, password: NEW });
	for (let i = 0; i < 5; i++) assert.deepEqual(wrong(await change(`wrong ${i}`)), ["/current_password no_match"]);
	refused(await change(t.password), 429, "wait");
});

// --- reset by mail -----------------------------------------------------------------

test("a link resets the password once; all sessions end, and the browser is known", async () => {
	const t = await activeTenant(house);
	const admin = await t.signedIn();
	must(await ask(t, t.email.toUpperCase()), 202);
	const token = await link(admin);
	assert.match(token, new RegExp(`^${t.tag}[A-Z2-7]{26}$`));
	const client = t.client();
	assert.deepEqual(wrong(await use(t, token, "password1234", client)), ["/password too_common"]);
	must(await use(t, token, NEW, client), 204);
	refused(await admin.get("/api/v1/offices"), 401, "sign_in_needed");
	refused(await use(t, token, `${NEW}!`), 410, "token_invalid");
	refused(await t.signIn(), 401, "sign_in_failed");
	assert.match(client.cookies.get("__Host-browser"), new RegExp(`^${t.tag}\\.[A-Z2-7]{52}$`));
	const again = await t.signedIn({ password: NEW });
	await until(async () => (await mails(again, "password.changed")).length === 1, "the mail");
});

test("a new link kills the one before; one that is over, and a foreign one, are no links", async () => {
	const t = await activeTenant(house);
	const admin = await t.signedIn();
	must(await ask(t, t.email), 202);
	const first = await link(admin);
	must(await ask(t, t.email), 202);
	const second = await link(admin, 2);
	assert.notEqual(first, second);
	refused(await use(t, first, NEW), 410, "token_invalid");
	refused(await use(t, `${theirs.tag}${second.slice(6)}`, NEW), 410, "token_invalid");
	refused(await use(t, `ZZZZZZ${second.slice(6)}`, NEW), 410, "token_invalid");
	t.sql("UPDATE password_reset SET expires_at = now()");
	refused(await use(t, second, NEW), 410, "token_invalid");
	assert.deepEqual(wrong(await use(t, second.slice(1), NEW)), ["/token too_short"]);
	must(await t.signIn(), 201);
});

test("two who use one link at one instant: one of them has it", async () => {
	const t = await activeTenant(house);
	must(await ask(t, t.email), 202);
	const token = await link(await t.signedIn());
	const answers = await Promise.all([use(t, token, NEW), use(t, token, `${NEW}2`)]);
	assert.deepEqual(answers.map((a) => a.status).sort(), [204, 410]);
});

test("asking for a link is answered alike for whatever company and address, and does the same work", async () => {
	const t = await activeTenant(house);
	const counts = () => t.sql(`SELECT (SELECT count(*) FROM guess WHERE kind LIKE 'reset%'), (SELECT sum(failures) FROM guess WHERE kind LIKE 'reset%'),
		(SELECT count(*) FROM operation WHERE action = 'member.password_reset_asked'), (SELECT max(writes) FROM tenant_key WHERE use = 'delivery')`).split("|").map(Number);
	const answers = [];
	for (const [email, name] of [[t.email], ["nobody@example.jp"], ["no address"], [t.email, "no-such-company"]]) {
		const before = counts();
		answers.push(must(await ask(t, email, name), 202));
		// A counter of the account, of the address, a line in the log; none where there is no company.
		const grown = counts().map((n, i) => n - before[i]);
		assert.deepEqual(grown.slice(1, 3), name ? [0, 0] : [2, 1], email);
	}
	assert.equal(new Set(answers.map((a) => a.body.toString())).size, 1);
	const headers = answers.map(({ headers: { date, "x-request-id": id, ...rest } }) => JSON.stringify(rest));
	assert.equal(new Set(headers).size, 1);
	const admin = await t.signedIn();
	await link(admin);
	assert.equal((await mails(admin, "password.reset")).length, 1);
	assert.equal(t.sql("SELECT count(*) FROM outbox WHERE topic = 'password.reset'"), "1");
});

test("links are limited by account and by address, without a word of it", async () => {
	const t = await activeTenant(house);
	for (let i = 0; i < 6; i++) must(await ask(t, t.email), 202);
	assert.equal(t.sql("SELECT count(*) FROM outbox WHERE topic = 'password.reset'"), "3");
	t.sql("UPDATE guess SET failures = 19, blocked_until = NULL WHERE kind = 'reset_address'");
	for (const email of ["a@example.jp", "b@example.jp"]) must(await ask(t, email), 202);
	assert.equal(t.sql("SELECT count(*) FROM operation WHERE action = 'member.password_reset_asked' AND result = 'refused'"), "1");
});

test("who may not become any member does not see the links in the outbox", async () => {
	const t = await activeTenant(house);
	const admin = await t.signedIn();
	const helper = await t.signedIn(await t.member(admin, ["operations_admin", "account_admin"]));
	must(await ask(t, t.email), 202);
	await link(admin);
	assert.deepEqual(await mails(helper, "password.reset"), []);
});

test("the database holds no link and no browser's token in clear", async () => {
	const t = await activeTenant(house);
	const client = await t.signedIn();
	must(await ask(t, t.email), 202);
	const token = await link(client);
	const rows = ["password_reset", "browser", "session", "operation", "guess"].map((table) => t.sql(`SELECT row_to_json(x)::text FROM ${table} x`)).join();
	for (const clear of [token, token.slice(6), client.cookies.get("__Host-browser").split(".")[1]]) assert.ok(!rows.includes(clear));
});

// --- rules of the company ------------------------------------------------------------

test("the company's rules hold at once: length of passwords, idle and longest time of sessions", async () => {
	const t = await activeTenant(house);
	const admin = await t.signedIn();
	const rules = must(await admin.get("/api/v1/settings/sign-in"), 200).json;
	assert.deepEqual(rules, { password_min: 12, idle_minutes: 480, longest_hours: 168, version: 0 });
	const set = must(await admin.put("/api/v1/settings/sign-in", { ...rules, password_min: 20, idle_minutes: 10, longest_hours: 2 }), 200).json;
	assert.deepEqual(set, { password_min: 20, idle_minutes: 10, longest_hours: 2, version: 1 });
	refused(await admin.put("/api/v1/settings/sign-in", rules), 409, "conflict");
	assert.equal(must(await admin.put("/api/v1/settings/sign-in", set), 200).json.version, 2);

	const short = await admin.put("/api/v1/passwords/current", { current_password: t.password, password: "kx7#Tq!9mWz-3" });
	assert.deepEqual(wrong(short), ["/password too_short"]);
	assert.equal(short.json.errors[0].min, 20);

	t.sql("UPDATE session SET seen_at = now() - interval '9 minutes'");
	must(await admin.get("/api/v1/offices"), 200);
	t.sql("UPDATE session SET seen_at = now() - interval '11 minutes'");
	refused(await admin.get("/api/v1/offices"), 401, "sign_in_needed");
	t.sql("UPDATE session SET seen_at = now(), created_at = now() - interval '119 minutes'");
	const { expires_at } = must(await admin.get("/api/v1/sessions/current"), 200).json;
	assert.ok(Date.parse(expires_at) < Date.now() + 70e3);
	t.sql("UPDATE session SET created_at = now() - interval '121 minutes'");
	refused(await admin.get("/api/v1/offices"), 401, "sign_in_needed");
});

test("rules without sense are refused by name, and only a system administrator sets them", async () => {
	const admin = await ours.signedIn();
	const rules = { password_min: 12, idle_minutes: 480, longest_hours: 168, version: 0 };
	const set = (what) => admin.put("/api/v1/settings/sign-in", { ...rules, ...what });
	for (const [name, values] of [["password_min", [7, 129, 1.5, "12", null]], ["idle_minutes", [4, 1441]], ["longest_hours", [0, 721]]])
		for (const value of values) assert.match(wrong(await set({ [name]: value })).join(), new RegExp(`^/${name} (out_of_range|wrong_type|missing)$`));
	assert.deepEqual(wrong(await set({ composition: true })), ["/composition unknown"]);
	const helper = await ours.signedIn(await ours.member(admin, ["account_admin", "operations_admin"]));
	refused(await helper.get("/api/v1/settings/sign-in"), 403, "not_allowed");
	refused(await helper.put("/api/v1/settings/sign-in", rules), 403, "not_allowed");
	assert.equal(must(await admin.get("/api/v1/settings/sign-in"), 200).json.version, 0);
});

// --- sessions --------------------------------------------------------------------------

test("my sessions are listed; I end one, or all but this one, and nobody else's", async () => {
	const t = await activeTenant(house);
	const admin = await t.signedIn();
	const colleague = await t.signedIn(await t.member(admin));
	const old = t.client();
	must(await old.send("POST", "/api/v1/sessions", { json: login(t), headers: { "user-agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0" } }), 201);
	const list = async (client = admin) => must(await client.get("/api/v1/sessions"), 200).json.items;
	const mine = await list();
	assert.equal(mine.length, 2);
	assert.deepEqual(mine.map((s) => s.current).sort(), [false, true]);
	const other = mine.find((s) => !s.current);
	assert.equal(other.browser, "Mozilla/5.0 (X11; Linux) Firefox/140.0");
	assert.equal(other.address, "127.0.0.1");
	const [foreign] = await list(colleague);
	refused(await admin.delete(`/api/v1/sessions/${foreign.id}`), 404, "not_found");
	must(await admin.delete(`/api/v1/sessions/${other.id}`), 204);
	refused(await old.get("/api/v1/offices"), 401, "sign_in_needed");
	const [third, fourth] = [await t.signedIn(), await t.signedIn()];
	must(await admin.delete("/api/v1/sessions/others"), 204);
	for (const client of [third, fourth]) refused(await client.get("/api/v1/offices"), 401, "sign_in_needed");
	must(await colleague.get("/api/v1/offices"), 200);
	assert.equal((await list()).length, 1);
});

// --- known browsers, and guessing ----------------------------------------------------------

test("a browser is known by a closed cookie of half a year, which opens nothing", async () => {
	const t = await activeTenant(house);
	const client = t.client();
	const answer = must(await t.signIn({}, client), 201);
	const cookie = answer.headers["set-cookie"].find((c) => c.startsWith("__Host-browser="));
	for (const attribute of [`=${t.tag}\\.[A-Z2-7]{52};`, "Secure", "HttpOnly", "SameSite=Lax", "Path=/", `Max-Age=${180 * 86400}`]) assert.match(cookie, new RegExp(attribute));
	client.cookies.delete("__Host-session");
	refused(await client.get("/api/v1/offices"), 401, "sign_in_needed");
	const before = client.cookies.get("__Host-browser");
	must(await t.signIn({}, client), 201);
	assert.equal(client.cookies.get("__Host-browser"), before);
	assert.equal(t.sql("SELECT count(*) FROM browser"), "1");
});

test("members who share a browser are known there, each by the same cookie", async () => {
	const t = await activeTenant(house);
	const person = await t.member(await t.signedIn());
	const client = t.client();
	must(await t.signIn({}, client), 201);
	const cookie = client.cookies.get("__Host-browser");
	must(await t.signIn(person, client), 201);
	assert.equal(client.cookies.get("__Host-browser"), cookie);
	assert.equal(t.sql("SELECT count(DISTINCT member_id), count(DISTINCT token_hash) FROM browser WHERE token_hash = (SELECT token_hash FROM browser GROUP BY token_hash HAVING count(*) = 2)"), "2|1");
});

test("an attack from many addresses is looked at a hundred times, however long it lasts; the member signs in at any moment", async () => {
	const t = await activeTenant(house);
	const known = await t.signedIn();
	let looked = 0;
	// However slow passwords are here, and the queue full: until all are told to wait.
	for (let round = 0, over = false; !over; round++) {
		assert.ok(round < 50);
		const answers = await Promise.all(Array.from({ length: 15 }, (_, i) => {
			const client = house.client({ from: `127.7.${round}.${i + 1}` });
			return t.signIn({ password: `guess ${round} ${i}` }, client).finally(() => client.close());
		}));
		assert.ok(answers.every((a) => ["sign_in_failed", "wait", "busy"].includes(a.problem)), answers.join());
		over = answers.every((a) => a.problem === "wait");
		looked += answers.filter((a) => a.problem === "sign_in_failed").length;
		must(await t.signIn({}, known), 201);
		// Every delay is over: a patient attacker, who has been at it for longer than this test.
		t.sql("UPDATE guess SET blocked_until = now() - interval '1 second' WHERE kind IN ('sign_in_account', 'sign_in_address')");
		if (round === 1) {
			t.sql(`UPDATE guess SET failures = failures + ${95 - looked} WHERE kind = 'sign_in_ceiling'`);
			looked = 95;
		}
	}
	assert.equal(looked, 100);
	const stranger = await t.signIn();
	refused(stranger, 429, "wait");
	assert.ok(stranger.json.retry_after > 86400);
});

test("who has no known browser comes in by a reset, in the middle of an attack", async () => {
	const t = await activeTenant(house);
	const admin = await t.signedIn();
	for (const _ of [1, 2]) refused(await t.signIn({ password: "wrong" }), 401, "sign_in_failed");
	t.sql("UPDATE guess SET failures = 100, blocked_until = now() + interval '30 days' WHERE kind = 'sign_in_ceiling'");
	refused(await t.signIn(), 429, "wait");
	must(await ask(t, t.email), 202);
	const token = await link(admin);
	const client = t.client();
	must(await use(t, token, NEW, client), 204);
	must(await t.signIn({ password: NEW }, client), 201);
	refused(await t.signIn({ password: NEW }), 429, "wait");
});

test("the right password of a stranger does not give back what others guessed", async () => {
	const t = await activeTenant(house);
	for (let i = 0; i < 3; i++) refused(await t.signIn({ password: "wrong" }), 401, "sign_in_failed");
	must(await t.signIn(), 201);
	assert.equal(t.sql("SELECT failures FROM guess WHERE kind = 'sign_in_ceiling'"), "3");
	assert.equal(t.sql("SELECT count(*) FROM guess WHERE kind = 'sign_in_account'"), "0");
});

test("a known browser has twenty wrong passwords in a row, and is a stranger then", async () => {
	const t = await activeTenant(house);
	const client = await t.signedIn();
	for (let i = 0; i < 20; i++) refused(await t.signIn({ password: "wrong" }, client), 401, "sign_in_failed");
	assert.equal(t.sql("SELECT sum(failures) FROM guess WHERE kind LIKE 'sign_in%'"), "0");
	for (let i = 0; i < 10; i++) refused(await t.signIn({ password: "wrong" }, client), 401, "sign_in_failed");
	refused(await t.signIn({}, client), 429, "wait");
});

test("another's cookie, a foreign, forged or old one is a stranger's", async () => {
	const t = await activeTenant(house);
	const admin = await t.signedIn();
	const person = await t.member(admin);
	const client = t.client();
	must(await t.signIn(person, client), 201);
	const cookie = client.cookies.get("__Host-browser");
	const foreign = (await theirs.signedIn()).cookies.get("__Host-browser");
	t.sql(`UPDATE browser SET expires_at = now() WHERE member_id <> '${person.id}'`);
	const old = admin.cookies.get("__Host-browser");
	let tries = 0;
	for (const bad of [cookie, foreign, old, `${t.tag}.${"A".repeat(52)}`, "x", `${t.tag}.`, cookie.slice(1), "x".repeat(3000)]) {
		const stranger = t.client();
		stranger.cookies.set("__Host-browser", bad);
		refused(await t.signIn({ password: "wrong" }, stranger), 401, "sign_in_failed");
		assert.equal(t.sql("SELECT sum(failures) FROM guess WHERE kind = 'sign_in_ceiling'"), String(++tries));
	}
});

test("a changed password makes strangers of all browsers but the one it was changed in", async () => {
	const t = await activeTenant(house);
	const [here, there] = [await t.signedIn(), await t.signedIn()];
	must(await here.put("/api/v1/passwords/current", { current_password: t.password, password: NEW }), 204);
	t.sql("INSERT INTO guess (tenant_id, kind, subject, blocked_until) SELECT tenant_id, 'sign_in_address', '127.0.0.1', now() + interval '1 hour' FROM tenant WHERE tenant_id = current_setting('app.tenant_id')::uuid");
	refused(await t.signIn({ password: NEW }, there), 429, "wait");
	must(await t.signIn({ password: NEW }, here), 201);
});

test("a try is counted for good before the password is looked at: others of that account do not wait for it", async () => {
	const t = await activeTenant(house);
	// What was written before and after the look are rows of two transactions.
	const transactions = (...kinds) => Number(t.sql(`SELECT count(DISTINCT xmin::text) FROM guess WHERE kind IN (${kinds.map((kind) => `'sign_in_${kind}'`)})`));
	for (const email of [t.email, "nobody@example.jp"]) {
		t.sql("DELETE FROM guess");
		refused(await t.signIn({ email, password: "wrong" }), 401, "sign_in_failed");
		assert.deepEqual([transactions("account", "ceiling"), transactions("account", "ceiling", "address")], [1, 2]);
	}
});

// --- while a password is looked at -----------------------------------------------------

test("a password of former parameters is good, and is stored anew", async () => {
	const t = await activeTenant(house);
	t.sql(`UPDATE member SET password_hash = '${FORMER.hash}'`);
	must(await t.signIn({ password: FORMER.password }), 201);
	assert.notEqual(t.sql("SELECT password_hash FROM member"), FORMER.hash);
	must(await t.signIn({ password: FORMER.password }), 201);
});

test("who changes a password does not let in, nor be overwritten by, who comes with the one before at the same moment", async () => {
	const t = await activeTenant(house);
	const stored = () => t.sql("SELECT password_hash FROM member");
	const put = (hash) => `UPDATE member SET password_hash = '${hash}'`;
	const scope = `SELECT set_config('app.tenant_id', '${t.id}', true)`;
	const before = stored();
	const here = await t.signedIn();
	must(await here.put("/api/v1/passwords/current", { current_password: t.password, password: NEW }), 204);
	const after = stored();
	must(await here.put("/api/v1/passwords/current", { current_password: NEW, password: t.password }), 204);
	const alike = stored(); // the first password, salted otherwise

	/** Do it with what was stored first, while another stores the second. */
	const meanwhile = async (first, second, request) => {
		t.sql(`${put(first)}; DELETE FROM session WHERE created_at < now()`);
		const change = await hold(house, `${scope}; ${put(second)}`);
		const asked = request();
		await change.waited("genkan_web");
		await change.end();
		const answer = await asked;
		assert.equal(stored(), second);
		return answer;
	};
	refused(await meanwhile(before, after, () => t.signIn()), 401, "sign_in_failed");
	refused(await meanwhile(FORMER.hash, after, () => t.signIn({ password: FORMER.password })), 401, "sign_in_failed");
	assert.equal(t.sql("SELECT count(*) FROM session"), "0");
	must(await meanwhile(before, alike, () => t.signIn()), 201);

	const client = await t.signedIn();
	t.sql(put(before));
	const change = await hold(house, `${scope}; ${put(after)}`);
	const asked = client.put("/api/v1/passwords/current", { current_password: t.password, password: `${NEW}!` });
	await change.waited("genkan_web");
	await change.end();
	assert.deepEqual(wrong(await asked), ["/current_password no_match"]);
	assert.equal(stored(), after);
});

test("a session that is being made holds the password: who changes it waits, and ends that session", async () => {
	const t = await activeTenant(house);
	const late = await hold(house, "LOCK TABLE browser");
	const asked = t.signIn();
	await late.waited("genkan_web"); // the session is written, and not committed
	// What is not free says nothing.
	await late.end(`SELECT set_config('app.tenant_id', '${t.id}', true); UPDATE member SET language = 'ko' WHERE id IN (SELECT id FROM member FOR NO KEY UPDATE SKIP LOCKED); COMMIT`);
	must(await asked, 201);
	assert.equal(t.sql("SELECT language FROM member"), "ja");
});

test("an unknown account is counted as a real one is", async () => {
	const t = await activeTenant(house);
	const rows = () => t.sql("SELECT kind, count(*), sum(failures) FROM guess WHERE kind LIKE 'sign_in%' GROUP BY kind ORDER BY kind");
	refused(await t.signIn({ password: "wrong" }), 401, "sign_in_failed");
	const real = rows();
	t.sql("DELETE FROM guess");
	refused(await t.signIn({ email: "nobody@example.jp" }), 401, "sign_in_failed");
	assert.equal(rows(), real);
	assert.equal(real, "sign_in_account|1|1\nsign_in_address|1|1\nsign_in_ceiling|1|1");
});

test("a wrong password, an unknown account and an unknown company are the same work for the database", async () => {
	const t = await activeTenant(house);
	const admin = await t.signedIn();
	const cookie = admin.cookies.get("__Host-browser");
	const logging = async (how) => {
		asSuperuser(house, `ALTER ROLE genkan_web ${how} log_statement${how === "SET" ? " = 'all'" : ""}`);
		await house.sv("restart", "web");
		await until(async () => (await t.client().get("/readyz").catch(() => undefined))?.status === 200, "the web server");
	};
	/** What one request says to the database: the names of its statements, one that writes being as good as another. */
	const work = async (request, transactions) => {
		const from = house.log("postgres").length;
		await request();
		return until(() => {
			const sessions = {};
			for (const [, pid, said] of house.log("postgres").slice(from).matchAll(/\[(\d+)\] LOG: {2}(?:execute|statement:?) ?([^\n]*)/g)) (sessions[pid] ??= []).push(said.split(/[:;]/)[0]);
			const mine = Object.values(sessions).find((list) => list.some((name) => /^(guess_wait|guess_take|nowhere_write)$/.test(name)) && list.at(-1) === "db_notify" && list.filter((name) => name === "db_notify").length === transactions);
			return mine?.map((name) => (/^(guess_take|operation_log_add|operation_log_refuse|outbox_add|nowhere_write)$/.test(name) ? "writes" : name));
		}, "its last statement");
	};
	const signIn = (email, tenant = t.name, client = t.client()) => () => client.send("POST", "/api/v1/sessions", { json: { tenant, email, password: "wrong" } });
	const reset = (email, tenant = t.name) => () => ask(t, email, tenant);
	const stranger = () => {
		const client = t.client();
		client.cookies.set("__Host-browser", `${cookie.slice(0, 7)}${"A".repeat(52)}`);
		return client;
	};
	await logging("SET");
	try {
		for (const warm of [signIn(t.email), signIn("x@example.jp"), reset("x@example.jp")]) for (let i = 0; i < 4; i++) await warm();
		t.sql("DELETE FROM guess");
		const wrongPassword = await work(signIn(t.email), 2);
		assert.ok(wrongPassword.filter((name) => name === "writes").length === 4 && wrongPassword.includes("session_account"), wrongPassword.join());
		assert.deepEqual(await work(signIn("nobody@example.jp"), 2), wrongPassword);
		assert.deepEqual(await work(signIn("nobody@example.jp", "no-company-1"), 2), wrongPassword);
		const withCookie = await work(signIn("nobody2@example.jp", t.name, stranger()), 2);
		assert.equal(withCookie.length, wrongPassword.length + 1);
		assert.deepEqual(await work(signIn("nobody2@example.jp", "no-company-2", stranger()), 2), withCookie);

		const link = await work(reset("nobody@example.jp"), 1);
		assert.ok(link.filter((name) => name === "writes").length >= 4, link.join());
		const nowhere = await work(reset("nobody@example.jp", "no-company-3"), 1);
		assert.deepEqual(nowhere.map((name) => name === "writes"), link.map((name) => name === "writes"), `${nowhere}\n${link}`);
	} finally {
		await logging("RESET");
	}
});

test("who has to wait waits at an unknown company as at a real one", async () => {
	const t = await activeTenant(house);
	const answers = [];
	for (const tenant of [t.name, "no-company-4"]) {
		for (let i = 0; i < 10; i++) refused(await t.signIn({ tenant, email: "nobody@example.jp" }), 401, "sign_in_failed");
		answers.push(await t.signIn({ tenant, email: "nobody@example.jp" }));
	}
	for (const answer of answers) refused(answer, 429, "wait");
	assert.deepEqual(Object.keys(answers[0].json), Object.keys(answers[1].json));
});
