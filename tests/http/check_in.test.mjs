// Checking in, and the ways back out: over the real server and database.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { must, newKey } from "../../scripts/lib/client.mjs";
import { photograph } from "../../scripts/lib/camera.mjs";
import { body, book, keysOf, wrongCode } from "../lib/guest.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { activeTenant } from "../lib/tenant.mjs";

let house, ours, admin, office, tablet;
before(async () => {
	house = await startInstallation();
	ours = await activeTenant(house);
	admin = await ours.signedIn();
	office = await ours.office(admin, { name: "本社", guidance: "3階へお進みください", phone: "03-1111-2222" });
	tablet = await ours.tablet(admin, office.id);
});
after(() => house?.stop());

const refused = (answer, status, problem) => {
	assert.equal(`${answer.status} ${answer.problem}`, `${status} ${problem}`);
	return answer.json;
};
const welcomed = (answer) => must(answer, 201).json;
const wrong = (answer) => refused(answer, 422, "invalid").errors.map((e) => `${e.pointer} ${e.name}`).sort();
const count = (what) => Number(ours.sql(`SELECT count(*) FROM ${what}`));
const undo = (device, id, secret) => device.delete(`/api/v1/check-ins/${id}`, { headers: { "x-undo-secret": secret } });

/** Move an appointment in the database: times are SQL over ${tz}'s midnight "m" and now(). */
const move = (id, starts, ends, tz = "Asia/Tokyo") => {
	ours.sql(`UPDATE appointment a SET starts_at = ${starts}, ends_at = ${ends}
		FROM (SELECT (now() AT TIME ZONE '${tz}')::date::timestamp AT TIME ZONE '${tz}' AS m) d WHERE a.id = '${id}'`);
};

// --- welcome ---------------------------------------------------------------------------

test("a pass is welcome, with name, hosts, way and undo", async () => {
	const { guests: [guest] } = await book(admin, office, { room: "会議室A", guests: [{ name: "山田 太郎", company: "株式会社サンプル", companions: 2 }] });
	assert.match(guest.pass, /^[A-Z2-7]{26}$/);
	const answer = welcomed(await tablet.checkIn({ pass: guest.pass }));
	assert.equal(answer.guest, "山田 太郎");
	assert.equal(answer.company, "株式会社サンプル");
	assert.deepEqual(answer.hosts, ["管理 太郎"]);
	assert.equal(answer.people, 3);
	assert.equal(answer.late, false);
	assert.equal(answer.room, "会議室A");
	assert.equal(answer.guidance, "3階へお進みください");
	assert.match(answer.arrived_at, /\+09:00$/);
	assert.equal(Date.parse(answer.undo_until) - Date.parse(answer.arrived_at), 60_000);
	assert.ok(answer.undo_secret.length >= 26);
	assert.equal(count(`outbox WHERE visit_id = '${answer.id}' AND topic = 'visit.arrived' AND kind = 'mail'`), 1);
	assert.equal(count(`operation WHERE object_id = '${answer.id}' AND action = 'checkin.made' AND actor_kind = 'device'`), 1);
});

test("a code shows the family name only, and no company", async () => {
	const { guests } = await book(admin, office, { guests: [
		{ name: "佐々木 小次郎", company: "株式会社サンプル" }, { name: "髙橋　花子" }, { name: "John Ronald Smith", company: "Example" },
		{ name: "Ana-María" }, { name: "山田太郎" }, { name: "José de la Cruz" }] });
	const shown = [];
	for (const guest of guests) {
		const answer = welcomed(await tablet.checkIn({ code: guest.code }));
		assert.equal(answer.company, null);
		shown.push(answer.guest);
	}
	assert.deepEqual(shown, ["佐々木", "髙橋", "Smith", "A…", "山…", "Cruz"]);
});

test("reception checks in from the list, without an undo", async () => {
	const { guests: [guest] } = await book(admin, office);
	const answer = welcomed(await admin.post("/api/v1/check-ins", { guest_id: guest.id }));
	assert.equal(answer.undo_secret, null);
	assert.equal(answer.guest, "山田 太郎");
	assert.equal(must(await admin.get(`/api/v1/visits/${answer.id}`), 200).json.via, "reception");
	refused(await admin.post("/api/v1/check-ins", { guest_id: guest.id }), 409, "already_in");
});

