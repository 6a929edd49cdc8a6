// API keys: what they may, who makes them, how often they are served; and that
// one company's flood leaves the others served.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { must, newKey } from "../../scripts/lib/client.mjs";
import { api } from "../lib/api.mjs";
import { at, body, book } from "../lib/guest.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { activeTenant } from "../lib/tenant.mjs";

const SCOPES = api.components.schemas.Scope.enum;

let house, tenant, admin, office, other;
before(async () => {
	house = await startInstallation({ GENKAN_TENANT_RATE: "50" });
	tenant = await activeTenant(house);
	admin = await tenant.signedIn();
	office = await tenant.office(admin);
	other = await activeTenant(house);
});
after(() => house?.stop());

const refused = (answer, status, problem) => {
	assert.equal(`${answer.status} ${answer.problem}`, `${status} ${problem}`);
	return answer;
};
const make = async (scopes, what = {}) => must(await admin.post("/api/v1/api-keys", { name: "連携", scopes, days: 30, ...what }), 201).json;
/** Another system: no cookies, no Origin. */
const system = (token, owner = tenant) => {
	const client = owner.client();
	const { send } = Object.getPrototypeOf(client);
	client.bearer = token;
	client.send = (method, path, what = {}) => send.call(client, method, path, { ...what, headers: { origin: undefined, ...what.headers } });
	return client;
};
const me = async () => must(await admin.get("/api/v1/sessions/current"), 200).json.member.id;

test("a key is shown once, and only its hash is kept", async () => {
	const made = await make(["visits:read", "offices:read", "visits:read"], { name: " 勤怠 " });
	assert.match(made.token, new RegExp(`^${tenant.tag}\\.[A-Z2-7]{52}$`));
	assert.deepEqual(made.scopes, ["offices:read", "visits:read"]);
	const { token, ...kept } = made;
	assert.deepEqual(must(await admin.get("/api/v1/api-keys"), 200).json.items, [kept]);
	assert.equal(kept.name, "勤怠");
	assert.deepEqual(kept.created_by, { id: await me(), name: must(await admin.get("/api/v1/sessions/current"), 200).json.member.name, left: false });
	assert.equal(kept.used_at, null);
	assert.equal(Math.round((Date.parse(kept.expires_at) - Date.parse(kept.created_at)) / 86_400_000), 30);
	assert.equal(tenant.sql(`SELECT count(*) FROM api_key k WHERE k::text LIKE '%${token.slice(7)}%'`), "0");
	assert.ok(!house.log("web").includes(token.slice(7)));
	must(await system(token).get("/api/v1/offices"), 200);
	assert.ok(must(await admin.get("/api/v1/api-keys"), 200).json.items[0].used_at);
	const used = tenant.sql(`SELECT used_at FROM api_key WHERE id = '${kept.id}'`);
	must(await system(token).get("/api/v1/offices"), 200);
	assert.equal(tenant.sql(`SELECT used_at FROM api_key WHERE id = '${kept.id}'`), used, "noted once a minute");
});

test("what is shown once is not kept for who asks again with the same idempotency key", async () => {
	const kept = (key) => tenant.sql(`SELECT status, answer_cell IS NULL FROM idempotency WHERE key = '${key}'`);
	const webhook = { kind: "webhook", name: "x", url: "https://hooks.example.com/x" };
	for (const [path, json, table] of [["api-keys", { name: "once", scopes: ["visits:read"], days: 1 }, "api_key"], ["devices", { name: "once", office_id: office.id }, "device"], ["channels", webhook, "channel"]]) {
		const key = newKey(), count = () => tenant.sql(`SELECT count(*) FROM ${table}`);
		const made = must(await admin.post(`/api/v1/${path}`, json, { key }), 201).json;
		assert.ok(made.token ?? made.code ?? made.secret, path);
		const there = count();
		const again = refused(await admin.post(`/api/v1/${path}`, json, { key }), 409, "shown_once");
		assert.match(again.json.detail, /もう一度作成/);
		assert.equal(kept(key), "201|t", path);
		assert.equal(count(), there, "and nothing is made");
		refused(await admin.post(`/api/v1/${path}`, { ...json, name: "other" }, { key }), 422, "idempotency_key_reused");
	}
	// Without a secret in it the answer is given again.
	const key = newKey(), chat = { ...webhook, kind: "slack" };
	const first = must(await admin.post("/api/v1/channels", chat, { key }), 201).json;
	assert.deepEqual(must(await admin.post("/api/v1/channels", chat, { key }), 201).json, first);
	assert.equal(kept(key), "201|f");
});

test("what is asked of a key is checked by name", async () => {
	const wrong = async (what) => refused(await admin.post("/api/v1/api-keys", { name: "x", scopes: ["visits:read"], days: 1, ...what }), 422, "invalid")
		.json.errors.map((e) => `${e.pointer} ${e.name}`);
	assert.deepEqual(await wrong({ name: "" }), ["/name missing"]);
	assert.deepEqual(await wrong({ scopes: [] }), ["/scopes too_few"]);
	assert.deepEqual(await wrong({ scopes: ["visits:read", "settings:write"] }), ["/scopes/1 no_choice"]);
	assert.deepEqual(await wrong({ days: 731 }), ["/days out_of_range"]);
	assert.deepEqual(await wrong({ days: 0 }), ["/days out_of_range"]);
});

