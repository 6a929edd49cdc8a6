// What every route has in common: who may send what, how wrong things are
// named, and that each request is done once and wholly or not at all.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import tls from "node:tls";
import { must, newKey } from "../../scripts/lib/client.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { activeTenant } from "../lib/tenant.mjs";

let house, tenant, admin, office, other;
before(async () => {
	house = await startInstallation();
	tenant = await activeTenant(house);
	admin = await tenant.signedIn();
	office = await tenant.office(admin);
	other = await activeTenant(house);
});
after(() => house?.stop());

const refused = (answer, status, problem) => {
	assert.equal(`${answer.status} ${answer.problem}`, `${status} ${problem}`);
	assert.match(answer.headers["content-type"], /^application\/problem\+json/);
	assert.equal(answer.json.status, status);
	assert.ok(answer.json.title.length > 0 && answer.json.detail.length > 0);
	assert.match(answer.json.instance, /^\/requests\/[A-Z2-7]{26}$/);
	return answer;
};
const wrong = (answer) => refused(answer, 422, "invalid").json.errors.map((e) => `${e.pointer} ${e.name}`).sort();
const department = (what) => ({ name: `部署 ${newKey()}`, members: [], ...what });
const count = () => Number(tenant.sql("SELECT count(*) FROM department WHERE tenant_id = current_setting('app.tenant_id')::uuid"));

// --- addresses -------------------------------------------------------------------

test("an unknown address is 404, a known one with another method 405 and says which", async () => {
	refused(await admin.get("/api/v1/nothing"), 404, "not_found");
	refused(await admin.get("/api/v1/visits/"), 404, "not_found");
	refused(await admin.get("/api/v1/offices/1"), 404, "not_found");
	refused(await admin.get(`/api/v1/offices/${office.id.toUpperCase()}`), 404, "not_found");
	assert.equal(refused(await admin.delete("/api/v1/offices"), 405, "method_not_allowed").headers.allow, "GET, HEAD, POST");
	assert.equal(refused(await admin.send("OPTIONS", "/healthz"), 405, "method_not_allowed").headers.allow, "GET, HEAD");
	assert.equal((await admin.send("HEAD", "/healthz")).status, 200);
});

test("what another tenant has is as unknown as what nobody has", async () => {
	const stranger = await other.signedIn();
	const there = await stranger.get(`/api/v1/offices/${office.id}`);
	const nowhere = await stranger.get("/api/v1/offices/01900000-0000-7000-8000-000000000000");
	refused(there, 404, "not_found");
	assert.deepEqual({ ...there.json, instance: "" }, { ...nowhere.json, instance: "" });
});

// --- who may ---------------------------------------------------------------------

test("an unsafe request needs the exact Origin", async () => {
	for (const origin of [undefined, "null", "https://evil.example", `${admin.base.origin}/`, `${admin.base.origin}.evil.example`,
		admin.base.origin.replace("https", "http"), admin.base.origin.toUpperCase()])
		refused(await admin.post("/api/v1/departments", department(), { headers: { origin } }), 403, "origin_refused");
	must(await admin.get("/api/v1/departments", { headers: { origin: "https://evil.example" } }), 200);
});

test("an unsafe request with a session needs its CSRF token", async () => {
	const stranger = await other.signedIn();
	for (const token of [undefined, "", "x", admin.csrf.slice(1), `${admin.csrf}x`, stranger.csrf])
		refused(await admin.post("/api/v1/departments", department(), { headers: { "x-csrf-token": token } }), 403, "csrf_refused");
	must(await admin.post("/api/v1/departments", department()), 201);
});

test("forged, foreign, doubled and torn cookies are nobody", async () => {
	const client = tenant.client();
	const cookie = admin.cookies.get("__Host-session");
	for (const value of ["", "x", cookie.slice(0, -1), `${cookie}A`, cookie.replace(tenant.tag, other.tag), cookie.replace(".", ""),
		`${tenant.tag}.${"A".repeat(52)}`, "AAAAAA.".padEnd(59, "A"), "'; DROP TABLE session; --", `${cookie}; __Host-session=${cookie}`]) {
		client.cookies.set("__Host-session", value);
		refused(await client.get("/api/v1/members"), 401, "sign_in_needed");
	}
	refused(await client.get("/api/v1/members", { headers: { cookie: `__host-session=${cookie}` } }), 401, "sign_in_needed");
	refused(await client.get("/api/v1/members", { headers: { cookie: undefined, authorization: `Bearer ${cookie}` } }), 401, "key_refused");
});