test("a camera frame becomes a check-in; without a pass it is nothing", async () => {
	const { id, guests: [guest] } = await book(admin, office);
	const png = must(await admin.get(`/api/v1/appointments/${id}/guests/${guest.id}/pass.png`), 200).body;
	const frame = photograph(png);
	const key = newKey();
	const answer = welcomed(await tablet.scan(frame, key));
	assert.equal(answer.guest, "山田 太郎");
	assert.deepEqual(welcomed(await tablet.scan(frame, key)), answer);
	refused(await tablet.scan(frame), 409, "already_in");
});

// --- retries and races -----------------------------------------------------------------

test("a retry with the same key gets the same answer, and nothing is repeated", async () => {
	const { guests: [guest] } = await book(admin, office);
	const key = newKey();
	const first = welcomed(await tablet.checkIn({ pass: guest.pass }, key));
	for (let i = 0; i < 3; i++) assert.deepEqual(welcomed(await tablet.checkIn({ pass: guest.pass }, key)), first);
	assert.equal(count(`visit WHERE guest_id = '${guest.id}'`), 1);
	assert.equal(count(`outbox WHERE visit_id = '${first.id}' AND topic = 'visit.arrived'`), 1);
	must(await undo(tablet, first.id, first.undo_secret), 204);
	assert.deepEqual(welcomed(await tablet.checkIn({ pass: guest.pass }, key)), first);
	assert.equal(count(`visit WHERE guest_id = '${guest.id}'`), 1);
});

test("a key stands for one check-in: another pass, or another tablet, is refused", async () => {
	const { guests: [one, two] } = await book(admin, office, { guests: [{ name: "一" }, { name: "二" }] });
	const other = await ours.tablet(admin, office.id, "受付2");
	const key = newKey();
	welcomed(await tablet.checkIn({ pass: one.pass }, key));
	refused(await tablet.checkIn({ pass: two.pass }, key), 422, "idempotency_key_reused");
	refused(await other.checkIn({ pass: one.pass }, key), 422, "idempotency_key_reused");
	other.close();
});

test("a retry of a lost camera answer is given even when the phone is gone", async () => {
	const { guests: [guest] } = await book(admin, office);
	const key = newKey();
	const answer = welcomed(await tablet.checkIn({ pass: guest.pass }, key));
	const nothing = photograph(emptyFrame());
	assert.deepEqual(welcomed(await tablet.scan(nothing, key)), answer);
	must(await tablet.scan(nothing, newKey()), 204);
	// A minute later somebody else stands there; the pass itself is still known again.
	ours.sql(`UPDATE visit SET arrived_at = arrived_at - interval '61 seconds' WHERE id = '${answer.id}'`);
	must(await tablet.scan(nothing, key), 204);
	assert.equal(welcomed(await tablet.checkIn({ pass: guest.pass }, key)).id, answer.id);
	// After ten it is no retry: nobody is let in under an old welcome.
	ours.sql(`UPDATE visit SET arrived_at = arrived_at - interval '10 minutes' WHERE id = '${answer.id}'`);
	refused(await tablet.checkIn({ pass: guest.pass }, key), 422, "idempotency_key_reused");
	refused(await tablet.checkIn({ pass: guest.pass }), 409, "already_in");
});

test("the key of a walk-in of long ago lets nobody else in as that guest", async () => {
	const key = newKey();
	const first = welcomed(await tablet.post("/api/v1/walk-ins", { name: "先の客", people: 1 }, { key }));
	// Kept answers go after a day.
	ours.sql(`DELETE FROM idempotency; UPDATE visit SET arrived_at = arrived_at - interval '1 day', day = day - 1 WHERE id = '${first.id}'`);
	const later = refused(await tablet.post("/api/v1/walk-ins", { name: "後の客", people: 1 }, { key }), 422, "idempotency_key_reused");
	assert.ok(!JSON.stringify(later).includes("先の客"));
});

test("the key of a check-in by code tells no more on any other way in", async () => {
	const { guests: [guest] } = await book(admin, office, { guests: [{ name: "佐々木 小次郎", company: "株式会社ひみつ" }] });
	const key = newKey();
	const first = welcomed(await tablet.checkIn({ code: guest.code }, key));
	assert.deepEqual(welcomed(await tablet.scan(photograph(emptyFrame()), key)), first);
	const walkIn = await tablet.post("/api/v1/walk-ins", { name: "誰か", people: 1 }, { key });
	refused(walkIn, 422, "idempotency_key_reused");
	assert.ok(!/ひみつ|佐々木/.test(walkIn.body.toString()));
});

