// One person in one place: found by an exact address, number or name, shown,
// handed out, erased; and every way to be refused.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { must } from "../../scripts/lib/client.mjs";
import { book } from "../lib/guest.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { activeTenant } from "../lib/tenant.mjs";

let house, ours, admin, office, tablet, first, second, visit;

before(async () => {
	house = await startInstallation();
	ours = await activeTenant(house);
	admin = await ours.signedIn();
	office = await ours.office(admin);
	tablet = await ours.tablet(admin, office.id);
	first = await book(admin, office, { title: "一度目", invite: true, guests: [{ name: "髙橋 えり", kana: "タカハシ エリ", company: "青葉産業", email: "eri@guest.example", phone: "03-1234-5678" },
		{ name: "同席 花子", email: "hanako@guest.example" }] });
	second = await book(admin, office, { title: "二度目", guests: [{ name: "高橋　えり", email: "ERI@guest.example" }] });
	visit = must(await tablet.checkIn({ pass: first.guests[0].pass }), 201).json;
});
after(() => house?.stop());

const find = async (query, client = admin) => must(await client.get(`/api/v1/people?${new URLSearchParams(query)}`), 200).json.items;
const erase = (body, client = admin) => client.post("/api/v1/erasures", body);
const ids = (items) => items.map(({ id }) => id).sort();
const both = () => [first.guests[0].id, second.guests[0].id].sort();

test("a person is found by address, number or full name, however it is written, and by nothing less", async () => {
	for (const query of [{ email: "eri@guest.example" }, { email: " Ｅｒｉ@GUEST.example" }, { name: "高橋えり" }, { name: "髙橋 エリ" }])
		assert.deepEqual(ids(await find(query)), both(), JSON.stringify(query));
	assert.deepEqual(ids(await find({ phone: "０３（1234）5678" })), [first.guests[0].id]);
	for (const query of [{ name: "高橋" }, { name: "青葉産業" }, { email: "eri@guest.exampl" }, { phone: "03-1234-567" + "9" }]) assert.deepEqual(await find(query), []);
});

test("what is held is shown with the visits, and nobody else's", async () => {
	const record = (await find({ email: "eri@guest.example" })).find(({ id }) => id === first.guests[0].id);
	assert.deepEqual([record.name, record.company, record.email, record.phone, record.inside, record.appointment.title, record.visits.map(({ id }) => id)],
		["髙橋 えり", "青葉産業", "eri@guest.example", "+81312345678", true, "一度目", [visit.id]]);
	assert.ok(record.deliveries.some(({ topic }) => topic === "invitation.new"));
	assert.ok(!JSON.stringify(record).includes("同席"));
});

test("a search that says nothing, too much or nonsense is refused by its field", async () => {
	for (const [query, pointer, name] of [["", "?email", "missing"], ["email=x", "?email", "bad_format"], ["phone=abc", "?phone", "bad_format"],
		["email=a@b.example&name=x", "?name", "too_many"], [`name=${"x".repeat(101)}`, "?name", "too_long"], ["name=x&limit=1", "?limit", "unknown"]])
		for (const path of ["people", "people.json"])
			assert.deepEqual((await admin.get(`/api/v1/${path}?${query}`)).json.errors, [{ pointer, name }], query);
});

test("the export is one file with everything", async () => {
	const answer = must(await admin.get("/api/v1/people.json?email=eri@guest.example"), 200);
	assert.equal(answer.headers["content-disposition"], "attachment; filename=\"personal-data.json\"");
	assert.equal(answer.json.company, "試験 株式会社");
	assert.deepEqual(ids(answer.json.records), both());
});

test("looking and exporting are on record, with the guests' ids and no name", async () => {
	const log = () => ours.sql("SELECT string_agg(action || ' ' || actor_kind || ' ' || (object_id IS NULL)::text || ' ' || (detail_cell IS NOT NULL)::text, ',' ORDER BY seq DESC) FROM operation WHERE action LIKE 'person.%'").split(",");
	await find({ email: "eri@guest.example" });
	must(await admin.get("/api/v1/people.json?email=eri@guest.example"), 200);
	assert.deepEqual(log().slice(0, 2), ["person.exported member true true", "person.shown member true true"]);
	for (const action of ["person.exported", "person.shown"]) {
		const [line] = must(await admin.get(`/api/v1/operations?action=${action}&limit=1`), 200).json.items;
		assert.deepEqual({ ...line.detail, guests: [...line.detail.guests].sort() }, { by: "email", guests: both() }, action);
	}
});

