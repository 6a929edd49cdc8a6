// Records: the day's list, visits, calls, departures, CSV.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { must } from "../../scripts/lib/client.mjs";
import { body, book } from "../lib/guest.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { activeTenant } from "../lib/tenant.mjs";

let house, ours, admin, office, tablet;
before(async () => {
	house = await startInstallation();
	ours = await activeTenant(house);
	admin = await ours.signedIn();
	office = await ours.office(admin, { name: "本社", phone: "03-1111-2222", closes_at: "23:59" });
	tablet = await ours.tablet(admin, office.id, "1階受付");
});
after(() => house?.stop());

const refused = (answer, status, problem) => {
	assert.equal(`${answer.status} ${answer.problem}`, `${status} ${problem}`);
	return answer.json;
};
const wrong = (answer) => refused(answer, 422, "invalid").errors.map((e) => `${e.pointer} ${e.name}`).sort();
const count = (what, t = ours) => Number(t.sql(`SELECT count(*) FROM ${what}`));
const arrive = async (guest, device = tablet) => must(await device.checkIn({ pass: guest.pass }), 201).json;
/** A company with its own office and tablet: what is listed is known. */
const fresh = async (what = {}) => {
	const t = await activeTenant(house);
	const chief = await t.signedIn();
	const place = await t.office(chief, { closes_at: "23:59", ...what });
	return { t, chief, place, device: await t.tablet(chief, place.id) };
};
const visits = async (client, query = {}) => must(await client.get(`/api/v1/visits?${new URLSearchParams(query)}`), 200).json;

// --- the day's list --------------------------------------------------------------------

test("today: who is expected, inside, gone, undone, cancelled, and walk-ins", async () => {
	const { chief, place, device, t } = await fresh();
	const read = async () => must(await chief.get(`/api/v1/today?office_id=${place.id}`), 200).json;
	assert.deepEqual((await read()).items, []);
	const a = await book(chief, place, { room: "R", guests: [{ name: "待つ" }, { name: "来た", companions: 3 }, { name: "帰った" }, { name: "戻した" }] });
	const off = await book(chief, place, { guests: [{ name: "中止" }] });
	must(await chief.delete(`/api/v1/appointments/${off.id}`), 200);
	const [, inside, gone, back] = a.guests;
	await arrive(inside, device);
	await arrive(gone, device);
	must(await device.post("/api/v1/departures", { pass: gone.pass }), 201);
	const undone = await arrive(back, device);
	must(await device.delete(`/api/v1/check-ins/${undone.id}`, { headers: { "x-undo-secret": undone.undo_secret } }), 204);
	must(await device.post("/api/v1/walk-ins", { name: "飛込", people: 2 }), 201);
	const call = must(await device.post("/api/v1/calls", {}), 201).json;

	const today = await read();
	assert.equal(today.inside, 6);
	assert.deepEqual(today.calls.map((c) => `${c.id} ${c.device}`), [`${call.id} 受付`]);
	const rows = Object.fromEntries(today.items.map((row) => [row.guest, row]));
	assert.deepEqual(Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, row.state])),
		{ 待つ: "expected", 来た: "arrived", 帰った: "left", 戻した: "undone", 中止: "cancelled", 飛込: "arrived" });
	assert.equal(rows.来た.people, 4);
	assert.equal(rows.待つ.visit_id, null);
	assert.equal(rows.待つ.version, 0);
	assert.equal(rows.帰った.left_by, "tablet");
	assert.equal(rows.飛込.appointment_id, null);
	assert.deepEqual(rows.来た.hosts.map((h) => h.name), ["管理 太郎"]);
	assert.equal(rows.来た.room, "R");

	const list = must(await chief.get(`/api/v1/evacuation-list?office_id=${place.id}`), 200).json;
	assert.equal(`${list.people} ${list.items.map((v) => v.guest).sort().join(" ")}`, "6 来た 飛込");

	// Whoever is inside since yesterday is on the list too; who left then is not.
	t.sql("UPDATE visit SET day = day - 1, arrived_at = arrived_at - interval '1 day', left_at = left_at - interval '1 day', undone_at = undone_at - interval '1 day'");
	t.sql("UPDATE appointment SET starts_at = starts_at - interval '1 day', ends_at = ends_at - interval '1 day'");
	assert.deepEqual((await read()).items.map((row) => row.guest).sort(), ["来た", "飛込"].sort());
	chief.close();
	device.close();
});