test("a member's key is no other member's", async () => {
	const person = await ours.signedIn(await ours.member(admin, ["reception"]));
	const key = newKey();
	const walkIn = (client, name) => client.post("/api/v1/walk-ins", { name, people: 1, office_id: office.id }, { key });
	assert.equal(welcomed(await walkIn(admin, "管理の客")).guest, "管理の客");
	const other = await walkIn(person, "受付の客");
	assert.equal(other.status, 409, other.toString());
	assert.ok(!other.body.includes("管理の客"));
	person.close();
});

test("the key is needed, and must be one", async () => {
	const { guests: [guest] } = await book(admin, office);
	for (const key of [false, "short", "with space", "x".repeat(65)])
		refused(await tablet.send("POST", "/api/v1/check-ins", { json: { pass: guest.pass }, key }), 400, "idempotency_key_missing");
	assert.equal(count(`visit WHERE guest_id = '${guest.id}'`), 0);
});

test("two tablets, one pass, one instant: one visit, one notice", async () => {
	const other = await ours.tablet(admin, office.id, "受付2");
	const { guests } = await book(admin, office, { guests: Array.from({ length: 12 }, (_, i) => ({ name: `客 ${i}` })) });
	for (const guest of guests) {
		const answers = await Promise.all([tablet, other, tablet, other].map((t) => t.checkIn({ pass: guest.pass })));
		assert.deepEqual(answers.map((a) => a.status).sort(), [201, 409, 409, 409]);
		for (const a of answers.filter((x) => x.status === 409)) assert.equal(a.problem, "already_in");
		assert.equal(count(`visit WHERE guest_id = '${guest.id}'`), 1);
		const visit = answers.find((a) => a.status === 201).json;
		assert.equal(count(`outbox WHERE visit_id = '${visit.id}' AND topic = 'visit.arrived'`), 1);
	}
	other.close();
});

test("one key sent twice at one instant: both are welcome, one visit", async () => {
	const { guests } = await book(admin, office, { guests: Array.from({ length: 8 }, (_, i) => ({ name: `客 ${i}` })) });
	for (const guest of guests) {
		const key = newKey();
		const [a, b] = await Promise.all([1, 2].map(() => tablet.checkIn({ pass: guest.pass }, key)));
		assert.deepEqual(welcomed(a), welcomed(b));
		assert.equal(count(`visit WHERE guest_id = '${guest.id}'`), 1);
	}
});

// --- refusals --------------------------------------------------------------------------

test("unknown: a pass nobody has, one of another company, one that was re-issued", async () => {
	const theirs = await activeTenant(house);
	const chief = await theirs.signedIn();
	const there = await book(chief, await theirs.office(chief));
	refused(await tablet.checkIn({ pass: "ABCDEFGHIJKLMNOPQRSTUVWXYZ" }), 404, "unknown_pass");
	refused(await tablet.checkIn({ pass: there.guests[0].pass }), 404, "unknown_pass");
	refused(await tablet.checkIn({ code: there.guests[0].code }), 404, "unknown_code");

	const { id, guests: [guest] } = await book(admin, office);
	must(await admin.post(`/api/v1/appointments/${id}/invitations`, { reissue: true }), 201);
	const fresh = await keysOf(admin, id, guest.id);
	assert.notEqual(fresh.pass, guest.pass);
	assert.notEqual(fresh.url, guest.url);
	refused(await tablet.checkIn({ pass: guest.pass }), 404, "unknown_pass");
	refused(await tablet.checkIn({ code: guest.code }), 404, "unknown_code");
	welcomed(await tablet.checkIn({ pass: fresh.pass }));
	chief.close();
});

test("another office is named; a code of another office is unknown", async () => {
	const branch = await ours.office(admin, { name: "大阪支社", phone: "06-1" });
	const { guests: [guest] } = await book(admin, branch);
	const there = refused(await tablet.checkIn({ pass: guest.pass }), 409, "other_office");
	assert.equal(there.office, "大阪支社");
	assert.ok(there.title.includes("大阪支社") && !there.title.includes("{"), there.title);
	refused(await tablet.checkIn({ code: guest.code }), 404, "unknown_code");
});

test("a cancelled appointment and a guest taken off it are cancelled", async () => {
	const made = await book(admin, office, { guests: [{ name: "一" }, { name: "二" }] });
	const [one, two] = made.guests;
	must(await admin.put(`/api/v1/appointments/${made.id}`,
		{ ...body(office), starts_at: made.starts_at, ends_at: made.ends_at, version: made.version, guests: [{ id: one.id, name: "一" }] }), 200);
	refused(await tablet.checkIn({ pass: two.pass }), 410, "cancelled");
	refused(await tablet.checkIn({ code: two.code }), 404, "unknown_code");
	must(await admin.delete(`/api/v1/appointments/${made.id}`), 200);
	refused(await tablet.checkIn({ pass: one.pass }), 410, "cancelled");
	refused(await tablet.checkIn({ code: one.code }), 410, "cancelled");
	refused(await admin.post("/api/v1/check-ins", { guest_id: one.id }), 410, "cancelled");
	must(await admin.delete(`/api/v1/appointments/${made.id}?undo=true`), 200);
	welcomed(await tablet.checkIn({ code: one.code }));
});

