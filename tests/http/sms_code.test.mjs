// Codes by SMS as a second factor, through a gateway that is a real HTTPS
// receiver.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { must } from "../../scripts/lib/client.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { startReceiver } from "../lib/receiver.mjs";
import { until } from "../lib/smtp.mjs";
import { activeTenant } from "../lib/tenant.mjs";

let receiver, house, ours, admin, gateway;
before(async () => {
	receiver = await startReceiver();
	house = await startInstallation(receiver.settings);
	ours = await activeTenant(house);
	admin = await ours.signedIn();
	gateway = must(await admin.post("/api/v1/channels", { kind: "sms", name: "SMS", url: receiver.url("/sms"), token: "gateway-token-1",
		template: '{"to":"{number}","messages":[{"body":"{text}"}],"from":"Genkan"}' }), 201).json;
});
after(async () => { await house?.stop(); await receiver?.stop(); });

const refused = (answer, status, problem) => {
	assert.equal(`${answer.status} ${answer.problem}`, `${status} ${problem}`);
	return answer;
};
const current = (what) => `/api/v1/sessions/current/${what}`;
const forget = () => ours.sql("DELETE FROM guess");
const ask = (client, what, json) => client.send("POST", current(what), { json });
/** The code in what the gateway was sent n-th (from 0). */
const message = (n, path = "/sms") => until(() => receiver.to(path)[n], `message ${n} at ${path}`);
const codeIn = (text) => /\b(\d{6})\b/.exec(text)[1];
const show = async (client, json) => {
	const answer = await ask(client, "totp", json);
	if (answer.status === 201) client.csrf = answer.json.csrf_token;
	return answer;
};
const begin = async (who) => {
	const client = ours.client();
	client.csrf = must(await ours.signIn(who, client), 202).json.csrf_token;
	return client;
};
const enrol = async (client, phone, json = {}) => {
	const sent = receiver.to("/sms").length;
	must(await ask(client, "phone-enrolment", { phone, ...json }), 204);
	const r = await message(sent);
	const done = must(await client.put(current("phone-enrolment"), { code: codeIn(JSON.parse(r.body).messages[0].body) }), 200).json;
	client.csrf = done.csrf_token;
	return { request: r, codes: done.recovery_codes };
};

test("a number is confirmed by the code that comes to it, through the gateway as it wants to be asked", async () => {
	const who = await ours.member(admin);
	const client = await ours.signedIn(who);
	const { request, codes } = await enrol(client, "090-1234-5678");
	assert.equal(request.method, "POST");
	assert.equal(request.headers.authorization, "Bearer gateway-token-1");
	assert.equal(request.headers["content-type"], "application/json");
	const body = JSON.parse(request.body);
	assert.deepEqual([body.to, body.from, body.messages.length], ["+819012345678", "Genkan", 1]);
	assert.match(body.messages[0].body, /^試験 株式会社 .*\d{6}/);
	assert.equal(codes.length, 10);
	const { sms, totp, phone_end } = must(await client.get(current("second-factor")), 200).json;
	assert.deepEqual([sms, totp, phone_end], [true, false, "5678"]);

	const later = await begin(who);
	assert.deepEqual(must(await later.get("/api/v1/sessions/current"), 200).json.second_factor, { totp: false, sms: true, sms_possible: true, phone_end: "5678", recovery_codes: true });
	const sent = receiver.to("/sms").length;
	must(await ask(later, "sms-codes"), 204);
	const code = codeIn(JSON.parse((await message(sent)).body).messages[0].body);
	must(await show(later, { sms_code: `${code.slice(0, 3)} ${code.slice(3)}` }), 201);
	must(await later.get("/api/v1/offices"), 200);
	refused(await show(await begin(who), { sms_code: code }), 401, "second_factor_failed");
	const dump = ours.sql("SELECT string_agg(x, ' ') FROM (SELECT s::text AS x FROM second_factor s UNION ALL SELECT c::text FROM channel c UNION ALL SELECT o::text FROM outbox o) AS rows");
	for (const word of ["9012345678", code, "gateway-token-1"]) assert.ok(!dump.includes(word) && !dump.includes(Buffer.from(word).toString("hex")), word);
});

test("five tries at a code, then another is needed; a new one ends the old; five minutes end both", async () => {
	const who = await ours.member(admin);
	await enrol(await ours.signedIn(who), "+1 202-555-0123");
	const client = await begin(who);
	const send = async () => {
		const sent = receiver.to("/sms").length;
		must(await ask(client, "sms-codes"), 204);
		return codeIn(JSON.parse((await message(sent)).body).messages[0].body);
	};
	const first = await send();
	for (let i = 0; i < 5; i++) refused(await show(client, { sms_code: first === "000001" ? "000002" : "000001" }), 401, "second_factor_failed");
	refused(await show(client, { sms_code: first }), 429, "wait");
	forget();
	refused(await show(client, { sms_code: first }), 401, "second_factor_failed");
	const second = await send(), third = await send();
	if (second !== third) refused(await show(client, { sms_code: second }), 401, "second_factor_failed");
	ours.sql("UPDATE second_factor SET code_until = code_until - interval '5 minutes' WHERE code_until IS NOT NULL");
	refused(await show(client, { sms_code: third }), 401, "second_factor_failed");
	must(await show(client, { sms_code: await send() }), 201);
});

test("after five messages the next has to wait, whatever the number", async () => {
	forget();
	const who = await ours.member(admin);
	const client = await ours.signedIn(who);
	for (let i = 0; i < 5; i++) must(await ask(client, "phone-enrolment", { phone: `090-0000-000${i}` }), 204);
	const locked = refused(await ask(client, "phone-enrolment", { phone: "090-0000-0009" }), 429, "wait");
	assert.ok(locked.json.retry_after > 600);
	refused(await client.put(current("phone-enrolment"), { code: "000000" }), 401, "second_factor_failed");
});