test("a role decides, and a tablet is no member", async () => {
	const plain = await tenant.member(admin);
	const member = await tenant.signedIn(plain);
	refused(await member.post("/api/v1/departments", department()), 403, "not_allowed");
	refused(await member.get("/api/v1/devices"), 403, "not_allowed");
	must(await member.get("/api/v1/offices"), 200);
	const tablet = await tenant.tablet(admin, office.id);
	refused(await tablet.get("/api/v1/visits"), 401, "sign_in_needed");
	refused(await tablet.get("/api/v1/today?office_id=" + office.id), 401, "sign_in_needed");
	must(await tablet.get("/api/v1/device-sessions/current"), 200);
});

// --- bodies ----------------------------------------------------------------------

test("only application/json is JSON", async () => {
	for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "multipart/form-data; boundary=x", "application/json5", ""])
		refused(await admin.send("POST", "/api/v1/departments", { body: JSON.stringify(department()), type, key: true }), 415, "wrong_type");
	must(await admin.send("POST", "/api/v1/departments", { body: JSON.stringify(department()), type: "Application/JSON; charset=utf-8", key: true }), 201);
});

test("what is no JSON object is malformed", async () => {
	const before = count();
	const name = "x";
	for (const body of ["{", "}", "[]", "null", "1", '"text"', "{}{}", '{"name":"a","name":"b","members":[]}', '{"name":"a","members":[],}',
		"{'name':'a'}", '{"name":"\\ud800","members":[]}', '{"name":"\\u0000","members":[]}', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
		Buffer.from('{"name":"\xc0\xaf"}', "latin1"), `{"a":${"[".repeat(17)}${"]".repeat(17)}}`, `{"a":${"[".repeat(100000)}`,
		'{"name":"a","members":1e999999}', '{"people":99999999999999999999999999}', `{"name":"${name}","members":[]} x`, "\ufeff{}"])
		refused(await admin.send("POST", "/api/v1/departments", { body, key: true }), 400, "malformed");
	assert.equal(count(), before);
});

test("a body over its route's limit is refused", async () => {
	const answer = await admin.send("PATCH", `/api/v1/visits/${office.id}`, { body: JSON.stringify({ version: 1, name: "x".repeat(17000) }) });
	refused(answer, 413, "too_large");
});

test("wrong fields are named, all at once, by pointer", async () => {
	const before = count();
	assert.deepEqual(wrong(await admin.post("/api/v1/departments", { name: 5, members: ["x", 7], more: 1, "a/b~c": 2 })),
		["/a~1b~0c unknown", "/members/0 bad_format", "/members/1 wrong_type", "/more unknown", "/name wrong_type"]);
	assert.deepEqual(wrong(await admin.post("/api/v1/departments", {})), ["/members missing", "/name missing"]);
	assert.deepEqual(wrong(await admin.post("/api/v1/departments", department({ name: "x".repeat(101) }))), ["/name too_long"]);
	for (const name of ["a\u0007b", "a\u202eb", "a\r\nBcc: x", "a\u2028b", "a\u0085b", "\u2066x"])
		assert.deepEqual(wrong(await admin.post("/api/v1/departments", department({ name }))), ["/name unclean"]);
	for (const name of ["", "  ", "\u3000", null])
		assert.deepEqual(wrong(await admin.post("/api/v1/departments", department({ name }))), ["/name missing"]);
	assert.equal(count(), before);
	must(await admin.post("/api/v1/departments", department({ name: " 総務 👨‍👩‍👧 \u3000" })), 201);
});

test("unknown, doubled and wrong parameters are refused", async () => {
	assert.deepEqual(wrong(await admin.get("/api/v1/members?color=red")), ["?color unknown"]);
	assert.deepEqual(wrong(await admin.get("/api/v1/members?limit=0")), ["?limit out_of_range"]);
	assert.deepEqual(wrong(await admin.get("/api/v1/members?limit=abc")), ["?limit bad_format"]);
	refused(await admin.get("/api/v1/members?q=a&q=b"), 400, "malformed");
	refused(await admin.get("/api/v1/members?q=%ff"), 400, "malformed");
	refused(await admin.get("/api/v1/members?q=%00"), 400, "malformed");
	refused(await admin.get("/api/v1/members?q=%4"), 400, "malformed");
	must(await admin.get("/api/v1/members?q=%E5%B1%B1+"), 200);
});

test("a problem speaks the language that was asked for", async () => {
	const title = async (accept) => (await admin.get("/api/v1/nothing", { headers: { "accept-language": accept } })).json.title;
	const ja = await title("ja"), en = await title("en");
	assert.notEqual(ja, en);
	assert.equal(await title(undefined), ja);
	assert.equal(await title("fr"), ja);
	assert.equal(await title("en-GB,en;q=0.9,ja;q=0.8"), en);
	assert.equal(await title("en;q=0.1, ja"), ja);
});