test("too early says from when; reception may let in on the day itself", async () => {
	const { id, starts_at, guests: [guest] } = await book(admin, office);
	move(id, "now() + interval '61 minutes'", "now() + interval '2 hours'");
	const from = refused(await tablet.checkIn({ pass: guest.pass }), 409, "too_early").from;
	assert.ok(Math.abs(Date.parse(from) - Date.now() - 60_000) < 30_000, `${from} for ${starts_at}`);
	move(id, "now() + interval '59 minutes'", "now() + interval '2 hours'");
	welcomed(await tablet.checkIn({ pass: guest.pass }));

	const later = (await book(admin, office)).guests[0];
	ours.sql(`UPDATE appointment SET starts_at = starts_at + interval '1 day', ends_at = ends_at + interval '1 day'
		WHERE id = (SELECT appointment_id FROM guest WHERE id = '${later.id}')`);
	refused(await admin.post("/api/v1/check-ins", { guest_id: later.id }), 409, "too_early");
});

for (const tz of ["Asia/Tokyo", "America/New_York", "Pacific/Kiritimati"])
	test(`the office's day decides, not UTC's: ${tz}`, async () => {
		const there = await ours.office(admin, { name: tz, time_zone: tz });
		const device = await ours.tablet(admin, there.id, tz);
		const { id, guests: [guest] } = await book(admin, there, { starts_at: undefined, ends_at: undefined, ...times() });

		// It ended as the day began: that was yesterday.
		move(id, "m - interval '1 hour'", "m", tz);
		const over = refused(await device.checkIn({ pass: guest.pass }), 409, "too_late");
		assert.match(over.until, /T00:00:00/);
		refused(await admin.post("/api/v1/check-ins", { guest_id: guest.id }), 409, "too_late");

		// A second into the day: late, but welcome until midnight.
		move(id, "m - interval '1 hour'", "m + interval '1 second'", tz);
		const late = welcomed(await device.checkIn({ pass: guest.pass }));
		assert.equal(late.late, true);
		assert.equal(ours.sql(`SELECT day = (now() AT TIME ZONE '${tz}')::date FROM visit WHERE id = '${late.id}'`), "t");

		// Its day is in today's list, from midnight to midnight there.
		const today = must(await admin.get(`/api/v1/today?office_id=${there.id}`), 200).json;
		assert.equal(today.date, new Intl.DateTimeFormat("sv", { timeZone: tz }).format(new Date()));
		assert.equal(today.items.length, 1);
		device.close();
	});
const times = () => ({ starts_at: new Date(Date.now() + 1800e3).toISOString(), ends_at: new Date(Date.now() + 3600e3).toISOString() });

test("a code is good on its days only: the day before too when check-in opens then", async () => {
	const tz = "Asia/Tokyo";
	const made = await book(admin, office);
	const days = ours.sql(`SELECT string_agg(day::text, ' ' ORDER BY day) FROM guest_code WHERE guest_id = '${made.guests[0].id}'`).split(" ");
	const local = (ms) => new Intl.DateTimeFormat("sv", { timeZone: tz }).format(new Date(ms));
	const expected = [...new Set([local(Date.parse(made.starts_at) - 3600e3), local(Date.parse(made.ends_at) - 1)])];
	assert.deepEqual(days, expected);
	ours.sql(`UPDATE guest_code SET day = day - 7 WHERE guest_id = '${made.guests[0].id}'`);
	refused(await tablet.checkIn({ code: made.guests[0].code }), 404, "unknown_code");
	ours.sql("DELETE FROM guess");
});

// --- already in, leaving ---------------------------------------------------------------

