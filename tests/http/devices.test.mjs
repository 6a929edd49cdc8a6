// Pairing a tablet, its challenge and its cookies: over the real server, with
// node's crypto as the browser's.
import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { after, before, test } from "node:test";
import { must } from "../../scripts/lib/client.mjs";
import { Tablet } from "../../scripts/lib/tablet.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { activeTenant } from "../lib/tenant.mjs";

let house, ours, theirs, admin, office;
before(async () => {
	house = await startInstallation();
	ours = await activeTenant(house);
	theirs = await activeTenant(house);
	admin = await ours.signedIn();
	office = await ours.office(admin, { name: "本社", guidance: "3階へ" });
});
after(() => house?.stop());

const refused = (answer, status, problem) => {
	assert.equal(`${answer.status} ${answer.problem}`, `${status} ${problem}`);
	return answer;
};
const wrong = (answer) => refused(answer, 422, "invalid").json.errors.map((e) => `${e.pointer} ${e.name}`).sort();

const newTablet = () => new Tablet(house.baseUrl, { ca: house.ca, address: "127.0.0.1" });
const newCode = async (a = admin, o = office, name = "受付1") =>
	must(await a.post("/api/v1/devices", { name, office_id: o.id }), 201).json;
const keyPair = (namedCurve = "P-256") => {
	const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve });
	const jwk = publicKey.export({ format: "jwk" });
	const point = Buffer.concat([Buffer.from([4]), Buffer.from(jwk.x, "base64url"), Buffer.from(jwk.y, "base64url")]);
	return { privateKey, point };
};
const pair = (code, point) => ours.client().send("POST", "/api/v1/device-pairings",
	{ json: { code, public_key: point.toString("base64") }, headers: { "user-agent": "Test/1.0 (tablet)" } });
const active = () => ours.tablet(admin, office.id);
const current = (tablet) => tablet.get("/api/v1/device-sessions/current");

/** An active device whose key we hold, for answers that are not quite right. */
const device = async () => {
	const key = keyPair();
	const { code } = await newCode();
	const made = must(await pair(code, key.point), 201).json;
	must(await admin.post(`/api/v1/devices/${made.device_id}/approval`, undefined, { key: false }), 200);
	const who = { tag: made.tag, device_id: made.device_id };
	return { ...key, who, id: made.device_id,
		challenge: async () => must(await ours.client().send("POST", "/api/v1/device-sessions", { json: who }), 202).json,
		answer: (challenge_id, signature, change = {}) => ours.client().send("POST", "/api/v1/device-sessions",
			{ json: { ...who, challenge_id, signature: signature.toString("base64"), ...change } }) };
};
const signed = (privateKey, nonce, dsaEncoding = "ieee-p1363") => sign("sha256", Buffer.from(nonce, "base64"), { key: privateKey, dsaEncoding });

// --- pairing --------------------------------------------------------------------------