// --- headers ---------------------------------------------------------------------

test("every answer carries what keeps browsers safe, and its request's number", async () => {
	for (const answer of [await admin.get("/api/v1/offices"), await admin.get("/api/v1/nothing"), await admin.get("/tablet"), await admin.get("/admin/ja/")]) {
		const h = answer.headers;
		assert.equal(h["x-content-type-options"], "nosniff");
		assert.equal(h["referrer-policy"], "no-referrer");
		assert.equal(h["cross-origin-opener-policy"], "same-origin");
		assert.equal(h["cross-origin-resource-policy"], "same-origin");
		assert.match(h["content-security-policy"], /default-src 'none'/);
		assert.doesNotMatch(h["content-security-policy"], /unsafe|\*/);
		assert.match(h["content-security-policy"], /frame-ancestors 'none'/);
	}
	assert.equal((await admin.get("/api/v1/offices")).headers["cache-control"], "no-store");
	const id = (await admin.get("/api/v1/offices")).headers["x-request-id"];
	assert.match(id, /^[A-Z2-7]{26}$/);
	for (let left = 200; left > 0 && !house.log("web").includes(`"request":"${id}"`); left--) await new Promise((resolve) => setTimeout(resolve, 50));
	assert.ok(house.log("web").includes(`"request":"${id}"`));
	assert.match((await admin.get("/tablet")).headers["permissions-policy"], /camera=\(self\)/);
	assert.match((await admin.get("/admin/ja/")).headers["permissions-policy"], /camera=\(\)/);
});

test("pages are asked for again and answered 304, their parts are kept for ever", async () => {
	const page = must(await admin.get("/admin/ja/"), 200);
	assert.equal(page.headers["cache-control"], "no-cache");
	const again = await admin.get("/admin/ja/", { headers: { "if-none-match": page.headers.etag } });
	assert.equal(again.status, 304);
	assert.equal(again.body.length, 0);
	const [part] = /\/assets\/[a-z_]+-[0-9a-f]{10}\.(js|css)/.exec(page.body.toString());
	const plain = must(await admin.get(part), 200);
	assert.match(plain.headers["cache-control"], /max-age=31536000, immutable/);
	const br = must(await admin.get(part, { headers: { "accept-encoding": "gzip, deflate, br" } }), 200);
	assert.equal(br.headers["content-encoding"], "br");
	assert.ok(br.body.length < plain.body.length);
	assert.equal((await admin.get(part, { headers: { "accept-encoding": "gzip" } })).headers["content-encoding"], "gzip");
	assert.equal((await admin.get(part, { headers: { "accept-encoding": "br;q=0, identity" } })).headers["content-encoding"], undefined);
	refused(await admin.get("/assets/../manifest.json"), 404, "not_found");
	refused(await admin.get("/assets/%2e%2e/manifest.json"), 404, "not_found");
	assert.equal((await admin.get("/", { headers: { "accept-language": "en" } })).headers.location, "/admin/en/");
});

// --- once ------------------------------------------------------------------------

test("the same key and body get the first answer again, and nothing is done twice", async () => {
	const key = newKey(), body = department(), before = count();
	const first = must(await admin.post("/api/v1/departments", body, { key }), 201);
	const second = must(await admin.post("/api/v1/departments", body, { key }), 201);
	assert.deepEqual(second.json, first.json);
	assert.equal(count(), before + 1);
	assert.doesNotMatch(tenant.sql("SELECT encode(answer_cell, 'escape') FROM idempotency"), /部署/);
});

test("a key is its owner's, and for one request", async () => {
	const key = newKey(), body = department();
	must(await admin.post("/api/v1/departments", body, { key }), 201);
	refused(await admin.post("/api/v1/departments", department(), { key }), 422, "idempotency_key_reused");
	refused(await admin.post("/api/v1/offices", { name: "x", phone: "1" }, { key }), 422, "idempotency_key_reused");
	const second = await tenant.member(admin, ["account_admin"]);
	must(await (await tenant.signedIn(second)).post("/api/v1/departments", department(), { key }), 201);
	for (const bad of [false, "short", "x".repeat(65), "with space 123", "semi;colon"])
		refused(await admin.post("/api/v1/departments", department(), { key: bad }), 400, "idempotency_key_missing");
});

