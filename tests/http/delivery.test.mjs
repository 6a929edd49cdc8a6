// Channels and deliveries: a real HTTPS receiver, an independent verifier of
// Standard Webhooks, and receivers that misbehave.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { must } from "../../scripts/lib/client.mjs";
import { book } from "../lib/guest.mjs";
import { hold } from "../lib/hold.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { startReceiver } from "../lib/receiver.mjs";
import { until } from "../lib/smtp.mjs";
import { activeTenant } from "../lib/tenant.mjs";

let receiver, house, ours, admin, office, tablet;
const failing = new Set(["/later", "/broken", "/bad"]);
const fail = (status) => (req, res) => { res.statusCode = failing.has(req.url) ? status : 200; res.end("SECRET-OF-THE-RECEIVER"); };

before(async () => {
	receiver = await startReceiver({ ways: {
		"/later": fail(500), "/broken": fail(503), "/bad": fail(400),
		"/moved": (_req, res) => { res.writeHead(302, { location: receiver.url("/target") }); res.end(); },
		"/gone": (_req, res) => { res.statusCode = 410; res.end(); },
		"/wait": (_req, res) => { res.writeHead(429, { "retry-after": "3600" }); res.end(); },
		"/huge": (_req, res) => {
			const part = Buffer.alloc(65536, "x");
			const more = () => { if (!res.destroyed && !res.write(part)) res.once("drain", more); else if (!res.destroyed) setImmediate(more); };
			res.on("error", () => {});
			more();
		},
		"/silent": () => {},
	} });
	house = await startInstallation(receiver.settings);
	ours = await activeTenant(house);
	admin = await ours.signedIn();
	office = await ours.office(admin, { name: "本社", phone: "03-1111-2222" });
	tablet = await ours.tablet(admin, office.id);
});
after(async () => { await house?.stop(); await receiver?.stop(); });

let named = 0;
const channel = async (path, what = {}) =>
	must(await admin.post("/api/v1/channels", { kind: "webhook", name: `hook ${++named}`, url: receiver.url(path), ...what }), 201).json;
const trial = async (c) => must(await admin.post(`/api/v1/channels/${c.id}/tests`), 201).json;
const deliveries = async () => must(await admin.get("/api/v1/deliveries?limit=200"), 200, 503).json.items ?? [];
const delivery = async (id) => (await deliveries()).find((d) => d.id === id);
const settled = (id, ...states) => until(async () => {
	const d = await delivery(id);
	return d && states.includes(d.state) && d;
}, `${id} ${states.join(" or ")}`);
const tried = (id) => until(async () => {
	const d = await delivery(id);
	return d.attempts > 0 && d.last_error && d;
}, `a try of ${id}`);
const channelState = async (c) => must(await admin.get("/api/v1/channels"), 200).json.items.find((x) => x.id === c.id);
const off = async (c) => must(await admin.patch(`/api/v1/channels/${c.id}`, { version: (await channelState(c)).version, state: "off" }), 200);
const verify = (secret, r) => new Webhook(secret).verify(r.body, r.headers);