test("a code makes a waiting device; approved by who sees its address and browser, it is active", async () => {
	const made = await newCode();
	assert.match(made.code, new RegExp(`^${ours.tag}[A-Z2-7]{10}$`));
	assert.equal(made.url, `${house.baseUrl}/tablet#${made.code}`);
	const left = Date.parse(made.expires_at) - Date.now();
	assert.ok(left > 9.5 * 60e3 && left <= 10 * 60e3 + 1000);
	const { point, privateKey } = keyPair();
	const waiting = must(await pair(made.code, point), 201).json;
	assert.deepEqual({ ...waiting, device_id: undefined },
		{ device_id: undefined, tag: ours.tag, name: "受付1", office: "本社" });
	assert.equal(waiting.device_id, made.id);
	const listed = must(await admin.get("/api/v1/devices"), 200).json.items.find((d) => d.id === made.id);
	assert.equal(listed.state, "pending");
	assert.match(listed.address, /^(127\.0\.0\.1|::1)$/);
	assert.match(listed.browser, /^Test\/1\.0/);
	assert.equal(listed.online, false);
	const who = { tag: ours.tag, device_id: made.id };
	refused(await ours.client().send("POST", "/api/v1/device-sessions", { json: who }), 403, "device_waiting");
	const approved = must(await admin.post(`/api/v1/devices/${made.id}/approval`, undefined, { key: false }), 200).json;
	assert.equal(approved.state, "active");
	must(await admin.post(`/api/v1/devices/${made.id}/approval`, undefined, { key: false }), 200);
	const { challenge_id, nonce } = must(await ours.client().send("POST", "/api/v1/device-sessions", { json: who }), 202).json;
	assert.equal(Buffer.from(nonce, "base64").length, 32);
	const tablet = newTablet();
	const session = must(await tablet.send("POST", "/api/v1/device-sessions",
		{ json: { ...who, challenge_id, signature: signed(privateKey, nonce).toString("base64") } }), 201);
	const cookie = session.headers["set-cookie"][0];
	assert.match(cookie, new RegExp(`^__Host-device=${ours.tag}\\.[A-Z2-7]{52};`));
	for (const attribute of [/Secure/i, /HttpOnly/i, /SameSite=Lax/i, /Path=\//i, /Max-Age=900/i]) assert.match(cookie, attribute);
	const shown = must(await current(tablet), 200).json;
	assert.deepEqual(shown.device, { id: made.id, name: "受付1" });
	assert.equal(shown.office.name, "本社");
	assert.equal(shown.office.guidance, "3階へ");
	assert.equal(shown.tenant.display_name, "試験 株式会社");
	assert.ok(Date.parse(shown.expires_at) - Date.now() < 15 * 60e3 + 1000);
});

test("a code is good once; the same browser asking again gets the same device", async () => {
	const { code, id } = await newCode();
	const { point } = keyPair();
	assert.equal(must(await pair(code, point), 201).json.device_id, id);
	assert.equal(must(await pair(code, point), 201).json.device_id, id);
	refused(await pair(code, keyPair().point), 404, "pairing_code_unknown");
	assert.equal(ours.sql(`SELECT count(*) FROM device WHERE id = '${id}'`), "1");
	must(await admin.post(`/api/v1/devices/${id}/approval`, undefined, { key: false }), 200);
	refused(await pair(code, point), 404, "pairing_code_unknown");
	ours.sql("DELETE FROM guess");
});

test("ten browsers with one code at one instant make one device", async () => {
	const { code, id } = await newCode();
	const answers = await Promise.all(Array.from({ length: 4 }, () => pair(code, keyPair().point)));
	assert.equal(answers.filter((a) => a.status === 201).length, 1);
	assert.equal(ours.sql(`SELECT count(*) FROM device WHERE id = '${id}'`), "1");
	ours.sql("DELETE FROM guess");
});

test("a code that is over, torn or another company's is unknown", async () => {
	const { code, id } = await newCode();
	const { point } = keyPair();
	ours.sql(`UPDATE device_pairing SET expires_at = now() WHERE id = '${id}'`);
	refused(await pair(code, point), 404, "pairing_code_unknown");
	const fresh = await newCode();
	refused(await pair(theirs.tag + fresh.code.slice(6), point), 404, "pairing_code_unknown");
	refused(await pair(`ZZZZZZ${fresh.code.slice(6)}`, point), 404, "pairing_code_unknown");
	assert.deepEqual(wrong(await pair(fresh.code.slice(1), point)), ["/code too_short"]);
	refused(await pair(fresh.code.toLowerCase(), point), 404, "pairing_code_unknown");
	assert.equal(must(await pair(fresh.code, point), 201).json.device_id, fresh.id);
	ours.sql("DELETE FROM guess");
	theirs.sql("DELETE FROM guess");
});

test("after five wrong codes in an hour the address waits, even with a right one", async () => {
	const t = await activeTenant(house);
	const a = await t.signedIn();
	const o = await t.office(a);
	const { point } = keyPair();
	const { code } = await newCode(a, o);
	for (let i = 0; i < 5; i++) refused(await pair(`${t.tag}${"A".repeat(9)}${"ABCDE"[i]}`, point), 404, "pairing_code_unknown");
	const waits = refused(await pair(code, point), 429, "wait");
	assert.ok(waits.json.retry_after > 3500 && waits.json.retry_after <= 3600);
	t.sql("UPDATE guess SET blocked_until = now()");
	must(await pair(code, point), 201);
});

test("a key that is no point of the curve is refused and the code stays good", async () => {
	const { code } = await newCode();
	const { point } = keyPair();
	const off = Buffer.from(point);
	off[64] ^= 1;
	for (const bad of [off, Buffer.alloc(65), Buffer.concat([Buffer.from([4]), Buffer.alloc(64)]), Buffer.concat([Buffer.from([6]), point.subarray(1)]),
		Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 0xff)])])
		assert.deepEqual(wrong(await pair(code, bad)), ["/public_key bad_format"]);
	for (const bad of [point.subarray(1), Buffer.concat([point, Buffer.from([0])]), keyPair("P-384").point, Buffer.from([2, ...point.subarray(1, 33)])])
		assert.ok(wrong(await pair(code, bad))[0].startsWith("/public_key "));
	for (const text of ["", "!!!!", "AAA", `${point.toString("base64")}=`, point.toString("base64url"), point.toString("hex")])
		assert.ok(wrong(await ours.client().send("POST", "/api/v1/device-pairings", { json: { code, public_key: text } }))[0].startsWith("/public_key "));
	must(await pair(code, point), 201);
});