test("twenty at one instant under one key do it once", async () => {
	const key = newKey(), body = department(), before = count();
	const clients = await Promise.all(Array.from({ length: 4 }, () => tenant.signedIn()));
	const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => clients[i % 4].post("/api/v1/departments", body, { key })));
	assert.equal(count(), before + 1);
	const made = answers.filter((a) => a.status === 201);
	assert.ok(made.length >= 1);
	assert.equal(new Set(made.map((a) => a.json.id)).size, 1);
	for (const a of answers) if (a.status !== 201) refused(a, 409, "in_progress");
	must(await admin.post("/api/v1/departments", body, { key }), 201);
	assert.equal(count(), before + 1);
});

test("answers a day old are dropped by and by", async () => {
	tenant.sql("UPDATE idempotency SET created_at = now() - interval '25 hours' WHERE tenant_id = current_setting('app.tenant_id')::uuid");
	const old = () => Number(tenant.sql("SELECT count(*) FROM idempotency WHERE created_at < now() - interval '1 day' AND tenant_id = current_setting('app.tenant_id')::uuid"));
	const before = old();
	assert.ok(before > 0);
	must(await admin.post("/api/v1/departments", department()), 201);
	assert.equal(old(), Math.max(0, before - 10));
});

test("a refusal is kept under no key: mended, the same key does it", async () => {
	const key = newKey();
	refused(await admin.post("/api/v1/departments", {}, { key }), 422, "invalid");
	must(await admin.post("/api/v1/departments", department(), { key }), 201);
});

/** Has the server read all that the client at that port has sent?  By the kernel's queues, proc(5). */
const isRead = (port) => ["tcp", "tcp6"].flatMap((file) => readFileSync(`/proc/net/${file}`, "utf8").split("\n").slice(1)).every((line) => {
	const [, local, remote, , queues] = line.trim().split(/\s+/);
	const [sending, receiving] = (queues ?? "").split(":").map((hex) => parseInt(hex, 16));
	const isAt = (address) => parseInt(address?.split(":")[1] ?? "", 16) === port;
	return !(isAt(local) && sending > 0) && !(isAt(remote) && receiving > 0);
});

test("who leaves before the answer has asked all the same, and leaves no transaction open", async () => {
	const before = count();
	for (let i = 0; i < 10; i++) {
		const body = JSON.stringify(department());
		const socket = tls.connect({ host: "127.0.0.1", port: house.port, servername: "localhost", ca: house.ca });
		await new Promise((resolve) => socket.once("secureConnect", resolve));
		await new Promise((resolve) => socket.write(`POST /api/v1/departments HTTP/1.1\r\nHost: localhost:${house.port}\r\nOrigin: ${admin.base.origin}\r\n` +
			`Cookie: __Host-session=${admin.cookies.get("__Host-session")}\r\nX-CSRF-Token: ${admin.csrf}\r\nIdempotency-Key: ${newKey()}\r\n` +
			`Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`, resolve));
		// Leaving resets the connection, which takes back what the server has not read yet.
		for (let left = 200; !isRead(socket.localPort) && left > 0; left--) await new Promise((resolve) => setTimeout(resolve, 50));
		socket.destroy();
	}
	for (let left = 200; count() < before + 10 && left > 0; left--) await new Promise((resolve) => setTimeout(resolve, 50));
	assert.equal(count(), before + 10);
	assert.equal(house.psql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'genkan_web' AND state LIKE 'idle in transaction%'"), "0");
	must(await admin.get("/api/v1/offices"), 200);
});

// --- service ---------------------------------------------------------------------

test("health, readiness and metrics say how it is, and the log names no path and nobody", async () => {
	must(await admin.get("/healthz"), 200);
	assert.deepEqual(must(await admin.get("/readyz"), 200).json, { degraded: [] });
	const metrics = must(await admin.get("/metrics"), 200).body.toString();
	assert.match(metrics, /^genkan_requests_total\{method="POST",route="\/api\/v1\/departments",status="2xx"\} \d+$/m);
	assert.match(metrics, /^genkan_worker_starts_total 2$/m);
	refused(await admin.get("/metrics", { headers: { "x-forwarded-for": "10.0.0.1" } }), 403, "not_allowed");
	await admin.get(`/api/v1/offices/${office.id}`);
	const log = house.log("web");
	assert.match(log, /"route":"\/api\/v1\/offices\/\{id\}"/);
	for (const secret of [office.id, tenant.email, "総務", admin.csrf, admin.cookies.get("__Host-session").slice(7)])
		assert.ok(!log.includes(secret), secret);
	for (const line of log.trim().split("\n")) JSON.parse(line);
});