test("scanning again departs nobody: it offers to leave and to call, with a handle", async () => {
	const { guests: [guest] } = await book(admin, office);
	const visit = welcomed(await tablet.checkIn({ pass: guest.pass }));
	const offer = refused(await tablet.checkIn({ pass: guest.pass }), 409, "already_in");
	assert.equal(offer.visit_id, visit.id);
	assert.equal(offer.since, visit.arrived_at);
	assert.equal(offer.office, "本社");
	assert.ok(offer.title.includes(visit.arrived_at.slice(11, 16)), offer.title);

	const call = must(await tablet.post("/api/v1/calls", { visit_id: offer.visit_id, handle: offer.handle }), 201).json;
	assert.equal(call.phone, "03-1111-2222");
	assert.equal(count(`outbox WHERE visit_id = '${visit.id}' AND topic = 'visit.called'`), 1);

	const bye = must(await tablet.post("/api/v1/departures", { visit_id: offer.visit_id, handle: offer.handle }), 201).json;
	assert.equal(bye.id, visit.id);
	assert.match(bye.left_at, /\+09:00$/);
	refused(await tablet.post("/api/v1/departures", { visit_id: offer.visit_id, handle: offer.handle }), 409, "not_inside");
	const shown = must(await admin.get(`/api/v1/visits/${visit.id}`), 200).json;
	assert.equal(`${shown.state} ${shown.left_by}`, "left tablet");
});

test("a handle is good for its tablet and its visit only", async () => {
	const other = await ours.tablet(admin, office.id, "受付2");
	const { guests: [one, two] } = await book(admin, office, { guests: [{ name: "一" }, { name: "二" }] });
	welcomed(await tablet.checkIn({ pass: one.pass }));
	const second = welcomed(await tablet.checkIn({ pass: two.pass }));
	const offer = refused(await tablet.checkIn({ pass: one.pass }), 409, "already_in");
	const leave = (device, visit_id, handle) => device.post("/api/v1/departures", { visit_id, handle });
	refused(await leave(other, offer.visit_id, offer.handle), 409, "not_inside");
	refused(await leave(tablet, second.id, offer.handle), 409, "not_inside");
	const [until, proof] = offer.handle.split(".");
	refused(await leave(tablet, offer.visit_id, `${Number(until) + 60_000}.${proof}`), 409, "not_inside");
	refused(await leave(tablet, offer.visit_id, `${until}.${"0".repeat(32)}`), 409, "not_inside");
	refused(await leave(tablet, offer.visit_id, "1.x"), 409, "not_inside");
	assert.deepEqual(wrong(await tablet.post("/api/v1/departures", { visit_id: offer.visit_id })), ["/handle missing"]);
	assert.deepEqual(wrong(await tablet.post("/api/v1/departures", {})), ["/pass missing"]);
	other.close();
});

test("leaving by pass and by code; who is not inside cannot", async () => {
	const { guests: [one, two] } = await book(admin, office, { guests: [{ name: "一" }, { name: "二" }] });
	refused(await tablet.post("/api/v1/departures", { pass: one.pass }), 409, "not_inside");
	welcomed(await tablet.checkIn({ pass: one.pass }));
	welcomed(await tablet.checkIn({ code: two.code }));
	const key = newKey();
	const bye = must(await tablet.post("/api/v1/departures", { pass: one.pass }, { key }), 201).json;
	assert.deepEqual(must(await tablet.post("/api/v1/departures", { pass: one.pass }, { key }), 201).json, bye);
	must(await tablet.post("/api/v1/departures", { code: two.code }), 201);
	refused(await tablet.post("/api/v1/departures", { pass: "ABCDEFGHIJKLMNOPQRSTUVWXYZ" }), 404, "unknown_pass");
});

test("a pass for one visit is used up by leaving; one for a period admits again", async () => {
	const { guests: [once] } = await book(admin, office);
	const period = await book(admin, office, { kind: "period", ends_at: new Date(Date.now() + 20 * 86400e3).toISOString() });
	const often = period.guests[0];
	for (const guest of [once, often]) {
		welcomed(await tablet.checkIn({ pass: guest.pass }));
		must(await tablet.post("/api/v1/departures", { pass: guest.pass }), 201);
	}
	const over = refused(await tablet.checkIn({ pass: once.pass }), 409, "too_late");
	assert.ok(Date.parse(over.until) <= Date.now() + 1000);
	welcomed(await tablet.checkIn({ pass: often.pass }));
	must(await tablet.post("/api/v1/departures", { code: often.code }), 201);
	welcomed(await tablet.checkIn({ code: often.code }));
	assert.equal(count(`visit WHERE guest_id = '${often.id}'`), 3);
	// A code for each day, of which midnight may have added one.
	const [first, last] = [period.starts_at, period.ends_at].map((at) => Date.parse(new Intl.DateTimeFormat("sv", { timeZone: office.time_zone }).format(new Date(at))));
	assert.equal(count(`guest_code WHERE guest_id = '${often.id}'`), (last - first) / 86400e3 + 1);

	// Reception knows better: whoever comes back is let in by hand.
	welcomed(await admin.post("/api/v1/check-ins", { guest_id: once.id }));
});