test("there is no code in the database", async () => {
	const { code } = await newCode();
	const rows = ours.sql("SELECT row_to_json(p)::text FROM device_pairing p");
	for (const clear of [code, code.slice(6), createHash("sha256").update(code).digest("hex"), createHash("sha256").update(code.slice(6)).digest("hex")])
		assert.ok(!rows.includes(clear));
});

// --- challenge ------------------------------------------------------------------------------

test("only the key that was paired, over this nonce, in this form, is let in", async () => {
	const d = await device();
	const c = d.challenge;
	const stranger = keyPair();
	for (const make of [
		(n) => signed(stranger.privateKey, n),
		() => signed(d.privateKey, randomBytes(32).toString("base64")),
		(n) => sign("sha256", Buffer.from(n), { key: d.privateKey, dsaEncoding: "ieee-p1363" }),
		(n) => sign("sha512", Buffer.from(n, "base64"), { key: d.privateKey, dsaEncoding: "ieee-p1363" }),
		() => Buffer.alloc(64),
		() => Buffer.alloc(64, 0xff),
	]) {
		const { challenge_id, nonce } = await c();
		refused(await d.answer(challenge_id, make(nonce)), 401, "sign_in_failed");
		// Good once, even when the answer was wrong.
		refused(await d.answer(challenge_id, signed(d.privateKey, nonce)), 401, "sign_in_failed");
	}
	const { challenge_id, nonce } = await c();
	assert.deepEqual(wrong(await d.answer(challenge_id, signed(d.privateKey, nonce, "der"))), ["/signature bad_format"]);
	must(await d.answer(challenge_id, signed(d.privateKey, nonce)), 201);
	refused(await d.answer(challenge_id, signed(d.privateKey, nonce)), 401, "sign_in_failed");
});

test("a challenge that is over, of another device or another company is no use", async () => {
	const [d, e] = [await device(), await device()];
	const old = await d.challenge();
	ours.sql(`UPDATE device_challenge SET expires_at = now() WHERE id = '${old.challenge_id}'`);
	refused(await d.answer(old.challenge_id, signed(d.privateKey, old.nonce)), 401, "sign_in_failed");
	const other = await e.challenge();
	refused(await d.answer(other.challenge_id, signed(d.privateKey, other.nonce)), 401, "sign_in_failed");
	const mine = await d.challenge();
	refused(await d.answer(mine.challenge_id, signed(d.privateKey, mine.nonce), { tag: theirs.tag }), 404, "not_found");
	refused(await d.answer(mine.challenge_id, signed(d.privateKey, mine.nonce), { device_id: other.challenge_id }), 404, "not_found");
	must(await d.answer(mine.challenge_id, signed(d.privateKey, mine.nonce)), 201);
	assert.deepEqual(wrong(await ours.client().send("POST", "/api/v1/device-sessions", { json: { ...d.who, challenge_id: mine.challenge_id } })),
		["/signature missing"]);
});

// --- cookies ---------------------------------------------------------------------------------

test("a device's cookie ends after a quarter of an hour; a new one is a new one", async () => {
	const tablet = await active();
	const first = tablet.cookies.get("__Host-device");
	must(await current(tablet), 200);
	ours.sql(`UPDATE device_session SET expires_at = now() WHERE device_id = '${tablet.device.id}'`);
	refused(await current(tablet), 401, "sign_in_needed");
	must(await tablet.start(), 201);
	assert.notEqual(tablet.cookies.get("__Host-device"), first);
	must(await current(tablet), 200);
});

test("until the successor is used the old cookie serves: its answer may have been lost", async () => {
	const tablet = await active();
	const old = tablet.cookies.get("__Host-device");
	must(await tablet.start(), 201);
	const thief = newTablet();
	thief.cookies.set("__Host-device", old);
	must(await current(thief), 200);
	must(await current(tablet), 200);
});

test("an old cookie shown after its successor was used revokes the device, and is logged", async () => {
	const tablet = await active();
	const old = tablet.cookies.get("__Host-device");
	must(await tablet.start(), 201);
	must(await current(tablet), 200);
	const thief = newTablet();
	thief.cookies.set("__Host-device", old);
	refused(await current(thief), 403, "device_revoked");
	refused(await current(tablet), 403, "device_revoked");
	refused(await tablet.start(), 403, "device_revoked");
	assert.equal(ours.sql(`SELECT result FROM operation WHERE action = 'device.revoked' AND object_id = '${tablet.device.id}'`), "cookie_reused");
	assert.equal(must(await admin.get("/api/v1/devices"), 200).json.items.find((d) => d.id === tablet.device.id).state, "revoked");
});