test("a host sees the own guests of today, another company nothing", async () => {
	const person = await ours.member(admin);
	const host = await ours.signedIn(person);
	await book(admin, office, { guests: [{ name: "よその客" }] });
	must(await host.post("/api/v1/appointments", body(office, { guests: [{ name: "自分の客" }] })), 201);
	const today = must(await host.get(`/api/v1/today?office_id=${office.id}`), 200).json;
	assert.deepEqual(today.items.map((row) => row.guest), ["自分の客"]);
	assert.deepEqual(today.calls, []);
	const { chief, device } = await fresh();
	refused(await chief.get(`/api/v1/today?office_id=${office.id}`), 404, "not_found");
	refused(await chief.get(`/api/v1/evacuation-list?office_id=${office.id}`), 404, "not_found");
	assert.deepEqual(wrong(await admin.get("/api/v1/today")), ["?office_id missing"]);
	refused(await tablet.get(`/api/v1/today?office_id=${office.id}`), 401, "sign_in_needed");
	for (const c of [host, chief, device]) c.close();
});

test("a period guest is expected on each of its days", async () => {
	const { t, chief, place, device } = await fresh();
	const a = must(await chief.post("/api/v1/appointments", body(place, { kind: "period", ends_at: new Date(Date.now() + 30 * 86400e3).toISOString() })), 201).json;
	t.sql(`UPDATE appointment SET starts_at = starts_at - interval '10 days' WHERE id = '${a.id}'`);
	assert.deepEqual(must(await chief.get(`/api/v1/today?office_id=${place.id}`), 200).json.items.map((r) => r.state), ["expected"]);
	t.sql(`UPDATE appointment SET ends_at = now() - interval '2 days' WHERE id = '${a.id}'`);
	assert.deepEqual(must(await chief.get(`/api/v1/today?office_id=${place.id}`), 200).json.items, []);
	chief.close();
	device.close();
});

// --- one visit -------------------------------------------------------------------------

test("met, a corrected name, gone, and back: each with its version and its log row", async () => {
	const { guests: [guest] } = await book(admin, office, { guests: [{ name: "山口 太朗", company: "旧社名" }] });
	const { id } = await arrive(guest);
	const patch = (json) => admin.patch(`/api/v1/visits/${id}`, json);
	assert.equal(must(await patch({ version: 1, state: "met" }), 200).json.state, "met");
	refused(await patch({ version: 1, name: "x" }), 409, "conflict");
	const named = must(await patch({ version: 2, name: "山口 太郎", company: "新社名" }), 200).json;
	assert.equal(`${named.guest} ${named.company} ${named.version} ${named.state}`, "山口 太郎 新社名 3 met");
	assert.equal(must(await patch({ version: 3, company: null }), 200).json.company, null);
	assert.deepEqual(wrong(await patch({ version: 4 })), ["/state missing"]);
	assert.deepEqual(wrong(await patch({ version: 4, name: "" })), ["/name missing"]);
	assert.deepEqual(wrong(await patch({ version: 4, name: "a\u202eb" })), ["/name unclean"]);
	assert.deepEqual(wrong(await patch({ name: "a" })), ["/version missing"]);
	assert.deepEqual(wrong(await patch({ version: 4, state: "left" })), ["/state no_choice"]);
	assert.equal(must(await admin.get(`/api/v1/appointments/${named.appointment_id}`), 200).json.guests[0].name, "山口 太郎");

	const leave = () => admin.post(`/api/v1/visits/${id}/departure`, undefined, { key: false });
	const left = must(await leave(), 200).json;
	assert.equal(`${left.state} ${left.left_by}`, "left member");
	refused(await leave(), 409, "not_inside");
	const back = must(await admin.delete(`/api/v1/visits/${id}/departure`), 200).json;
	assert.equal(`${back.state} ${back.left_at} ${back.left_by}`, "met null null");
	refused(await admin.delete(`/api/v1/visits/${id}/departure`), 409, "not_undoable");
	must(await leave(), 200);
	ours.sql(`UPDATE visit SET day = day - 1 WHERE id = '${id}'`);
	refused(await admin.delete(`/api/v1/visits/${id}/departure`), 409, "not_undoable");
	refused(await patch({ version: 8, state: "met" }), 409, "not_inside");
	const log = ours.sql(`SELECT string_agg(action, ' ' ORDER BY seq) FROM operation WHERE object_id = '${id}'`);
	assert.equal(log, "checkin.made visit.met visit.renamed visit.renamed visit.departed visit.departure_undone visit.departed");
	assert.equal(count(`operation WHERE object_id = '${id}' AND detail_cell IS NOT NULL`), 2);
});