// --- undo ------------------------------------------------------------------------------

test("undo: the same tablet, its secret, within a minute; the visit stays and the host is told", async () => {
	const other = await ours.tablet(admin, office.id, "受付2");
	const { guests: [guest] } = await book(admin, office);
	const visit = welcomed(await tablet.checkIn({ pass: guest.pass }));
	refused(await undo(other, visit.id, visit.undo_secret), 409, "not_undoable");
	refused(await undo(tablet, visit.id, "0".repeat(32)), 409, "not_undoable");
	refused(await tablet.delete(`/api/v1/check-ins/${visit.id}`), 409, "not_undoable");
	must(await undo(tablet, visit.id, visit.undo_secret), 204);
	refused(await undo(tablet, visit.id, visit.undo_secret), 409, "not_undoable");
	const shown = must(await admin.get(`/api/v1/visits/${visit.id}`), 200).json;
	assert.equal(shown.state, "undone");
	assert.ok(shown.undone_at);
	assert.equal(count(`outbox WHERE visit_id = '${visit.id}' AND topic = 'visit.undone'`), 1);
	assert.equal(must(await tablet.get(`/api/v1/check-ins/${visit.id}`), 200).json.state, "undone");

	const again = welcomed(await tablet.checkIn({ pass: guest.pass }));
	must(await undo(tablet, again.id, again.undo_secret), 204);
	const third = welcomed(await tablet.checkIn({ pass: guest.pass }));
	refused(await undo(tablet, third.id, third.undo_secret), 409, "not_undoable"); // twice a day
	other.close();
});

test("no undo after a minute, nor after the host has met the guest", async () => {
	const { guests: [one, two] } = await book(admin, office, { guests: [{ name: "一" }, { name: "二" }] });
	const old = welcomed(await tablet.checkIn({ pass: one.pass }));
	ours.sql(`UPDATE visit SET arrived_at = arrived_at - interval '61 seconds' WHERE id = '${old.id}'`);
	refused(await undo(tablet, old.id, old.undo_secret), 409, "not_undoable");
	const met = welcomed(await tablet.checkIn({ pass: two.pass }));
	const changed = must(await admin.patch(`/api/v1/visits/${met.id}`, { version: 1, state: "met" }), 200).json;
	assert.ok(changed.met_at);
	refused(await undo(tablet, met.id, met.undo_secret), 409, "not_undoable");
	assert.equal(must(await tablet.get(`/api/v1/check-ins/${met.id}`), 200).json.state, "met");
});

// --- guessing --------------------------------------------------------------------------

test("five wrong codes a minute, then wait; only code entry is blocked", async () => {
	const device = await ours.tablet(admin, office.id, "受付3");
	const { guests: [one, two] } = await book(admin, office, { guests: [{ name: "一" }, { name: "二" }] });
	welcomed(await device.checkIn({ code: one.code })); // a right one costs nothing
	for (let i = 0; i < 5; i++) refused(await device.checkIn({ code: wrongCode() }), 404, "unknown_code");
	const wait = refused(await device.checkIn({ code: two.code }), 429, "wait");
	assert.ok(wait.retry_after > 0 && wait.retry_after <= 60);
	refused(await device.post("/api/v1/departures", { code: one.code }), 429, "wait");
	assert.equal(count(`visit WHERE guest_id = '${two.id}'`), 0);

	must(await device.post("/api/v1/calls", {}), 201);
	welcomed(await device.checkIn({ pass: two.pass }));
	assert.equal(count("operation WHERE action = 'checkin.refused' AND result = 'code_blocked'"), 1);

	// The next time it is two minutes; another tablet is not concerned.
	ours.sql(`UPDATE guess SET blocked_until = now(), window_from = now() - interval '2 minutes' WHERE subject = '${device.device.id}'`);
	for (let i = 0; i < 5; i++) refused(await device.checkIn({ code: wrongCode() }), 404, "unknown_code");
	const longer = refused(await device.checkIn({ code: wrongCode() }), 429, "wait");
	assert.ok(longer.retry_after > 60 && longer.retry_after <= 120, `${longer.retry_after}`);
	refused(await tablet.checkIn({ code: wrongCode() }), 404, "unknown_code");
	device.close();
});