test("who has a second factor shows it before the number changes, and a number is one", async () => {
	forget();
	const who = await ours.member(admin);
	const client = await ours.signedIn(who);
	assert.deepEqual(refused(await ask(client, "phone-enrolment", { phone: "what" }), 422, "invalid").json.errors, [{ pointer: "/phone", name: "bad_format" }]);
	refused(await client.put(current("phone-enrolment"), { code: "123456" }), 410, "enrolment_over");
	const { codes } = await enrol(client, "090-1111-2222");
	refused(await ask(client, "phone-enrolment", { phone: "090-3333-4444" }), 422, "invalid");
	assert.deepEqual((await enrol(client, "090-3333-4444", { recovery_code: codes[0] })).codes, []);
	assert.equal(must(await client.get(current("second-factor")), 200).json.phone_end, "4444");
	const half = await begin(who);
	refused(await ask(half, "phone-enrolment", { phone: "090-5555-6666", recovery_code: codes[1] }), 403, "second_factor_needed");
});

test("a gateway's template has both placeholders in its format, and its token is shown to nobody", async () => {
	const make = (what) => admin.post("/api/v1/channels", { kind: "sms", name: "x", url: receiver.url("/x"), token: "t", template: '{"a":"{number}{text}"}', ...what });
	const errors = async (what) => refused(await make(what), 422, "invalid").json.errors.map((e) => `${e.pointer} ${e.name}`).sort();
	for (const template of ['{"a":"{number}"}', "to={number}&text={text}", '["{number}{text}"]', '{"a":"{number}{text}"'])
		assert.deepEqual(await errors({ template }), ["/template bad_format"], template);
	assert.deepEqual(await errors({ format: "form", template: "to={number} {text}" }), ["/template bad_format"]);
	assert.deepEqual(await errors({ token: "a b" }), ["/token bad_format"]);
	assert.deepEqual(await errors({ token: undefined, template: undefined }), ["/template missing", "/token missing"]);
	assert.deepEqual(await errors({ kind: "slack" }), ["/template unknown", "/token unknown"]);
	assert.ok(!must(await admin.get("/api/v1/channels"), 200).body.includes("gateway-token-1"));
	refused(await admin.post(`/api/v1/channels/${gateway.id}/tests`), 404, "not_found");
});

test("only a system administrator makes or moves a gateway, and its token moves with nobody", async () => {
	const operations = await ours.signedIn(await ours.member(admin, ["operations_admin"]));
	const what = { kind: "sms", name: "x", url: receiver.url("/theirs"), token: "t", template: '{"a":"{number}","b":"{text}"}' };
	refused(await operations.post("/api/v1/channels", what), 403, "not_allowed");
	const edit = async (client, c, json) => client.patch(`/api/v1/channels/${c.id}`, { version: must(await admin.get("/api/v1/channels"), 200).json.items.find(({ id }) => id === c.id).version, ...json });
	for (const json of [{ url: receiver.url("/theirs"), token: "t" }, { state: "off" }, { name: "x" }]) refused(await edit(operations, gateway, json), 403, "not_allowed");
	assert.deepEqual(refused(await edit(admin, gateway, { url: receiver.url("/theirs") }), 422, "invalid").json.errors, [{ pointer: "/token", name: "missing" }]);
	const chat = must(await operations.post("/api/v1/channels", { kind: "slack", name: "chat", url: receiver.url("/chat") }), 201).json;
	assert.deepEqual(refused(await edit(operations, chat, { token: "t" }), 422, "invalid").json.errors, [{ pointer: "/token", name: "unknown" }]);
	forget();
	must(await edit(admin, gateway, { url: receiver.url("/moved"), token: "moved-token" }), 200);
	must(await ask(await ours.signedIn(await ours.member(admin)), "phone-enrolment", { phone: "090-7777-8888" }), 204);
	assert.equal((await message(0, "/moved")).headers.authorization, "Bearer moved-token");
	must(await edit(admin, gateway, { url: receiver.url("/sms"), token: "gateway-token-1" }), 200);
});

test("a form is escaped as forms are; without a gateway nothing is promised", async () => {
	const turn = async (c, state) => {
		const { version } = must(await admin.get("/api/v1/channels"), 200).json.items.find(({ id }) => id === c.id);
		must(await admin.patch(`/api/v1/channels/${c.id}`, { version, state }), 200);
	};
	await turn(gateway, "off");
	forget();
	const client = await ours.signedIn(await ours.member(admin));
	assert.equal(must(await client.get(current("second-factor")), 200).json.sms_possible, false);
	refused(await ask(client, "phone-enrolment", { phone: "090-1234-5678" }), 409, "sms_away");
	refused(await ask(client, "sms-codes"), 409, "sms_away");
	must(await admin.post("/api/v1/channels", { kind: "sms", name: "form", url: receiver.url("/form"), token: "t2", format: "form", template: "to={number}&body={text}&x=1" }), 201);
	must(await ask(client, "phone-enrolment", { phone: "090-1234-5678" }), 204);
	const { headers, body } = await message(0, "/form");
	assert.equal(headers["content-type"], "application/x-www-form-urlencoded");
	const form = new URLSearchParams(body);
	assert.deepEqual([...form.keys()], ["to", "body", "x"]);
	assert.equal(form.get("to"), "+819012345678");
	must(await client.put(current("phone-enrolment"), { code: codeIn(form.get("body")) }), 200);
});