test("every route that keys may use has one scope, and no other scope will do", async () => {
	const all = {};
	for (const scope of SCOPES) {
		const only = await make([scope]), but = await make(SCOPES.filter((s) => s !== scope));
		all[scope] = [system(only.token), system(but.token)];
	}
	const used = new Set();
	for (const [path, operations] of Object.entries(api.paths))
		for (const [method, operation] of Object.entries(operations).filter(([, o]) => o.operationId)) {
			if (!path.startsWith("/api/") || path === "/api/v1/live") continue;
			const scopes = (operation.security ?? []).flatMap((s) => s.key ?? []);
			const ask = (client) => client.send(method.toUpperCase(), path.replace(/\{\w+\}/g, "0190a3c2-0000-7000-8000-0000000000ff"),
				{ json: operation.requestBody ? {} : undefined, key: method === "post" });
			const at = `${method} ${path}`;
			if (scopes.length === 0) {
				if ((operation.security ?? ["session"]).length === 0) continue;
				const answer = await ask(all["visits:read"][1]);
				assert.ok(["sign_in_needed", "origin_refused", "wrong_type", "malformed"].includes(answer.problem), `${at}: ${answer}`);
				continue;
			}
			assert.equal(scopes.length, 1, at);
			used.add(scopes[0]);
			const [only, but] = all[scopes[0]];
			assert.equal(refused(await ask(but), 403, "scope_missing").json.scope, scopes[0], at);
			const answer = await ask(only);
			assert.ok(![401, 403, 500].includes(answer.status), `${at}: ${answer}`);
		}
	assert.deepEqual([...used].sort(), SCOPES);
});

test("no key learns or shows a guest's code", async () => {
	const appointment = await book(admin, office);
	const everything = system((await make(SCOPES)).token);
	const path = `/api/v1/appointments/${appointment.id}/guests/${appointment.guests[0].id}/pass`;
	refused(await everything.get(path), 401, "sign_in_needed");
	refused(await everything.post("/api/v1/check-ins", { code: appointment.guests[0].code }, { headers: { origin: everything.base.origin } }), 401, "sign_in_needed");
	must(await everything.get(`${path}.png`), 200);
	const shown = must(await everything.get(`/api/v1/appointments/${appointment.id}`), 200);
	assert.ok(!shown.body.includes(appointment.guests[0].code));
});

test("what a key makes names its hosts, is done once, and is the key's in the log", async () => {
	const made = await make(["appointments:read", "appointments:write"]);
	const client = system(made.token);
	assert.deepEqual(refused(await client.post("/api/v1/appointments", body(office)), 422, "invalid").json.errors, [{ pointer: "/hosts", name: "missing" }]);
	const key = newKey(), json = body(office, { hosts: [await me()] });
	const first = must(await client.post("/api/v1/appointments", json, { key }), 201).json;
	assert.deepEqual(must(await client.post("/api/v1/appointments", json, { key }), 201).json, first);
	assert.equal(first.created_by, made.id);
	assert.deepEqual(must(await client.get("/api/v1/appointments?mine=true"), 200).json.items.map((a) => a.id), [first.id]);
	assert.ok(must(await client.get("/api/v1/appointments"), 200).json.items.length >= 2, "all of the company's");
	must(await client.put(`/api/v1/appointments/${first.id}`, { ...json, version: first.version, title: "変更", guests: [{ id: first.guests[0].id, name: "山田 太郎" }] }), 200);
	must(await client.delete(`/api/v1/appointments/${first.id}`), 200);
	assert.match(tenant.sql(`SELECT string_agg(DISTINCT action, ' ') FROM operation WHERE actor_kind = 'api_key' AND actor_id = '${made.id}'`), /appointment\.c/);
});

test("a key that is unknown, torn, revoked, expired or another company's is refused alike", async () => {
	const made = await make(["offices:read"]);
	const ask = (token) => system(token).get("/api/v1/offices");
	must(await ask(made.token), 200);
	for (const token of [`${made.token}A`, made.token.slice(0, -1), made.token.replace(tenant.tag, other.tag), "x", `${tenant.tag}.${"A".repeat(52)}`, admin.cookies.get("__Host-session")])
		refused(await ask(token), 401, "key_refused");
	tenant.sql(`UPDATE api_key SET created_at = now() - interval '2 days', expires_at = now() - interval '1 day' WHERE id = '${made.id}'`);
	refused(await ask(made.token), 401, "key_refused");
	assert.equal(must(await admin.get("/api/v1/api-keys"), 200).json.items.find((k) => k.id === made.id).state, "expired");
	const second = await make(["offices:read"]);
	must(await admin.delete(`/api/v1/api-keys/${second.id}`), 204);
	refused(await ask(second.token), 401, "key_refused");
	refused(await admin.delete(`/api/v1/api-keys/${second.id}`), 404, "not_found");
	const theirs = await other.signedIn();
	refused(await theirs.delete(`/api/v1/api-keys/${made.id}`), 404, "not_found");
	assert.deepEqual(must(await theirs.get("/api/v1/api-keys"), 200).json.items, []);
});