test("an administrator revokes a device: its next request is refused", async () => {
	const tablet = await active();
	must(await admin.delete(`/api/v1/devices/${tablet.device.id}`), 204);
	refused(await current(tablet), 403, "device_revoked");
	refused(await tablet.post("/api/v1/device-reports", { camera: "working", build: "1" }, { key: false }), 403, "device_revoked");
	refused(await tablet.start(), 403, "device_revoked");
	refused(await admin.post(`/api/v1/devices/${tablet.device.id}/approval`, undefined, { key: false }), 403, "device_revoked");
	must(await admin.delete(`/api/v1/devices/${tablet.device.id}`), 204);
});

test("forged and foreign device cookies are nobody's; a device is no member, a member no device", async () => {
	const tablet = await active();
	const good = tablet.cookies.get("__Host-device");
	for (const bad of ["", good.slice(0, -1), `${theirs.tag}.${good.split(".")[1]}`, `${ours.tag}.${"A".repeat(52)}`, admin.cookies.get("__Host-session")]) {
		tablet.cookies.set("__Host-device", bad);
		refused(await current(tablet), 401, "sign_in_needed");
	}
	tablet.cookies.set("__Host-device", good);
	tablet.cookies.set("__Host-session", good);
	must(await current(tablet), 200);
	for (const path of ["/api/v1/visits", "/api/v1/members", "/api/v1/appointments", "/api/v1/devices", "/api/v1/today?office_id=x"])
		refused(await tablet.get(path), 401, "sign_in_needed");
	refused(await current(admin), 401, "sign_in_needed");
});

// --- what a tablet says and asks --------------------------------------------------------------------

test("a heartbeat shows the device as online, with its camera and build", async () => {
	const tablet = await active();
	const report = (json) => tablet.send("POST", "/api/v1/device-reports", { json });
	must(await report({ camera: "working", build: "abc123" }), 204);
	const shown = async () => must(await admin.get("/api/v1/devices"), 200).json.items.find((d) => d.id === tablet.device.id);
	let d = await shown();
	assert.deepEqual([d.online, d.camera, d.build], [true, "working", "abc123"]);
	assert.ok(Math.abs(Date.parse(d.seen_at) - Date.now()) < 60e3);
	const version = () => ours.sql(`SELECT version FROM device WHERE id = '${tablet.device.id}'`);
	const before = version();
	must(await report({ camera: "working", build: "abc123" }), 204);
	assert.equal(version(), before);
	must(await report({ camera: "lost", build: "abc123" }), 204);
	assert.equal(version(), String(Number(before) + 1));
	ours.sql(`UPDATE device SET seen_at = now() - interval '31 seconds' WHERE id = '${tablet.device.id}'`);
	d = await shown();
	assert.deepEqual([d.online, d.camera], [false, "lost"]);
	assert.deepEqual(wrong(await report({ camera: "stolen", build: "" })), ["/camera no_choice"]);
	assert.deepEqual(wrong(await report({})), ["/build missing", "/camera missing"]);
});

test("a walk-in finds hosts by two characters or more: eight at most, names and departments only", async () => {
	const t = await activeTenant(house);
	const a = await t.signedIn();
	const o = await t.office(a);
	const tablet = await t.tablet(a, o.id);
	const ids = [];
	for (let i = 0; i < 9; i++)
		ids.push(must(await a.post("/api/v1/members", { name: `髙橋 ${i}`, kana: `タカハシ ${i}`, email: `t${i}@example.jp` }), 201).json.id);
	const find = async (q) => must(await tablet.get(`/api/v1/hosts?q=${encodeURIComponent(q)}`), 200).json.items;
	assert.deepEqual(await find("高橋"), []);
	t.sql("UPDATE member SET state = 'active', password_hash = 'x' WHERE state = 'invited'");
	assert.equal((await find("たかはし")).length, 8);
	assert.equal((await find("ﾀｶﾊｼ 3")).length, 1);
	must(await a.post("/api/v1/departments", { name: "営業部", members: [ids[3]] }), 201);
	assert.deepEqual(await find("高橋3"), [{ kind: "member", id: ids[3], name: "髙橋 3", department: "営業部" }]);
	const [department] = await find("営業");
	assert.deepEqual([department.kind, department.name], ["department", "営業部"]);
	assert.deepEqual(await find("・・高"), []);
	assert.deepEqual(await find("t3@example.jp"), []);
	refused(await tablet.get("/api/v1/hosts?q=a"), 422, "invalid");
	refused(await tablet.get("/api/v1/hosts"), 422, "invalid");
	refused(await a.get("/api/v1/hosts?q=abc"), 401, "sign_in_needed");
	t.sql(`UPDATE member SET state = 'disabled' WHERE id = '${ids[3]}'`);
	assert.deepEqual(await find("高橋3"), []);
});
