// How long things are kept: what one may choose, what a preview says, and what
// the daily deletion takes with it and leaves.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { must } from "../../scripts/lib/client.mjs";
import { at, book } from "../lib/guest.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { activeTenant } from "../lib/tenant.mjs";

const PATH = "/api/v1/settings/retention";
let house, ours, admin, office, tablet;

before(async () => {
	house = await startInstallation();
	ours = await activeTenant(house);
	admin = await ours.signedIn();
	office = await ours.office(admin);
	tablet = await ours.tablet(admin, office.id);
});
after(() => house?.stop());

const count = (table, where = "true") => Number(ours.sql(`SELECT count(*) FROM ${table} WHERE ${where}`));
const periods = { visit_days: 400, appointment_days: 100, delivery_days: 30 };
const preview = async (days) => must(await admin.get(`${PATH}/preview?${new URLSearchParams(days)}`), 200).json;

/** A guest who came and left, so many days ago. */
const past = async (days, what) => {
	const appointment = await book(admin, office, { guests: [{ name: "古川 古雄", email: "furuo@guest.example", phone: "03-1234-5678" }], ...what });
	must(await tablet.checkIn({ pass: appointment.guests[0].pass }), 201);
	must(await tablet.post("/api/v1/departures", { pass: appointment.guests[0].pass }), 201);
	age(appointment.id, days);
	return appointment;
};
const age = (id, days) => ours.sql(`
	UPDATE visit SET day = day - ${days}, arrived_at = arrived_at - interval '${days} days', left_at = left_at - interval '${days} days' WHERE appointment_id = '${id}';
	UPDATE guest SET created_at = created_at - interval '${days} days' WHERE appointment_id = '${id}';
	UPDATE outbox SET created_at = created_at - interval '${days} days' WHERE appointment_id = '${id}';
	UPDATE appointment SET starts_at = starts_at - interval '${days} days', ends_at = ends_at - interval '${days} days', created_at = created_at - interval '${days} days' WHERE id = '${id}'`);

/** Nothing about it is on its way any more. */
const delivered = async (id) => {
	while (count("outbox", `appointment_id = '${id}' AND state IN ('waiting', 'leased')`) > 0) await new Promise((resolve) => setTimeout(resolve, 50));
};