test("parallel guesses get no further than guesses in a row", async () => {
	const device = await ours.tablet(admin, office.id, "受付4");
	const answers = await Promise.all(Array.from({ length: 20 }, () => device.checkIn({ code: wrongCode() })));
	assert.equal(answers.filter((a) => a.problem === "unknown_code").length, 5);
	assert.equal(answers.filter((a) => a.problem === "wait").length, 15);
	device.close();
});

test("a hundred wrong codes a day at an office: then reception confirms each", async () => {
	const there = await ours.office(admin, { name: "守る拠点" });
	const device = await ours.tablet(admin, there.id, "受付5");
	const { guests: [guest] } = await book(admin, there);
	for (let i = 0; i < 100; i++) {
		if (i % 5 === 0) ours.sql(`DELETE FROM guess WHERE kind = 'code_device'`);
		refused(await device.checkIn({ code: wrongCode() }), 404, "unknown_code");
	}
	ours.sql(`DELETE FROM guess WHERE kind = 'code_device'`);
	refused(await device.checkIn({ code: guest.code }), 409, "code_needs_reception");
	welcomed(await admin.post("/api/v1/check-ins", { guest_id: guest.id }));
	device.close();
});

// --- who may ---------------------------------------------------------------------------

test("a tablet shows what it was shown, a member points at the list: nothing else", async () => {
	const { guests: [guest] } = await book(admin, office);
	assert.deepEqual(wrong(await tablet.checkIn({ guest_id: guest.id })), ["/guest_id unknown", "/pass missing"]);
	assert.deepEqual(wrong(await admin.post("/api/v1/check-ins", { pass: guest.pass })), ["/guest_id missing", "/pass unknown"]);
	assert.deepEqual(wrong(await admin.post("/api/v1/check-ins", { code: guest.code })), ["/code unknown", "/guest_id missing"]);
	assert.deepEqual(wrong(await tablet.checkIn({ pass: guest.pass, code: guest.code })), ["/code unknown"]);
	assert.deepEqual(wrong(await tablet.checkIn({})), ["/pass missing"]);
	assert.deepEqual(wrong(await tablet.checkIn({ pass: guest.pass, x: 1 })), ["/x unknown"]);
	refused(await ours.client().post("/api/v1/check-ins", { pass: guest.pass }), 401, "sign_in_needed");
	const member = await ours.signedIn(await ours.member(admin));
	refused(await member.post("/api/v1/check-ins", { guest_id: guest.id }), 403, "not_allowed");
	assert.equal(count(`visit WHERE guest_id = '${guest.id}'`), 0);
});

test("a malformed pass or code never reaches the database", async () => {
	for (const pass of ["abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXY1", "A".repeat(25), "A".repeat(27), "Ａ".repeat(26), "'; DROP TABLE visit; --  x", 1, {}, []])
		assert.match(wrong(await tablet.checkIn({ pass })).join(), /^\/pass /);
	for (const code of ["12345", "1234567", "12345a", "１２３４５６", "-12345", " 1234 ", 123456, null])
		assert.match(wrong(await tablet.checkIn({ code })).join(), /^\/(code|pass) /);
});

test("reception serves its own offices", async () => {
	const branch = await ours.office(admin, { name: "札幌" });
	const person = await ours.member(admin, ["member", "reception"], "受付 花子");
	ours.sql(`INSERT INTO member_office (tenant_id, member_id, office_id) VALUES ('${ours.id}', '${person.id}', '${branch.id}')`);
	const reception = await ours.signedIn(person);
	const here = (await book(admin, office)).guests[0];
	const there = (await book(admin, branch)).guests[0];
	refused(await reception.post("/api/v1/check-ins", { guest_id: here.id }), 404, "unknown_pass");
	const visit = welcomed(await reception.post("/api/v1/check-ins", { guest_id: there.id }));
	welcomed(await admin.post("/api/v1/check-ins", { guest_id: here.id }));
	const inside = async (client, place) => must(await client.get(`/api/v1/evacuation-list?office_id=${place.id}`), 200).json.items.map(({ id }) => id);
	assert.deepEqual(await inside(reception, branch), [visit.id]);
	assert.deepEqual(await inside(reception, office), []);
	assert.ok((await inside(admin, office)).length > 0);
	must(await reception.post(`/api/v1/visits/${visit.id}/departure`, undefined, { key: false }), 200);
	assert.equal(must(await reception.get(`/api/v1/today?office_id=${branch.id}`), 200).json.items.length, 1);
	assert.equal(must(await reception.get(`/api/v1/today?office_id=${office.id}`), 200).json.items.length, 0);
	reception.close();
});

// --- walk-ins --------------------------------------------------------------------------