test("a webhook's secret is shown once, and of its address only the host", async () => {
	const c = await channel("/T0/very-secret-path");
	assert.match(c.secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
	assert.equal(c.host, new URL(receiver.url("/")).host);
	const again = must(await admin.get("/api/v1/channels"), 200);
	assert.ok(!again.body.includes("very-secret-path"));
	assert.ok(!again.body.includes("whsec_"));
	await off(c);
});

test("an independent verifier accepts the signature of a test message", async () => {
	const c = await channel("/ok");
	const d = await settled((await trial(c)).id, "delivered");
	const [r] = receiver.to("/ok");
	assert.equal(r.headers["webhook-id"], d.id);
	assert.equal(verify(c.secret, r).type, "channel.test");
	assert.throws(() => new Webhook(c.secret).verify(r.body.replace("test", "tEst"), r.headers));
	await off(c);
});

test("a receiver that fails gets the message again under the same id", async () => {
	const c = await channel("/later");
	const { id } = await trial(c);
	assert.equal((await tried(id)).last_error, "http_5xx");
	assert.equal((await channelState(c)).state, "failing");
	failing.delete("/later");
	assert.equal((await settled(id, "delivered")).attempts, 2);
	const both = receiver.to("/later");
	assert.deepEqual(both.map((r) => r.headers["webhook-id"]), [id, id]);
	for (const r of both) verify(c.secret, r);
	assert.equal((await channelState(c)).state, "on");
	await off(c);
});

test("what a receiver answers is nowhere shown", async () => {
	const all = must(await admin.get("/api/v1/deliveries?limit=200"), 200);
	assert.ok(!all.body.includes("SECRET-OF-THE-RECEIVER"));
	assert.ok(!house.log("courier").includes("SECRET-OF-THE-RECEIVER"));
	assert.ok(!house.log("courier").includes("very-secret-path"));
});

test("a redirect is not followed", async () => {
	const c = await channel("/moved");
	assert.equal((await tried((await trial(c)).id)).last_error, "http_3xx");
	assert.equal(receiver.to("/target").length, 0);
	await off(c);
});

test("how a try went and how its channel stands are seen together", async () => {
	const c = await channel("/moved");
	const holder = await hold(house, "LOCK TABLE channel IN SHARE MODE");
	const { id } = await trial(c);
	try {
		await holder.waited("genkan_courier");
		assert.equal((await delivery(id)).last_error, null);
	} finally {
		await holder.end();
	}
	assert.equal((await tried(id)).last_error, "http_3xx");
	assert.equal((await channelState(c)).state, "failing");
	await off(c);
});

test("410 switches the channel off and leaves a dead letter", async () => {
	const c = await channel("/gone");
	const d = await settled((await trial(c)).id, "dead");
	assert.equal(d.last_error, "http_410");
	assert.equal((await channelState(c)).state, "off");
});

test("a refusal is a dead letter at once, and can be sent again under its id", async () => {
	const c = await channel("/bad");
	const d = await settled((await trial(c)).id, "dead");
	assert.equal(d.last_error, "http_4xx");
	assert.equal(d.attempts, 1);
	failing.delete("/bad");
	const again = must(await admin.post(`/api/v1/deliveries/${d.id}/requeue`, undefined, { key: false }), 200).json;
	assert.equal(again.state, "waiting");
	await settled(d.id, "delivered");
	assert.deepEqual(receiver.to("/bad").map((r) => r.headers["webhook-id"]), [d.id, d.id]);
	const twice = await admin.post(`/api/v1/deliveries/${d.id}/requeue`, undefined, { key: false });
	assert.equal(`${twice.status} ${twice.problem}`, "409 conflict");
	await off(c);
});

test("a receiver that asks to wait is left alone that long", async () => {
	const c = await channel("/wait");
	const d = await tried((await trial(c)).id);
	assert.equal(d.last_error, "http_429");
	assert.ok(Date.parse(d.due_at) - Date.now() > 3500_000);
	await off(c);
});

test("an endless answer after 200 is cut and counts as received", async () => {
	const c = await channel("/huge");
	await settled((await trial(c)).id, "delivered");
	await off(c);
});

test("a receiver that never answers costs a try, and others are served meanwhile", async () => {
	const silent = await channel("/silent"), ok = await channel("/meanwhile");
	const slow = await trial(silent);
	await until(() => receiver.to("/silent").length > 0, "the silent receiver is asked");
	await settled((await trial(ok)).id, "delivered");
	assert.equal((await delivery(slow.id)).state, "leased");
	assert.equal((await tried(slow.id)).last_error, "timeout");
	await off(silent);
	await off(ok);
});

test("a certificate of an unknown authority is refused", async () => {
	const c = await channel("/ok", { url: receiver.url("/strange", "stranger") });
	assert.equal((await tried((await trial(c)).id)).last_error, "certificate");
	assert.equal(receiver.to("/strange").length, 0);
	await off(c);
});

test("no private address is connected to, by number or by name", async () => {
	const hidden = new URL(receiver.url("/", "hidden")).port;
	for (const host of ["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "169.254.169.254", "10.0.0.1"]) {
		const c = await channel("/x", { url: `https://${host}:${hidden}/hidden` });
		const d = await settled((await trial(c)).id, "dead");
		assert.equal(`${host} ${d.last_error}`, `${host} address_refused`);
		await off(c);
	}
	assert.equal(receiver.connections.hidden, 0);
});

test("an address that is none is refused, with its field", async () => {
	for (const url of ["http://example.jp/", "https://user@example.jp/", "https://example.jp/ x", "https://", "ftp://example.jp/", "https://例え.jp/"]) {
		const answer = await admin.post("/api/v1/channels", { kind: "webhook", name: "x", url });
		assert.equal(answer.problem, "invalid");
		assert.deepEqual(answer.json.errors.map((e) => e.pointer), ["/url"]);
	}
	const kind = await admin.post("/api/v1/channels", { kind: "pager", name: "x", url: "https://example.jp/", colour: 1 });
	assert.deepEqual(kind.json.errors.map((e) => `${e.pointer} ${e.name}`).sort(), ["/colour unknown", "/kind no_choice"]);
	const nowhere = await admin.post("/api/v1/channels", { kind: "slack", name: "x", url: "https://example.jp/", office_id: "01a1fb84-fb1b-73da-87fe-fa75f9538ab4" });
	assert.deepEqual(nowhere.json.errors.map((e) => `${e.pointer} ${e.name}`), ["/office_id not_found"]);
});

test("a change that somebody else overtook is refused", async () => {
	const c = await channel("/change");
	const first = must(await admin.patch(`/api/v1/channels/${c.id}`, { version: c.version, name: "新しい名前", show_names: false }), 200).json;
	assert.equal(`${first.name} ${first.show_names}`, "新しい名前 false");
	assert.equal((await admin.patch(`/api/v1/channels/${c.id}`, { version: c.version, name: "y" })).problem, "conflict");
	const moved = must(await admin.patch(`/api/v1/channels/${c.id}`, { version: first.version, url: receiver.url("/changed") }), 200).json;
	await settled((await trial(moved)).id, "delivered");
	verify(c.secret, receiver.to("/changed")[0]);
	await off(c);
	const dropped = await settled((await trial(c)).id, "withdrawn");
	assert.equal(dropped.last_error, "channel_off");
});

test("another company sees and moves none of it", async () => {
	const c = await channel("/ours");
	const d = await settled((await trial(c)).id, "delivered");
	const theirs = await activeTenant(house);
	const other = await theirs.signedIn();
	assert.deepEqual(must(await other.get("/api/v1/channels"), 200).json.items, []);
	assert.deepEqual(must(await other.get("/api/v1/deliveries?state=delivered"), 200).json.items, []);
	assert.equal((await other.patch(`/api/v1/channels/${c.id}`, { version: c.version, name: "x" })).problem, "not_found");
	assert.equal((await other.post(`/api/v1/channels/${c.id}/tests`)).problem, "not_found");
	assert.equal((await other.post(`/api/v1/deliveries/${d.id}/requeue`, undefined, { key: false })).problem, "not_found");
	await off(c);
});

test("a member without the right sees no channels", async () => {
	const member = await ours.member(admin);
	const client = await ours.signedIn(member);
	for (const path of ["/api/v1/channels", "/api/v1/deliveries", "/api/v1/outbox"])
		assert.equal((await client.get(path)).problem, "not_allowed");
});

test("arrival, undoing and leaving are told to chats and webhooks, without power of the guest's text", async () => {
	const open = await channel("/open"), closed = await channel("/closed", { show_names: false });
	const slack = await channel("/slack", { kind: "slack" }), quiet = await channel("/quiet", { kind: "slack", show_names: false });
	assert.equal(slack.secret, undefined);
	const { id, guests: [guest] } = await book(admin, office, { guests: [{ name: "<!channel> *次郎* evil.example", company: "[x](https://evil.example)" }] });
	const visit = must(await tablet.checkIn({ pass: guest.pass }), 201).json;

	await until(() => ["/open", "/closed", "/slack", "/quiet"].every((p) => receiver.to(p).length === 1), "four notices");
	const told = verify(open.secret, receiver.to("/open")[0]);
	assert.equal(told.type, "visit.arrived");
	assert.equal(told.data.guest, "<!channel> *次郎* evil.example");
	assert.deepEqual([told.data.visit_id, told.data.appointment_id, told.data.office, told.data.state], [visit.id, id, "本社", "arrived"]);
	const hidden = verify(closed.secret, receiver.to("/closed")[0]);
	assert.deepEqual([hidden.data.guest, hidden.data.company], [null, null]);

	const chat = receiver.to("/slack")[0].body;
	for (const power of ["<!", "*", "evil.example", "](", "://"]) assert.ok(!chat.includes(power), `${power} in ${chat}`);
	assert.ok(chat.includes("次郎"));
	assert.equal(JSON.parse(chat).blocks[0].text.type, "plain_text");
	assert.ok(!receiver.to("/quiet")[0].body.includes("次郎"));
	assert.ok(!receiver.to("/quiet")[0].body.includes("evil"));

	must(await tablet.delete(`/api/v1/check-ins/${visit.id}`, { headers: { "x-undo-secret": visit.undo_secret } }), 204);
	await until(() => receiver.to("/open").length === 2 && receiver.to("/slack").length === 2, "the correction");
	assert.equal(verify(open.secret, receiver.to("/open")[1]).type, "visit.undone");

	must(await tablet.checkIn({ pass: guest.pass }), 201);
	must(await tablet.post("/api/v1/departures", { pass: guest.pass }), 201);
	await until(() => receiver.to("/open").some((r) => JSON.parse(r.body).type === "visit.left"), "the departure");
	assert.ok(receiver.to("/slack").every((r) => !r.body.includes("退館")));

	const unconfirmed = must(await admin.get("/api/v1/deliveries?limit=200"), 200).json.items.filter((d) => d.topic === "visit.unconfirmed");
	assert.ok(unconfirmed.length >= 10);
	assert.ok(unconfirmed.every((d) => d.state === "withdrawn"), "nobody is reminded of a visit that is over");
	for (const c of [open, closed, slack, quiet]) await off(c);
});

test("nobody has confirmed: reception hears of it, and not once the host has met the guest", async () => {
	const hook = await channel("/unconfirmed");
	const { guests: [a, b] } = await book(admin, office, { guests: [{ name: "待つ 人" }, { name: "会えた 人" }] });
	const waiting = must(await tablet.checkIn({ pass: a.pass }), 201).json;
	const met = must(await tablet.checkIn({ pass: b.pass }), 201).json;
	must(await admin.patch(`/api/v1/visits/${met.id}`, { version: 1, state: "met" }), 200);
	const rows = must(await admin.get("/api/v1/deliveries?limit=200"), 200).json.items.filter((d) => d.topic === "visit.unconfirmed");
	const [still, gone] = [waiting.id, met.id].map((id) => rows.filter((d) => d.visit_id === id));
	assert.ok(still.length === 2 && still.every((d) => d.state === "waiting" && Date.parse(d.due_at) - Date.parse(d.created_at) === 180_000));
	assert.ok(gone.length === 2 && gone.every((d) => d.state === "withdrawn"));
	// Three minutes later.
	ours.sql(`UPDATE outbox SET due_at = now() WHERE topic = 'visit.unconfirmed' AND state = 'waiting'`);
	ours.sql(`NOTIFY genkan_outbox`);
	await until(() => receiver.to("/unconfirmed").some((r) => JSON.parse(r.body).type === "visit.unconfirmed"), "the reminder");
	const mail = must(await admin.get("/api/v1/outbox"), 200).json.items.find((m) => m.topic === "visit.unconfirmed");
	assert.match(mail.subject, /待つ 人/);
	await off(hook);
});

test("an arrival notice that is 15 minutes late is dropped and shown as missed", async () => {
	await house.sv("stop", "courier");
	const chat = await channel("/late", { kind: "slack" });
	const { guests: [guest] } = await book(admin, office);
	const visit = must(await tablet.checkIn({ pass: guest.pass }), 201).json;
	ours.sql(`UPDATE outbox SET due_at = due_at - interval '16 minutes', expires_at = expires_at - interval '16 minutes' WHERE visit_id = '${visit.id}'`);
	await house.sv("start", "courier");
	const rows = await until(async () => {
		const mine = must(await admin.get("/api/v1/deliveries?limit=200"), 200).json.items
			.filter((d) => d.visit_id === visit.id && d.topic === "visit.arrived");
		return mine.every((d) => d.state === "expired") && mine;
	}, "missed");
	assert.deepEqual(rows.map((d) => d.kind).sort(), ["mail", "slack"]);
	assert.ok(receiver.to("/late").every((r) => !r.body.includes("到着しました")));
	assert.equal(ours.sql(`SELECT count(*) FROM outbox WHERE state = 'expired' AND payload_cell IS NOT NULL`), "0");
	await off(chat);
});

test("after a long absence all that is too late goes at once, not some at each look", async () => {
	await house.sv("stop", "courier");
	const { guests: [guest] } = await book(admin, office);
	const visit = must(await tablet.checkIn({ pass: guest.pass }), 201).json;
	ours.sql(`INSERT INTO outbox (tenant_id, id, kind, topic, visit_id, payload_cell, due_at, expires_at)
	          SELECT o.tenant_id, gen_random_uuid(), o.kind, o.topic, o.visit_id, o.payload_cell, now() - interval '20 minutes', now() - interval '5 minutes'
	            FROM outbox o, generate_series(1, 2600)
	           WHERE o.visit_id = '${visit.id}' AND o.topic = 'visit.arrived' AND o.kind = 'mail'`);
	await house.sv("start", "courier");
	// A look every 15 seconds at 500 of them would take 75.
	await until(() => ours.sql(`SELECT count(*) FROM outbox WHERE visit_id = '${visit.id}' AND state = 'expired'`) === "2600", "all are missed");
	ours.sql(`DELETE FROM outbox WHERE visit_id = '${visit.id}' AND state = 'expired'`);
});

test("a delivered message is erased", async () => {
	assert.equal(ours.sql(`SELECT count(*) FROM outbox WHERE state IN ('delivered', 'withdrawn') AND payload_cell IS NOT NULL`), "0");
});

test("deliveries are listed in pages, newest first", async () => {
	const whole = must(await admin.get("/api/v1/deliveries?limit=200"), 200).json.items.map((d) => d.id);
	const paged = [];
	for (let after = ""; after !== null;) {
		const page = must(await admin.get(`/api/v1/deliveries?limit=7${after && `&after=${after}`}`), 200).json;
		paged.push(...page.items.map((d) => d.id));
		after = page.next;
	}
	assert.deepEqual(paged.slice(0, whole.length), whole);
	assert.equal(new Set(paged).size, paged.length);
	assert.equal((await admin.get("/api/v1/deliveries?limit=0")).problem, "invalid");
	assert.equal((await admin.get("/api/v1/deliveries?state=lost")).problem, "invalid");
});

test("while the key service is away nothing is lost and no try is counted", async () => {
	const c = await channel("/patient");
	await house.sv("stop", "courier");
	const { id } = await trial(c);
	await house.sv("stop", "kms");
	await house.sv("start", "courier");
	const looked = await until(async () => {
		const d = await delivery(id);
		return d.last_error && d.state === "waiting" && d;
	}, "a look at it");
	assert.deepEqual([looked.attempts, looked.last_error, receiver.to("/patient").length], [0, "kms_away", 0]);
	await house.sv("start", "kms");
	assert.equal((await settled(id, "delivered")).attempts, 1);
	await off(c);
});

test("while the database is away courier waits, and goes on when it is back", async () => {
	const c = await channel("/database");
	await house.sv("stop", "postgres");
	await until(() => /database_away|"courier.fault"/.test(house.log("courier").split("courier.started").at(-1)), "courier notices");
	await house.sv("start", "postgres");
	const { id } = await until(async () => {
		const answer = await admin.post(`/api/v1/channels/${c.id}/tests`).catch(() => undefined);
		return answer?.status === 201 && answer.json;
	}, "the database is back");
	await settled(id, "delivered");
	assert.equal(receiver.to("/database").length, 1);
	await off(c);
});