test("a departure cannot be undone once the guest is in again", async () => {
	const { guests: [guest] } = await book(admin, office, { kind: "period", ends_at: new Date(Date.now() + 86400e3).toISOString() });
	const first = await arrive(guest);
	must(await tablet.post("/api/v1/departures", { pass: guest.pass }), 201);
	await arrive(guest);
	refused(await admin.delete(`/api/v1/visits/${first.id}/departure`), 409, "not_undoable");
});

test("calling the host again, while the guest is inside", async () => {
	const { guests: [guest] } = await book(admin, office);
	const { id } = await arrive(guest);
	assert.equal(must(await admin.post(`/api/v1/visits/${id}/calls`), 201).json.sent, 1);
	assert.equal(count(`outbox WHERE visit_id = '${id}' AND topic = 'visit.called'`), 1);
	must(await admin.post(`/api/v1/visits/${id}/departure`, undefined, { key: false }), 200);
	refused(await admin.post(`/api/v1/visits/${id}/calls`), 409, "not_inside");
});

test("staff calls ring until somebody goes", async () => {
	const { chief, device, t } = await fresh({ phone: "内線 100" });
	const call = must(await device.post("/api/v1/calls", {}), 201).json;
	assert.equal(call.phone, "内線 100");
	assert.equal(count("outbox WHERE topic = 'call.staff' AND kind = 'mail'", t), 1);
	assert.deepEqual(must(await chief.get("/api/v1/calls"), 200).json.items.map((c) => c.id), [call.id]);
	refused(await admin.post(`/api/v1/calls/${call.id}/answer`, undefined, { key: false }), 404, "not_found");
	must(await chief.post(`/api/v1/calls/${call.id}/answer`, undefined, { key: false }), 204);
	must(await chief.post(`/api/v1/calls/${call.id}/answer`, undefined, { key: false }), 204);
	assert.deepEqual(must(await chief.get("/api/v1/calls"), 200).json.items, []);
	chief.close();
	device.close();
});