test("a walk-in is welcome: with a host, with a department, with neither", async () => {
	const host = await ours.member(admin, ["member"], "担当 次郎");
	const department = must(await admin.post("/api/v1/departments", { name: "営業部", members: [host.id] }), 201).json;
	const key = newKey();
	const ask = { name: "飛込 三郎", company: "株式会社ふらり", people: 2, host_id: host.id };
	const first = welcomed(await tablet.post("/api/v1/walk-ins", ask, { key }));
	assert.equal(first.guest, "飛込 三郎");
	assert.deepEqual(first.hosts, ["担当 次郎"]);
	assert.equal(first.people, 2);
	assert.deepEqual(welcomed(await tablet.post("/api/v1/walk-ins", ask, { key })), first);
	assert.equal(count(`outbox WHERE visit_id = '${first.id}' AND topic = 'visit.arrived' AND kind = 'mail'`), 1);

	const second = welcomed(await tablet.post("/api/v1/walk-ins", { name: "四郎", people: 1, department_id: department.id }));
	assert.deepEqual(second.hosts, ["営業部"]);
	assert.equal(count(`outbox WHERE visit_id = '${second.id}' AND topic = 'visit.arrived' AND kind = 'mail'`), 1);
	welcomed(await tablet.post("/api/v1/walk-ins", { name: "五郎", people: 100 }));
	const byMember = welcomed(await admin.post("/api/v1/walk-ins", { name: "六郎", people: 1, office_id: office.id }));
	assert.equal(byMember.undo_secret, null);
	const shown = must(await admin.get(`/api/v1/visits/${first.id}`), 200).json;
	assert.equal(`${shown.via} ${shown.appointment_id} ${shown.hosts[0].kind}`, "walk_in null member");
	must(await undo(tablet, second.id, second.undo_secret), 204);
});

test("a walk-in's form is checked", async () => {
	const post = (json) => tablet.post("/api/v1/walk-ins", json);
	assert.deepEqual(wrong(await post({})), ["/name missing", "/people missing"]);
	assert.deepEqual(wrong(await post({ name: "a", people: 0 })), ["/people out_of_range"]);
	assert.deepEqual(wrong(await post({ name: "a", people: 101 })), ["/people out_of_range"]);
	assert.deepEqual(wrong(await post({ name: "a", people: "1" })), ["/people wrong_type"]);
	assert.deepEqual(wrong(await post({ name: "a\u202eb", people: 1 })), ["/name unclean"]);
	assert.deepEqual(wrong(await post({ name: "x".repeat(10_000), people: 1 })), ["/name too_long"]);
	assert.deepEqual(wrong(await post({ name: "a", people: 1, host_id: crypto.randomUUID() })), ["/host_id not_found"]);
	assert.deepEqual(wrong(await post({ name: "a", people: 1, department_id: crypto.randomUUID() })), ["/department_id not_found"]);
	assert.deepEqual(wrong(await post({ name: "a", people: 1, office_id: office.id })), ["/office_id unknown"]);
	assert.deepEqual(wrong(await admin.post("/api/v1/walk-ins", { name: "a", people: 1 })), ["/office_id missing"]);
});

// --- frames ----------------------------------------------------------------------------

/** A picture without any code. */
const emptyFrame = () => execFileSync("convert", ["-size", "400x400", "plasma:grey-white", "png:-"]);

test("frames that are none are refused, and change nothing", async () => {
	refused(await tablet.scan(Buffer.from("not a jpeg at all")), 422, "unreadable_frame");
	refused(await tablet.scan(Buffer.alloc(0)), 422, "unreadable_frame");
	refused(await tablet.scan(Buffer.alloc(512 * 1024 + 1, 0xff)), 413, "too_large");
	refused(await tablet.send("POST", "/api/v1/scans?frame=1", { body: "{}", type: "application/json", key: true }), 415, "wrong_type");
	const jpeg = photograph(emptyFrame());
	must(await tablet.scan(jpeg), 204);
	refused(await tablet.scan(jpeg.subarray(0, 200)), 422, "unreadable_frame");
	assert.deepEqual(wrong(await tablet.send("POST", "/api/v1/scans", { body: jpeg, type: "image/jpeg", key: true })), ["?frame missing"]);
	assert.deepEqual(wrong(await tablet.send("POST", "/api/v1/scans?frame=-1", { body: jpeg, type: "image/jpeg", key: true })), ["?frame out_of_range"]);
	refused(await admin.send("POST", "/api/v1/scans?frame=1", { body: jpeg, type: "image/jpeg", key: true }), 401, "sign_in_needed");
});