/** What the house does at night, now. */
const nextDay = async () => {
	ours.sql("UPDATE retention SET swept_at = NULL");
	await house.sv("restart", "web");
	for (let left = 200; count("retention", "swept_at IS NOT NULL") === 0; left--) {
		assert.ok(left > 0, "the daily deletion did not end");
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
};

test("a new company has the usual periods, and may choose others within limits", async () => {
	const { version, ...usual } = must(await admin.get(PATH), 200).json;
	assert.deepEqual(usual, { visit_days: 1095, appointment_days: 365, delivery_days: 90, log_days: null, contact: "" });
	for (const [change, pointer, name] of [[{ visit_days: 29 }, "/visit_days", "out_of_range"], [{ appointment_days: 3661 }, "/appointment_days", "out_of_range"],
		[{ delivery_days: null }, "/delivery_days", "missing"], [{ visit_days: "400" }, "/visit_days", "wrong_type"], [{ contact: "x".repeat(501) }, "/contact", "too_long"],
		[{ log_days: 364 }, "/log_days", "out_of_range"], [{ log_days: 3661 }, "/log_days", "out_of_range"], [{ log_days: "400" }, "/log_days", "wrong_type"],
		[{ mail_days: 1 }, "/mail_days", "unknown"]])
		assert.deepEqual((await admin.put(PATH, { version, ...periods, ...change })).json.errors, [{ pointer, name }]);
	const chosen = must(await admin.put(PATH, { version, ...periods, contact: "総務部\nprivacy@ours.example" }), 200).json;
	assert.deepEqual(must(await admin.get(PATH), 200).json, chosen);
	assert.equal(chosen.contact, "総務部\nprivacy@ours.example");
	assert.equal((await admin.put(PATH, { version, ...periods })).problem, "conflict");
	assert.equal(must(await admin.put(PATH, { version: chosen.version, ...periods }), 200).json.version, chosen.version + 1);
	assert.equal((await admin.put(PATH, { version: 1, ...periods })).problem, "conflict");
	const kept = must(await admin.put(PATH, { version: chosen.version + 1, ...periods, log_days: 730 }), 200).json;
	assert.equal(kept.log_days, 730);
	assert.equal(must(await admin.put(PATH, { version: kept.version, ...periods, log_days: null }), 200).json.log_days, null);
});

test("only who may change the system sees or chooses them, and another company has its own", async () => {
	for (const role of ["member", "reception", "operations_admin", "account_admin"]) {
		const other = await ours.signedIn(await ours.member(admin, [role]));
		assert.equal((await other.get(PATH)).problem, "not_allowed", role);
		assert.equal((await other.put(PATH, { version: 1, ...periods })).problem, "not_allowed", role);
		assert.equal((await other.get(`${PATH}/preview?${new URLSearchParams(periods)}`)).problem, "not_allowed", role);
	}
	assert.equal((await house.client().get(PATH)).problem, "sign_in_needed");
	assert.equal(must(await (await house.admin()).get(PATH), 200).json.visit_days, 1095);
});

test("a preview needs all periods, counts what would go, and takes nothing", async () => {
	assert.equal((await admin.get(`${PATH}/preview?visit_days=400`)).json.errors.length, 2);
	assert.deepEqual((await preview(periods)).visits, { count: 0, oldest: null, newest: null });
	const one = await past(500);
	await delivered(one.id);
	const before = count("visit");
	const { visits, appointments, deliveries } = await preview(periods);
	const day = ours.sql(`SELECT day FROM visit WHERE appointment_id = '${one.id}'`);
	assert.deepEqual(visits, { count: 1, oldest: day, newest: day });
	assert.equal(appointments.count, 1);
	assert.equal(deliveries.count, count("outbox", `appointment_id = '${one.id}'`));
	assert.equal((await preview({ ...periods, visit_days: 600, appointment_days: 600 })).visits.count, 0);
	assert.equal(count("visit"), before);
});

test("the daily deletion takes what is past its time, and keeps the rest", async () => {
	const kept = await past(200), recent = await past(20);
	// A period guest: the first visit is long past, and now they are in again.
	const inside = await past(500, { kind: "period", starts_at: at(30), ends_at: at(60 * 24 * 300) });
	ours.sql(`UPDATE appointment SET starts_at = now() - interval '300 days', ends_at = now() + interval '1 day' WHERE id = '${inside.id}'`);
	must(await tablet.checkIn({ pass: inside.guests[0].pass }), 201);
	const walkIn = must(await tablet.post("/api/v1/walk-ins", { name: "飛込 一郎", people: 1 }, { key: true }), 201).json;
	ours.sql(`UPDATE visit SET state = 'left', left_at = arrived_at, left_by = 'member', day = day - 500 WHERE id = '${walkIn.id}';
		UPDATE visit SET arrived_at = arrived_at - interval '500 days', left_at = left_at - interval '500 days' WHERE id = '${walkIn.id}';
		UPDATE guest SET created_at = created_at - interval '500 days' WHERE id = (SELECT guest_id FROM visit WHERE id = '${walkIn.id}')`);
	const nobody = await book(admin, office, { guests: [{ name: "未来 来ない", email: "x@guest.example" }] });
	age(nobody.id, 150);
	const later = await book(admin, office, { guests: [{ name: "先田 先" }], invite: true });
	ours.sql(`UPDATE appointment SET starts_at = starts_at + interval '60 days', ends_at = ends_at + interval '60 days' WHERE id = '${later.id}';
		UPDATE outbox SET created_at = created_at - interval '80 days', state = 'delivered', payload_cell = NULL, lease_until = NULL WHERE appointment_id = '${later.id}'`);
	const told = count("outbox", `appointment_id = '${later.id}'`);
	const { visits } = await preview(periods);
	assert.equal(visits.count, 3, "the one of the preview before, the period guest's first, and the walk-in");

	await nextDay();
	assert.equal(count("visit", "day < current_date - 400 AND state <> 'arrived'"), 0);
	assert.equal(count("guest", "id NOT IN (SELECT guest_id FROM visit) AND appointment_id IS NULL"), 0);
	assert.equal(count("appointment", `id = '${nobody.id}'`), 0, "nobody came: all of it goes");
	assert.equal(count("guest", `appointment_id = '${nobody.id}'`), 0);
	assert.equal(count("appointment", `id = '${kept.id}' AND stripped_at IS NOT NULL`), 1, "its visit is kept");
	assert.equal(count("guest", `appointment_id = '${kept.id}' AND email_cell IS NULL AND email_hash IS NULL AND phone_hash IS NULL AND pass_hash IS NULL AND page_hash IS NULL`), 1);
	assert.equal(count("visit", `appointment_id = '${inside.id}'`), 1, "the old visit goes, who is inside stays");
	assert.equal(count("guest", `appointment_id = '${inside.id}' AND pass_hash IS NOT NULL`), 1);
	assert.equal(count("guest", `appointment_id = '${recent.id}' AND email_hash IS NOT NULL`), 1);
	assert.equal(count("outbox", `appointment_id = '${later.id}'`), told, "of an appointment yet to come");
	assert.equal(count("outbox", `appointment_id = '${kept.id}' AND state NOT IN ('waiting', 'leased')`), 0);

	const name = must(await admin.get(`/api/v1/visits?from=2020-01-01&to=2030-01-01&limit=200`), 200).json.items.find((v) => v.appointment_id === kept.id);
	assert.equal(name.guest, "古川 古雄");
	assert.ok(count("operation", "action = 'retention.deleted' AND actor_kind = 'system' AND object_id IS NULL") > 0);
});

test("an appointment goes with the last of its visits", async () => {
	const one = await past(200);
	await nextDay();
	assert.equal(count("appointment", `id = '${one.id}'`), 1);
	age(one.id, 250);
	await nextDay();
	for (const table of ["visit", "guest", "outbox"]) assert.equal(count(table, `appointment_id = '${one.id}'`), table === "outbox" ? count("outbox", `appointment_id = '${one.id}' AND state IN ('waiting', 'leased')`) : 0, table);
	assert.equal(count("appointment", `id = '${one.id}'`), 0);
});

test("what was done today is not done again", async () => {
	const one = await past(500);
	await house.sv("restart", "web");
	await new Promise((resolve) => setTimeout(resolve, 1500));
	assert.equal(count("visit", `appointment_id = '${one.id}'`), 1);
});