test("who may see all visits may look; only who may change the system may erase", async () => {
	for (const role of ["member", "reception", "account_admin"]) {
		const other = await ours.signedIn(await ours.member(admin, [role]));
		for (const path of ["people", "people.json"]) assert.equal((await other.get(`/api/v1/${path}?email=eri@guest.example`)).problem, "not_allowed", role);
		assert.equal((await erase({ guests: [second.guests[0].id], name: "高橋えり" }, other)).problem, "not_allowed", role);
	}
	const operations = await ours.signedIn(await ours.member(admin, ["operations_admin"]));
	assert.equal((await find({ email: "eri@guest.example" }, operations)).length, 2);
	must(await operations.get("/api/v1/people.json?email=eri@guest.example"), 200);
	assert.equal((await erase({ guests: [second.guests[0].id], name: "高橋えり" }, operations)).problem, "not_allowed");
	assert.equal((await house.client().get("/api/v1/people?email=eri@guest.example")).problem, "sign_in_needed");
});

test("another company finds nobody, and its guests are as unknown as random ones", async () => {
	const theirs = await activeTenant(house);
	const stranger = await theirs.signedIn();
	assert.deepEqual(await find({ email: "eri@guest.example" }, stranger), []);
	for (const id of [second.guests[0].id, randomUUID()])
		assert.deepEqual((await erase({ guests: [id], name: "高橋えり" }, stranger)).json.errors, [{ pointer: "/guests/0", name: "not_found" }]);
	assert.equal((await find({ email: "eri@guest.example" })).length, 2);
});

test("a name that is none of theirs, no guests, or somebody inside: nobody is erased", async () => {
	const guests = both();
	assert.deepEqual((await erase({ guests, name: "同席 花子" })).json.errors, [{ pointer: "/name", name: "no_choice" }]);
	assert.deepEqual((await erase({ guests: [], name: "高橋えり" })).json.errors, [{ pointer: "/guests", name: "too_few" }]);
	assert.deepEqual((await erase({ guests: ["x"], name: "高橋えり" })).json.errors, [{ pointer: "/guests/0", name: "bad_format" }]);
	assert.deepEqual((await erase({ guests: [second.guests[0].id, randomUUID()], name: "高橋えり" })).json.errors, [{ pointer: "/guests/1", name: "not_found" }]);
	assert.equal((await erase({ guests, name: "高橋えり" })).problem, "still_inside");
	assert.equal((await find({ email: "eri@guest.example" })).length, 2, "all or none");
});

test("after they have left the person goes, for good, and everybody else stays", async () => {
	must(await tablet.post("/api/v1/departures", { pass: first.guests[0].pass }), 201);
	assert.deepEqual(must(await erase({ guests: both(), name: "高橋 えり" }), 201).json, { erased: 2 });
	for (const query of [{ email: "eri@guest.example" }, { phone: "03-1234-5678" }, { name: "高橋えり" }, { name: "削除済み" }]) assert.deepEqual(await find(query), []);
	const { title, guests } = must(await admin.get(`/api/v1/appointments/${first.id}`), 200).json;
	assert.equal(title, "一度目");
	assert.deepEqual(guests.map(({ name }) => name).sort(), ["削除済み", "同席 花子"]);
	assert.equal(must(await admin.get(`/api/v1/appointments/${second.id}`), 200).json.title, "削除済み");
	assert.deepEqual((await erase({ guests: [second.guests[0].id], name: "高橋えり" })).json.errors, [{ pointer: "/guests/0", name: "not_found" }]);
	assert.equal(ours.sql("SELECT count(*) FROM operation WHERE action = 'guest.erased' AND actor_kind = 'member' AND detail_cell IS NULL"), "2");
	assert.equal((await find({ email: "hanako@guest.example" })).length, 1);
});