test("a key of somebody who has left goes on, and the list says so", async () => {
	const person = await tenant.member(admin, ["system_admin"], "退職 一郎");
	const leaver = await tenant.signedIn(person);
	const made = must(await leaver.post("/api/v1/api-keys", { name: "残る", scopes: ["offices:read"], days: 1 }), 201).json;
	leaver.close();
	tenant.sql(`UPDATE member SET state = 'disabled' WHERE id = '${person.id}'`);
	must(await system(made.token).get("/api/v1/offices"), 200);
	assert.deepEqual(must(await admin.get("/api/v1/api-keys"), 200).json.items.find((k) => k.id === made.id).created_by, { id: person.id, name: "退職 一郎", left: true });
});

test("a key's network is the company's to say, and a key needs no cookie beside it", async () => {
	const { token } = await make(["offices:read"]);
	const { version } = must(await admin.get("/api/v1/settings/networks"), 200).json;
	const rule = must(await admin.put("/api/v1/settings/networks", { version, admin: [], devices: [], api_keys: ["198.51.100.0/24"] }), 200).json;
	refused(await system(token).get("/api/v1/offices"), 403, "address_refused");
	must(await admin.get("/api/v1/offices"), 200);
	must(await admin.put("/api/v1/settings/networks", { version: rule.version, admin: [], devices: [], api_keys: [] }), 200);
	must(await admin.get("/api/v1/offices", { headers: { authorization: `Bearer ${token}`, cookie: undefined } }), 200);
	refused(await admin.get("/api/v1/offices", { headers: { authorization: "Bearer wrong" } }), 401, "key_refused");
});

test("a key is served a hundred times at once and then told when to come back; its neighbours are not", async () => {
	const [one, two] = [system((await make(["offices:read"])).token), system((await make(["offices:read"])).token)];
	const first = must(await one.get("/api/v1/offices"), 200);
	assert.equal(first.headers["ratelimit-limit"], "100");
	assert.ok(Number(first.headers["ratelimit-remaining"]) >= 98);
	let answer;
	for (let i = 0; i < 60 && answer?.status !== 429; i++)
		answer = (await Promise.all(Array.from({ length: 4 }, () => one.get("/api/v1/offices")))).find((a) => a.status === 429);
	refused(answer, 429, "too_many_requests");
	assert.ok(Number(answer.headers["retry-after"]) >= 1);
	assert.equal(answer.json.retry_after, Number(answer.headers["retry-after"]));
	must(await two.get("/api/v1/offices"), 200);
});

test("one company's flood is refused, and another's check-ins are all served", async () => {
	const theirs = await other.signedIn();
	const place = await other.office(theirs);
	const tablet = await other.tablet(theirs, place.id);
	const { guests } = await book(theirs, place, { guests: Array.from({ length: 12 }, (_, i) => ({ name: `来客 ${i}` })), starts_at: at(10), ends_at: at(60) });
	const flood = { answers: 0, refused: 0, over: false };
	const clients = Array.from({ length: 4 }, () => { const c = tenant.client(); c.cookies = admin.cookies; return c; });
	const streams = clients.map(async (client) => {
		while (!flood.over) for (const answer of await Promise.all(Array.from({ length: 4 }, () => client.get("/api/v1/offices")))) {
			flood.answers++;
			if (answer.status === 429) flood.refused++;
			else assert.ok([200, 503].includes(answer.status), `${answer}`);
		}
	});
	try {
		for (const end = Date.now() + 60_000; flood.refused === 0;) {
			assert.ok(Date.now() < end, `${flood.answers} answers and none refused`);
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
		for (const guest of guests) must(await tablet.checkIn({ pass: guest.pass }), 201);
	} finally {
		flood.over = true;
		await Promise.all(streams);
		for (const client of clients) client.close();
	}
	assert.ok(flood.refused > 0);
});

test("only a system administrator sees, makes and revokes keys", async () => {
	const person = await theirsWith(["operations_admin", "account_admin"]);
	refused(await person.get("/api/v1/api-keys"), 403, "not_allowed");
	refused(await person.post("/api/v1/api-keys", { name: "x", scopes: ["visits:read"], days: 1 }), 403, "not_allowed");
	refused(await person.delete("/api/v1/api-keys/0190a3c2-0000-7000-8000-0000000000ff"), 403, "not_allowed");
});
const theirsWith = async (roles) => {
	const chief = await other.signedIn();
	return other.signedIn(await other.member(chief, roles));
};
