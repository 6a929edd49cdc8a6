// Whoever runs the installation: sign-up, sign-in, tenants, notices, log; and
// that there is no way from there to a visitor, nor from a company to there.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { must, newKey } from "../../scripts/lib/client.mjs";
import { readCsv } from "../lib/csv.mjs";
import { hold } from "../lib/hold.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { newOperator, Operator, operatorClient, COOKIE } from "../lib/operator.mjs";
import { asSuperuser } from "../lib/seed.mjs";
import { startSmtp, until } from "../lib/smtp.mjs";
import { activeTenant, linkIn, randomWord, Tenant } from "../lib/tenant.mjs";
import { codeOf, readSvg } from "../lib/totp.mjs";

let smtp, house, operator, boss, us, admin;
before(async () => {
	smtp = await startSmtp();
	house = await startInstallation(smtp.settings);
	operator = await newOperator(house);
	boss = operator.client;
	us = await activeTenant(house);
	admin = await us.signedIn();
});
after(async () => {
	await house?.stop();
	await smtp?.stop();
});

const TENANTS = "/api/v1/tenants";
const make = (what = {}) => boss.post(TENANTS, { name: randomWord(), display_name: "新しい会社", administrator: { name: "初代 管理者", email: "first@new.example" }, ...what });
const lines = (query = "") => boss.get(`/api/v1/operator-log?limit=200${query}`).then((answer) => must(answer, 200).json.items);
const today = () => new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Tokyo" }).format();
const routes = [...readFileSync(new URL("../../src/web/operator_route.c", import.meta.url), "utf8")
	.matchAll(/^\t\{ "([A-Z]+)", "([^"]+)", (\w+),/gm)].map(([, method, path, credential]) => ({ method, path, credential }));

test("an account signs up by its link once, and sets up an authenticator before anything else answers", async () => {
	const other = new Operator(house);
	await other.make();
	assert.equal((await other.signUp({ password: "too short" })).json.errors[0].name, "too_short");
	assert.equal((await other.signUp({ password: "password1234" })).json.errors[0].name, "too_common");
	assert.equal((await other.signUp({ token: "A".repeat(32) })).problem, "token_invalid");
	must(await other.signUp(), 204);
	assert.equal((await other.signUp()).problem, "token_invalid");

	const client = await other.begun();
	assert.equal(client.pending, "enrolment");
	assert.equal(must(await client.get("/api/v1/sessions/current"), 200).json.operator, null);
	for (const path of [TENANTS, "/api/v1/notices", "/api/v1/operator-log", "/api/v1/sessions"])
		assert.equal((await client.get(path)).problem, "second_factor_needed", path);
	const before = client.cookies.get(COOKIE);
	const made = await other.enrol(client);
	assert.equal(await readSvg(made.qr_svg), made.uri);
	assert.match(made.uri, new RegExp(`^otpauth://totp/Genkan%20operator:${encodeURIComponent(other.email)}\\?secret=${made.secret}&`));
	assert.equal(other.recovery.length, 10);
	assert.notEqual(client.cookies.get(COOKIE), before);
	must(await client.get(TENANTS), 200);
	// The session of before is none any more, and nobody enrols a second time.
	client.cookies.set(COOKIE, before);
	assert.equal((await client.get(TENANTS)).problem, "sign_in_needed");
	const again = await other.begun();
	assert.equal(again.pending, "code");
	assert.equal((await again.send("POST", "/api/v1/sessions/current/totp-enrolment")).problem, "second_factor_needed");
	assert.equal((await again.get(TENANTS)).problem, "second_factor_needed");
	must(await again.send("POST", "/api/v1/sessions/current/totp", { json: { recovery_code: other.recovery[3].toLowerCase() } }), 201);
	const third = await other.begun();
	assert.equal((await third.send("POST", "/api/v1/sessions/current/totp", { json: { recovery_code: other.recovery[3] } })).problem, "second_factor_failed");
});

test("a code is good once, and after five wrong ones even the right one has to wait", async () => {
	const client = await operator.begun();
	const code = await operator.code();
	must(await client.send("POST", "/api/v1/sessions/current/totp", { json: { code } }), 201);
	const second = await operator.begun();
	const show = (what) => second.send("POST", "/api/v1/sessions/current/totp", { json: { code: what } });
	assert.equal((await show(code)).problem, "second_factor_failed");
	const wrong = String((Number(codeOf(operator.secret)) + 1) % 1e6).padStart(6, "0");
	for (let i = 0; i < 4; i++) assert.equal((await show(wrong)).problem, "second_factor_failed");
	assert.equal((await show(codeOf(operator.secret, 1))).problem, "wait");
	house.psql("DELETE FROM operator_guess WHERE kind = 'factor'");
});

test("a wrong password and an unknown account are one answer, and both are made to wait", async () => {
	const other = new Operator(house);
	await other.make();
	must(await other.signUp(), 204);
	const ask = (email, password) => operatorClient(house).send("POST", "/api/v1/sessions", { json: { email, password } });
	for (const email of [other.email, "nobody@operator.example"]) {
		for (let i = 0; i < 5; i++) {
			const answer = await ask(email, "wrong password");
			assert.equal(answer.status, 401, email);
			assert.equal(answer.problem, "sign_in_failed");
			assert.equal(answer.headers["set-cookie"], undefined);
		}
		assert.equal((await ask(email, other.password)).problem, "wait", email);
	}
	house.psql("DELETE FROM operator_guess");
	must(await ask(other.email.toUpperCase(), other.password), 202);
	const refused = await lines("&action=session.created&result=refused");
	const { operator_id } = JSON.parse(await house.ctl("operator", "list", "--json")).find(({ email }) => email === other.email);
	assert.ok(refused.every((line) => line.operator === null), "nobody was signed in");
	assert.equal(refused.filter((line) => line.object_id === operator_id).length, 5, "the tries at the account");
	assert.ok(refused.filter((line) => line.object_id === null).length >= 5, "and those at none");
});

test("a company is made, its administrator's mail arrives, and the link lets that person in", async () => {
	const name = randomWord(), email = `${name}@new.example`;
	const made = must(await make({ name, administrator: { name: "初代 管理者", email } }), 201).json;
	assert.equal(made.state, "active");
	assert.deepEqual([made.invitation.mailed, made.invitation.url], [true, null]);
	const mail = await smtp.mailTo(email);
	const tenant = new Tenant(house, { tenant_id: made.id, name, tag: "", activation_token: linkIn(String(mail.raw), "activate") });
	must(await tenant.activate({ email }), 201);
	const first = await tenant.signedIn({ email });
	must(await first.get("/api/v1/contract"), 200);
	assert.equal(tenant.sql(`SELECT count(*) FROM outbox WHERE payload_cell IS NOT NULL`), "0");

	assert.equal((await make({ name })).json.errors[0].name, "taken");
	assert.equal((await make({ name: "-x-" })).json.errors[0].pointer, "/name");
	assert.equal((await make({ administrator: { name: "x", email: "nobody" } })).json.errors[0].pointer, "/administrator/email");
	assert.equal((await make({ administrator: undefined })).json.errors[0].name, "missing");
});

test("an invitation that went astray is sent again, and the one before opens nothing, until somebody has come in", async () => {
	const name = randomWord(), astray = `${name}@astray.example`, email = `${name}@right.example`;
	const { id } = must(await make({ name, administrator: { name: "宛先 違い", email: astray } }), 201).json;
	const at = `${TENANTS}/${id}/invitation`, body = { administrator: { name: "宛先 正しい", email } };
	const person = async (to) => new Tenant(house, { tenant_id: id, name, tag: "", activation_token: linkIn(String((await smtp.mailTo(to)).raw), "activate") });
	const before = await person(astray);
	assert.equal((await boss.post(at, { administrator: { name: "x", email: "nobody" } })).json.errors[0].pointer, "/administrator/email");
	assert.equal((await boss.post(`${TENANTS}/00000000-0000-7000-8000-000000000000/invitation`, body)).problem, "not_found");
	const made = must(await boss.post(at, body), 201).json;
	assert.deepEqual([made.id, made.invitation.mailed, made.invitation.url], [id, true, null]);
	const right = await person(email);
	assert.equal((await before.activate({ email: astray })).problem, "token_invalid");

	// The same by the command line, whose link replaces that one again.
	const { activation_token } = JSON.parse(await house.ctl("tenant", "invite", name, "--json"));
	assert.equal((await right.activate({ email })).problem, "token_invalid");
	const first = new Tenant(house, { tenant_id: id, name, tag: "", activation_token });
	must(await first.activate({ email }), 201);
	assert.equal((await boss.post(at, body)).problem, "has_people");
	await assert.rejects(house.ctl("tenant", "invite", name), /has come in already/);
	assert.deepEqual((await lines(`&tenant_id=${id}`)).map(({ action }) => action).filter((action) => action === "tenant.invited_again").length, 2);

	// Not even by hand: the database lets the operator bring no old one back, and add none.
	const by_hand = (sql) => asSuperuser(house, `SET ROLE genkan_operator; SELECT set_config('app.tenant_id', '${id}', false); ${sql}`);
	by_hand("UPDATE activation SET expires_at = now()");
	assert.throws(() => by_hand("UPDATE activation SET expires_at = now() + interval '1 day' WHERE used_at IS NULL"));
	assert.throws(() => by_hand("INSERT INTO activation (tenant_id, token_hash, expires_at) VALUES (current_setting('app.tenant_id')::uuid, 'x', now() + interval '1 day')"));
});

test("the same key makes one company, and another body under it is refused", async () => {
	const key = newKey(), body = { name: randomWord(), display_name: "一度", administrator: { name: "x", email: "x@once.example" } };
	const [a, b] = await Promise.all([1, 2].map(() => boss.send("POST", TENANTS, { json: body, key })));
	assert.ok([a, b].every((answer) => answer.status === 201 || answer.problem === "in_progress"), `${a} ${b}`);
	const again = must(await boss.send("POST", TENANTS, { json: body, key }), 201);
	assert.deepEqual(again.json, (a.status === 201 ? a : b).json);
	assert.equal((await boss.send("POST", TENANTS, { json: { ...body, display_name: "二度" }, key })).problem, "idempotency_key_reused");
	assert.equal((await boss.send("POST", TENANTS, { json: body })).problem, "idempotency_key_missing");
	assert.equal(house.psql(`SELECT count(*) FROM tenant_name WHERE name = '${body.name}'`), "1");
	assert.ok(!house.psql(`SELECT encode(answer_sealed, 'escape') FROM operator_kept WHERE key = '${key}'`).includes(body.name));
});

test("plan, suspension, and the end of a contract do what the command line does, each confirmed and on record", async () => {
	const at = `${TENANTS}/${us.id}`;
	const planned = must(await boss.put(`${at}/plan`, { plan: "標準", members: 1, offices: null }), 200).json;
	assert.deepEqual([planned.plan, planned.limits], ["標準", { members: 1, offices: null, devices: null, appointments: null }]);
	assert.equal((await admin.post("/api/v1/members", { name: "x", email: "x@x.example" })).problem, "plan_limit");
	assert.equal((await boss.put(`${at}/plan`, { members: 0 })).json.errors[0].name, "out_of_range");
	must(await boss.put(`${at}/plan`, {}), 200);

	assert.equal(must(await boss.send("POST", `${at}/suspension`), 200).json.state, "suspended");
	assert.equal((await us.signIn()).problem, "tenant_suspended");
	assert.equal((await admin.get("/api/v1/contract")).problem, "tenant_suspended");
	assert.equal((await boss.send("POST", `${at}/suspension`)).problem, "other_state");
	assert.equal(must(await boss.delete(`${at}/suspension`), 200).json.state, "active");
	must(await us.signIn(), 201);

	const end = (what) => boss.put(`${at}/end`, { on: today(), name: us.name, ...what });
	assert.equal((await end({ name: "another" })).json.errors[0].name, "no_match");
	assert.equal((await end({ on: "2020-01-01" })).json.errors[0].pointer, "/on");
	assert.equal((await end({ on: "2027-02-30" })).problem, "invalid");
	assert.equal((await boss.delete(`${at}/end`)).problem, "other_state");
	const ended = must(await end({ export_days: 7 }), 200).json;
	assert.equal(ended.state, "ending");
	assert.equal(Date.parse(ended.data_until) - Date.parse(ended.stops_at), 7 * 86400e3);
	assert.equal((await admin.post("/api/v1/offices", { name: "x", phone: "1" })).problem, "contract_ended");
	assert.equal((await boss.get(`${at}/certificate`)).problem, "certificate_not_due");
	const back = must(await boss.delete(`${at}/end`), 200).json;
	assert.deepEqual([back.state, back.stops_at], ["active", null]);

	const deeds = us.sql(`SELECT action || ' ' || actor_id FROM operation WHERE actor_kind = 'operator' ORDER BY seq`).split("\n");
	const id = must(await boss.get("/api/v1/sessions/current"), 200).json.operator.id;
	assert.deepEqual(deeds.slice(-5), ["tenant.suspended", "tenant.resumed", "tenant.end_set", "tenant.end_cancelled"].reduce((all, deed) => [...all, `${deed} ${id}`], [`tenant.plan_set ${id}`]));
	const mine = await lines(`&tenant_id=${us.id}&result=done`);
	for (const action of ["tenant.plan_set", "tenant.suspended", "tenant.resumed", "tenant.end_set", "tenant.end_cancelled"]) {
		const line = mine.find((one) => one.action === action);
		assert.deepEqual([line?.operator?.email, line?.address, line?.tenant?.name], [operator.email, "127.0.0.1", us.name], action);
	}
	assert.equal((await boss.get(`${TENANTS}/00000000-0000-7000-8000-000000000000`)).problem, "not_found");
	assert.equal((await boss.send("POST", `${TENANTS}/00000000-0000-7000-8000-000000000000/suspension`)).problem, "not_found");
});

test("tenants are found by name and state, page by page, and exported", async () => {
	const word = randomWord();
	for (const end of ["a", "b", "c"]) must(await make({ name: `${word}-${end}`, display_name: `=検索 ${word}` }), 201);
	const ask = async (query) => must(await boss.get(`${TENANTS}?${query}`), 200).json;
	const first = await ask(`q=${word}&limit=2`);
	assert.deepEqual(first.items.map(({ name }) => name), [`${word}-a`, `${word}-b`]);
	const rest = await ask(`q=${word}&limit=2&after=${first.next}`);
	assert.deepEqual([rest.items.map(({ name }) => name), rest.next], [[`${word}-c`], null]);
	assert.equal((await ask(`q=${encodeURIComponent(`検索 ${word}`)}`)).items.length, 3);
	await house.ctl("tenant", "suspend", `${word}-b`);
	assert.deepEqual((await ask(`q=${word}&state=suspended`)).items.map(({ name }) => name), [`${word}-b`]);
	assert.deepEqual((await ask("q=no-such-company-at-all")).items, []);
	assert.equal((await boss.get(`${TENANTS}?state=odd`)).problem, "invalid");
	const csv = must(await boss.get(`/api/v1/tenants.csv?q=${word}&lang=en`), 200);
	assert.match(csv.headers["content-disposition"], /tenants\.csv/);
	const rows = readCsv(csv.body);
	assert.deepEqual(rows[0].slice(0, 3), ["Short name", "Company", "State"]);
	assert.deepEqual(rows.slice(1).map((row) => row.slice(0, 3)), ["a", "b", "c"].map((end) => [`${word}-${end}`, `'=検索 ${word}`, end === "b" ? "suspended" : "active"]));
});

test("keys are shown by id, state and date, and never what they are", async () => {
	const { items } = must(await boss.get(`${TENANTS}/${us.id}/keys`), 200).json;
	assert.deepEqual(items.map(({ use }) => use).sort(), ["code", "delivery", "hash", "totp", "visitor"]);
	assert.deepEqual(Object.keys(items[0]).sort(), ["created_at", "kms_key_id", "state", "use", "version", "writes"]);
});

test("a notice reaches the members it is for, and can be withdrawn", async () => {
	const told = must(await boss.post("/api/v1/notices", { kind: "info", ja: "お知らせ", en: "A word", tenants: [us.name] }), 201).json;
	const all = must(await boss.post("/api/v1/notices", { kind: "maintenance", ja: "点検", en: "Maintenance", starts_at: "2031-01-01T00:00:00Z", ends_at: "2031-01-01T01:00:00Z" }), 201).json;
	const seen = must(await admin.get("/api/v1/notices"), 200).json.items.map(({ id }) => id);
	assert.ok(seen.includes(told.id) && seen.includes(all.id));
	const { items } = must(await boss.get("/api/v1/notices?limit=2"), 200).json;
	assert.deepEqual(items.map(({ id, tenants }) => [id, tenants]), [[all.id, null], [told.id, [us.name]]]);
	assert.equal((await boss.post("/api/v1/notices", { kind: "info", ja: "x", en: "x", tenants: ["no-such"] })).json.errors[0].pointer, "/tenants");
	assert.equal((await boss.post("/api/v1/notices", { kind: "info", ja: "x", en: "x", ends_at: "2020-01-01T00:00:00Z" })).json.errors[0].pointer, "/ends_at");
	must(await boss.delete(`/api/v1/notices/${told.id}`), 204);
	assert.equal((await boss.delete(`/api/v1/notices/${told.id}`)).problem, "not_found");
	assert.ok(!must(await admin.get("/api/v1/notices"), 200).json.items.some(({ id }) => id === told.id));
	const noted = (await lines("&action=notice.")).map(({ action, object_id, tenant }) => [action, object_id, tenant?.name ?? null]);
	assert.deepEqual(noted.slice(0, 3), [["notice.withdrawn", told.id, us.name], ["notice.added", all.id, null], ["notice.added", told.id, us.name]]);
	must(await boss.delete(`/api/v1/notices/${all.id}`), 204);
});

test("the log has who did what and what was refused, page by page and as CSV, and what the command line did", async () => {
	await house.ctl("tenant", "suspend", us.name);
	await house.ctl("tenant", "resume", us.name);
	const [typed] = await lines(`&action=tenant.resumed&tenant_id=${us.id}`);
	assert.deepEqual([typed.operator, typed.result], [null, "done"]);
	assert.match(typed.address, /^cli:\S+$/);
	const first = must(await boss.get("/api/v1/operator-log?limit=3"), 200).json;
	const next = must(await boss.get(`/api/v1/operator-log?limit=3&after=${first.next}`), 200).json;
	assert.ok(next.items[0].sequence < first.items[2].sequence);
	const csv = readCsv(must(await boss.get(`/api/v1/operator-log.csv?tenant_id=${us.id}`), 200).body);
	assert.equal(csv[0][4], "操作");
	assert.ok(csv.slice(1).every((row) => row[5] === us.name));
	assert.equal((await boss.get("/api/v1/operator-log?after=x")).problem, "invalid");
	assert.equal((await lines("&action=operator_log.exported"))[0].operator.email, operator.email);
});

test("own sessions are listed and ended", async () => {
	const client = await operator.signedIn();
	const list = async (who) => must(await who.get("/api/v1/sessions"), 200).json.items;
	const mine = (await list(client)).find(({ current }) => current);
	must(await boss.delete(`/api/v1/sessions/${mine.id}`), 204);
	assert.equal((await client.get(TENANTS)).problem, "sign_in_needed");
	assert.equal((await boss.delete(`/api/v1/sessions/${mine.id}`)).problem, "not_found");
	const short = await operator.begun();
	must(await short.delete("/api/v1/sessions/current"), 204);
	assert.equal((await short.get("/api/v1/sessions/current")).problem, "sign_in_needed");
});

test("a session ends without use, after twelve hours, and sooner while its second factor is owed", async () => {
	const ends = async (client, change, when) => {
		const [mine] = must(await boss.get("/api/v1/sessions"), 200).json.items.filter(({ current }) => !current);
		const id = client.pendingId ?? mine.id;
		house.psql(`UPDATE operator_session SET ${change} WHERE id = '${id}'`);
		assert.equal((await client.get("/api/v1/sessions/current")).problem, "sign_in_needed", when);
	};
	for (const [change, when] of [["seen_at = now() - interval '31 minutes'", "idle"], ["created_at = now() - interval '12 hours 1 minute'", "old"]]) {
		house.psql("DELETE FROM operator_session WHERE NOT proven OR seen_at < now() - interval '30 minutes'");
		const others = must(await boss.get("/api/v1/sessions"), 200).json.items.filter(({ current }) => !current);
		for (const { id } of others) must(await boss.delete(`/api/v1/sessions/${id}`), 204);
		await ends(await operator.signedIn(), change, when);
	}
	const half = await operator.begun();
	half.pendingId = house.psql("SELECT id FROM operator_session WHERE NOT proven ORDER BY created_at DESC LIMIT 1");
	await ends(half, "created_at = now() - interval '16 minutes'", "half");
});

test("nothing is changed without the CSRF token or from another origin", async () => {
	const at = `${TENANTS}/${us.id}/suspension`;
	for (const token of [undefined, "", "0".repeat(64), admin.csrf])
		assert.equal((await boss.send("POST", at, { headers: { "x-csrf-token": token } })).problem, "csrf_refused", String(token));
	for (const origin of [undefined, "null", house.baseUrl, `${house.operatorUrl}.evil.example`, house.operatorUrl.replace("https", "http")])
		assert.equal((await boss.send("POST", at, { headers: { origin } })).problem, "origin_refused", String(origin));
	assert.equal(must(await boss.get(`${TENANTS}/${us.id}`), 200).json.state, "active");
});

test("a disabled account's sessions end at once, and it cannot sign in; reset and enable bring it back", async () => {
	const other = new Operator(house);
	await other.make();
	must(await other.signUp(), 204);
	const client = await other.begun();
	await other.enrol(client);
	must(await client.get(TENANTS), 200);
	await house.ctl("operator", "disable", other.email);
	assert.equal((await client.get(TENANTS)).problem, "sign_in_needed");
	const ask = () => operatorClient(house).send("POST", "/api/v1/sessions", { json: { email: other.email, password: other.password } });
	assert.equal((await ask()).problem, "sign_in_failed");
	await assert.rejects(house.ctl("operator", "reset", other.email), /no account of that address/);
	await house.ctl("operator", "enable", other.email);
	must(await ask(), 202);
	other.token = JSON.parse(await house.ctl("operator", "reset", other.email, "--json")).sign_up_token;
	assert.equal((await ask()).problem, "sign_in_failed");
	must(await other.signUp(), 204);
	assert.equal((await other.begun()).pending, "enrolment");
	await assert.rejects(house.ctl("operator", "create", other.email, "--name", "x"), /already/);
	const listed = JSON.parse(await house.ctl("operator", "list", "--json")).find(({ email }) => email === other.email);
	assert.deepEqual([listed.state, listed.second_factor], ["active", false]);
});

test("who comes with the password of before while the account is reset gets no session", async () => {
	const other = new Operator(house);
	await other.make();
	must(await other.signUp(), 204);
	const come = () => operatorClient(house).send("POST", "/api/v1/sessions", { json: { email: other.email, password: other.password } });
	must(await come(), 202);
	asSuperuser(house, `DELETE FROM operator_session WHERE operator_id = (SELECT id FROM operator WHERE email = '${other.email}')`);
	const reset = await hold(house, `UPDATE operator SET password = (SELECT password FROM operator WHERE email = '${operator.email}') WHERE email = '${other.email}'`);
	const asked = come();
	await reset.waited("genkan_operator");
	await reset.end();
	const answer = await asked;
	assert.equal(`${answer.status} ${answer.problem}`, "401 sign_in_failed");
	assert.equal(asSuperuser(house, `SELECT count(*) FROM operator_session s JOIN operator o ON o.id = s.operator_id WHERE o.email = '${other.email}'`).trim(), "0");
});

test("a session that is being made while the account is reset, or disabled, ends with the others", async () => {
	const other = new Operator(house);
	await other.make();
	must(await other.signUp(), 204);
	for (const [verb, hash] of [["reset", "11"], ["disable", "22"]]) {
		const making = await hold(house, `INSERT INTO operator_session (id, operator_id, token_hash, address, browser)
			SELECT gen_random_uuid(), id, decode(repeat('${hash}', 32), 'hex'), '127.0.0.1', '' FROM operator WHERE email = '${other.email}' FOR SHARE`);
		const asked = house.ctl("operator", verb, other.email);
		await making.waited("genkan_operator");
		await making.end();
		await asked;
		assert.equal(asSuperuser(house, `SELECT count(*) FROM operator_session WHERE token_hash = decode(repeat('${hash}', 32), 'hex')`).trim(), "0", verb);
	}
});

test("a company's cookie is nothing here, an operator's is nothing there", async () => {
	const there = house.client(), here = operatorClient(house);
	const [, session] = [...admin.cookies].find(([name]) => name === "__Host-session");
	for (const [name, value] of [["__Host-session", session], [COOKIE, session]]) {
		here.cookies = new Map([[name, value]]);
		assert.equal((await here.get(TENANTS)).problem, "sign_in_needed", name);
	}
	const token = boss.cookies.get(COOKIE);
	for (const name of [COOKIE, "__Host-session"]) {
		there.cookies = new Map([[name, token]]);
		assert.equal((await there.get("/api/v1/contract")).problem, "sign_in_needed", name);
	}
});

test("each listener has its own routes, pages and API document, and nothing of the other's", async () => {
	const there = house.client();
	for (const path of ["/api/v1/tenants", "/api/v1/operator-log", "/api/v1/tenants.csv", "/operator/ja/", "/operator"]) assert.equal((await there.get(path)).status, 404, path);
	for (const path of ["/api/v1/members", "/api/v1/visits", "/api/v1/today", "/api/v1/live", "/admin/ja/", "/tablet", "/status", "/v/AAAAAAAAAAAAAAAAAAAAAAAAAA"])
		assert.equal((await boss.get(path)).status, 404, path);
	assert.equal(must(await boss.get("/"), 302).headers.location, "/operator/ja/");
	const page = must(await boss.get("/operator/en/"), 200);
	assert.match(page.headers["content-security-policy"], /default-src 'none'; script-src 'self'/);
	assert.match(String(must(await boss.get("/api/openapi.yaml"), 200).body), /Genkan for its operator/);
	assert.match(String(must(await there.get("/api/openapi.yaml"), 200).body), /title: Genkan\n/);
});

test("every route wants a session, and all but the second factor want it shown", async () => {
	assert.ok(routes.length > 25);
	const stranger = operatorClient(house);
	const other = new Operator(house);
	await other.make();
	must(await other.signUp(), 204);
	await other.enrol(await other.begun());
	const half = await other.begun();
	const id = "00000000-0000-7000-8000-000000000000";
	for (const { method, path, credential } of routes) {
		const at = path.replace("{id}", id);
		const ask = (client) => client.send(method, at, { key: true, json: ["POST", "PUT"].includes(method) && !/suspension|totp-enrolment$/.test(path) ? {} : undefined });
		if (credential === "ANYONE") continue;
		assert.equal((await ask(stranger)).problem, "sign_in_needed", `${method} ${path}`);
		if (path === "/api/v1/sessions/current") continue;
		const answer = await ask(half);
		if (credential === "PENDING") assert.equal(answer.problem, "invalid", `${method} ${path}`);
		else assert.equal(answer.problem, "second_factor_needed", `${method} ${path}`);
		if (["PENDING", "ENROLLING"].includes(credential)) {
			assert.equal((await ask(boss)).problem, "not_allowed", `${method} ${path}`);
			continue;
		}
		const allowed = await ask(boss);
		assert.ok([200, 404, 422].includes(allowed.status), `${method} ${path}: ${allowed}`);
	}
	assert.ok((await lines("&result=refused")).some(({ result }) => result === "second_factor_needed"));
});

test("a database that is away is 503, and everything goes on afterwards", async () => {
	await house.sv("stop", "postgres");
	assert.equal((await boss.get(TENANTS)).status, 503);
	await house.sv("start", "postgres");
	await until(async () => (await boss.get(TENANTS)).status === 200, "tenants again");
});