test("whoever forgot to leave is gone at closing time, on record as automatic", async () => {
	const { t, place, chief, device } = await fresh();
	const { guests } = await book(chief, place, { guests: [{ name: "昨日" }, { name: "さっき" }, { name: "まだ" }] });
	const ids = [];
	for (const guest of guests) ids.push((await arrive(guest, device)).id);
	// One of yesterday, before closing; one who came after closing yesterday;
	// and one of today at an office that is open.
	t.sql(`UPDATE visit SET day = day - 1, arrived_at = ((day - 1) + time '12:00') AT TIME ZONE 'Asia/Tokyo' WHERE id = '${ids[0]}'`);
	t.sql(`UPDATE visit SET day = day - 1, arrived_at = ((day - 1) + time '23:59:30') AT TIME ZONE 'Asia/Tokyo' WHERE id = '${ids[1]}'`);
	for (let left = 900; count("visit WHERE state = 'left'", t) < 2; left--) {
		assert.ok(left > 0, "nobody departs the forgotten");
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	const shown = {};
	for (const id of ids) shown[id] = must(await chief.get(`/api/v1/visits/${id}`), 200).json;
	assert.equal(`${shown[ids[0]].state} ${shown[ids[0]].left_by} ${shown[ids[0]].left_at.slice(11, 19)}`, "left automatic 23:59:00");
	assert.equal(`${shown[ids[1]].state} ${shown[ids[1]].left_by} ${shown[ids[1]].left_at.slice(11, 19)}`, "left automatic 00:00:00");
	assert.equal(shown[ids[2]].state, "arrived");
	assert.equal(count(`operation WHERE action = 'visit.departed' AND actor_kind = 'system'`, t), 2);
	chief.close();
	device.close();
});

// --- lists -----------------------------------------------------------------------------

test("records by arrival, newest first, in pages; by period, office, state", async () => {
	const { t, chief, place, device } = await fresh();
	const { guests } = await book(chief, place, { guests: Array.from({ length: 11 }, (_, i) => ({ name: `客 ${i}`, company: `会社 ${i % 3}` })) });
	const ids = [];
	for (const guest of guests) ids.push((await arrive(guest, device)).id);
	t.sql(`UPDATE visit SET arrived_at = date_trunc('second', arrived_at)`); // equal moments: the id decides
	const seen = [];
	let after;
	do {
		const page = await visits(chief, { limit: "4", ...after && { after } });
		seen.push(...page.items.map((v) => v.id));
		after = page.next;
	} while (after);
	assert.equal(new Set(seen).size, 11);
	const times = t.sql("SELECT id FROM visit ORDER BY arrived_at DESC, id DESC").split("\n");
	assert.deepEqual(seen, times);

	must(await chief.post(`/api/v1/visits/${ids[0]}/departure`, undefined, { key: false }), 200);
	assert.equal((await visits(chief, { state: "left" })).items.length, 1);
	assert.equal((await visits(chief, { state: "inside" })).items.length, 10);
	assert.equal((await visits(chief, { office_id: place.id })).items.length, 11);
	assert.equal((await visits(chief, { office_id: crypto.randomUUID() })).items.length, 0);
	const today = new Intl.DateTimeFormat("sv", { timeZone: "Asia/Tokyo" }).format(new Date());
	t.sql(`UPDATE visit SET day = '2020-02-03', arrived_at = '2020-02-02 15:30Z', left_at = '2020-02-02 16:00Z' WHERE id = '${ids[0]}'`);
	assert.equal((await visits(chief, { from: today })).items.length, 10);
	assert.deepEqual((await visits(chief, { from: "2020-02-03", to: "2020-02-03" })).items.map((v) => v.arrived_at), ["2020-02-03T00:30:00+09:00"]);
	assert.equal((await visits(chief, { to: "2020-02-02" })).items.length, 0);
	assert.equal((await visits(chief, { q: "会社１" })).items.length, 4);
	assert.equal((await visits(chief, { q: "客10" })).items.length, 1);
	assert.equal((await visits(chief, { q: "管理太郎" })).items.length, 11);
	assert.deepEqual(wrong(await chief.get("/api/v1/visits?limit=0")), ["?limit out_of_range"]);
	assert.deepEqual(wrong(await chief.get("/api/v1/visits?limit=201")), ["?limit out_of_range"]);
	assert.deepEqual(wrong(await chief.get("/api/v1/visits?state=dead")), ["?state no_choice"]);
	assert.deepEqual(wrong(await chief.get("/api/v1/visits?sort=name")), ["?sort unknown"]);
	chief.close();
	device.close();
});

test("a member sees visits to the own appointments and person, another company none", async () => {
	const [one, two] = [await ours.member(admin), await ours.member(admin)];
	const [c1, c2] = await Promise.all([one, two].map((m) => ours.signedIn(m)));
	const a = must(await c1.post("/api/v1/appointments", body(office, { guests: [{ name: "一の客" }] })), 201).json;
	const visit = must(await admin.post("/api/v1/check-ins", { guest_id: a.guests[0].id }), 201).json;
	const walk = must(await tablet.post("/api/v1/walk-ins", { name: "二の客", people: 1, host_id: two.id }), 201).json;
	assert.deepEqual((await visits(c1)).items.map((v) => v.guest), ["一の客"]);
	assert.deepEqual((await visits(c2)).items.map((v) => v.guest), ["二の客"]);
	const { chief, device } = await fresh();
	assert.deepEqual((await visits(chief)).items, []);
	for (const [client, id] of [[c2, visit.id], [c1, walk.id], [chief, visit.id]]) {
		refused(await client.get(`/api/v1/visits/${id}`), 404, "not_found");
		refused(await client.patch(`/api/v1/visits/${id}`, { version: 1, name: "x" }), 404, "not_found");
		refused(await client.post(`/api/v1/visits/${id}/departure`, undefined, { key: false }), 404, "not_found");
		refused(await client.delete(`/api/v1/visits/${id}/departure`), 404, "not_found");
		refused(await client.post(`/api/v1/visits/${id}/calls`), 404, "not_found");
	}
	must(await c1.patch(`/api/v1/visits/${visit.id}`, { version: 1, state: "met" }), 200);
	refused(await device.get(`/api/v1/check-ins/${visit.id}`), 404, "not_found");
	refused(await c1.get("/api/v1/visits.csv"), 403, "not_allowed");
	refused(await tablet.get("/api/v1/visits"), 401, "sign_in_needed");
	for (const c of [c1, c2, chief, device]) c.close();
});

// --- CSV -------------------------------------------------------------------------------

const readCsv = (bytes, encoding) => JSON.parse(execFileSync("python3",
	[new URL("../lib/read_csv.py", import.meta.url).pathname, encoding], { input: bytes, encoding: "utf8", maxBuffer: 64 << 20 }));

test("the file opens in an independent reader, in both encodings; formulas are defused", async () => {
	const { t, chief, place, device } = await fresh({ name: "本社 \"別館\", 3階" });
	const names = [["山田 太郎", "㈱サンプル, 営業"], ["=cmd|' /C calc'!A0", "+81"], ["＝１＋１", "-x"], ["　@SUM(A1)", "\"引用\""], ["𠮷野 é🙂", "髙﨑①～"]];
	const { guests } = await book(chief, place, { title: "改行なし", guests: names.map(([name, company]) => ({ name, company })) });
	for (const guest of guests) await arrive(guest, device);

	const utf8 = must(await chief.get("/api/v1/visits.csv"), 200);
	assert.match(utf8.headers["content-type"], /^text\/csv/);
	assert.match(utf8.headers["content-disposition"], /filename="visits\.csv"/);
	assert.deepEqual([...utf8.body.subarray(0, 3)], [0xef, 0xbb, 0xbf]);
	const text = utf8.body.toString("utf8");
	assert.equal(text.split("\r\n").length, 7);
	assert.ok(!/[^\r]\n/.test(text));
	const rows = readCsv(utf8.body, "utf-8-sig");
	assert.equal(rows.length, 6);
	assert.ok(rows.every((row) => row.length === rows[0].length));
	assert.deepEqual(rows[0].slice(0, 5), ["受付日時", "状態", "会社名", "氏名", "ふりがな"]);
	assert.deepEqual(rows.slice(1).map((row) => [row[3], row[2]]),
		[["山田 太郎", "㈱サンプル, 営業"], ["'=cmd|' /C calc'!A0", "'+81"], ["'＝１＋１", "'-x"], ["'@SUM(A1)", "\"引用\""], ["𠮷野 é🙂", "髙﨑①～"]]);
	assert.match(rows[1][0], /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
	assert.equal(rows[1][6], "管理 太郎");
	assert.equal(rows[1][7], "本社 \"別館\", 3階");
	assert.equal(rows[1][10], "入館QR");

	const cp932 = must(await chief.get("/api/v1/visits.csv?encoding=cp932&lang=en"), 200);
	assert.equal(cp932.headers["x-unwritable"], "3"); // 𠮷 é 🙂
	const other = readCsv(cp932.body, "cp932");
	assert.deepEqual(other[0].slice(0, 5), ["Arrived at", "State", "Company", "Name", "Kana"]);
	assert.deepEqual(other[5].slice(2, 4), ["髙﨑①～", "〓野 〓〓"]);
	assert.equal(count("operation WHERE action = 'visit.exported'", t), 2);
	chief.close();
	device.close();
});

test("the selection is the list's: state, period, search", async () => {
	const { t, chief, place, device } = await fresh();
	const { guests } = await book(chief, place, { guests: [{ name: "高橋 一" }, { name: "髙橋 二" }, { name: "佐藤 三" }] });
	const ids = [];
	for (const guest of guests) ids.push((await arrive(guest, device)).id);
	must(await chief.post(`/api/v1/visits/${ids[2]}/departure`, undefined, { key: false }), 200);
	const names = async (query) => readCsv(must(await chief.get(`/api/v1/visits.csv?${new URLSearchParams(query)}`), 200).body, "utf-8-sig").slice(1).map((row) => row[3]);
	assert.deepEqual(await names({}), ["高橋 一", "髙橋 二", "佐藤 三"]);
	assert.deepEqual(await names({ q: "髙橋" }), ["高橋 一", "髙橋 二"]);
	assert.deepEqual(await names({ state: "left" }), ["佐藤 三"]);
	assert.deepEqual(await names({ to: "2020-01-01" }), []);
	assert.deepEqual(wrong(await chief.get("/api/v1/visits.csv?encoding=latin1")), ["?encoding no_choice"]);
	assert.equal(t.sql("SELECT count(*) FROM operation WHERE action = 'visit.exported' AND detail_cell IS NOT NULL"), "4");
	chief.close();
	device.close();
});

test("more rows than one page of the export, each once and in order", async () => {
	const { t, chief, place, device } = await fresh();
	const { guests: [guest] } = await book(chief, place, { guests: [{ name: "常連" }] });
	const { id } = await arrive(guest, device);
	t.sql(`INSERT INTO visit (tenant_id, id, guest_id, appointment_id, office_id, via, checkin_key, state, day, arrived_at, left_at, left_by)
		SELECT tenant_id, gen_random_uuid(), guest_id, appointment_id, office_id, 'pass', 'key-many-' || n, 'left', day - 1, arrived_at - interval '1 day' + (n / 3) * interval '1 second',
			arrived_at - interval '1 hour', 'member' FROM visit, generate_series(1, 2500) n WHERE id = '${id}'`);
	const rows = readCsv(must(await chief.get("/api/v1/visits.csv"), 200).body, "utf-8-sig").slice(1);
	assert.equal(rows.length, 2501);
	assert.equal(new Set(rows.map((row) => row.at(-1))).size, 2501);
	assert.deepEqual(rows.map((row) => row[0]), rows.map((row) => row[0]).sort());
	assert.equal(rows.at(-1).at(-1), id);
	chief.close();
	device.close();
});
