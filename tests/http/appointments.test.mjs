// Appointments: booking, changing, cancelling, inviting, finding.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { must, newKey } from "../../scripts/lib/client.mjs";
import { at, body, book, keysOf } from "../lib/guest.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { activeTenant } from "../lib/tenant.mjs";

const day = 24 * 60;
let house, ours, admin, office, me;
before(async () => {
	house = await startInstallation();
	ours = await activeTenant(house);
	admin = await ours.signedIn();
	me = must(await admin.get("/api/v1/sessions/current"), 200).json.member.id;
	office = await ours.office(admin, { name: "本社", opens_at: "00:00", closes_at: "23:59" });
});
after(() => house?.stop());

const refused = (answer, status, problem) => {
	assert.equal(`${answer.status} ${answer.problem}`, `${status} ${problem}`);
	return answer.json;
};
const wrong = (answer) => refused(answer, 422, "invalid").errors.map((e) => `${e.pointer} ${e.name}`).sort();
const count = (what) => Number(ours.sql(`SELECT count(*) FROM ${what}`));
const post = (change, client = admin) => client.post("/api/v1/appointments", body(office, change));
const made = async (change, client = admin) => must(await post(change, client), 201).json;
const put = (a, change, client = admin) => client.put(`/api/v1/appointments/${a.id}`, {
	version: a.version, title: a.title, office_id: a.office_id, room: a.room, note: a.note, starts_at: a.starts_at, ends_at: a.ends_at,
	guests: a.guests.filter((g) => g.state === "expected").map(({ id, name, company, email, companions }) => ({ id, name, company, email, companions })), ...change });
const guest = (name, change = {}) => ({ name, email: `${name}@guest.example`, ...change });
/** "topic state" of what is in the outbox about an appointment's guests, by guest. */
const mails = (id) => ours.sql(`SELECT o.topic || ' ' || o.state FROM outbox o JOIN guest g ON g.id = o.guest_id
	WHERE g.appointment_id = '${id}' AND o.state <> 'withdrawn' ORDER BY g.position, o.created_at`).split("\n").filter(Boolean);

// --- booking ---------------------------------------------------------------------------

test("booking answers with the whole appointment; the host is who registers", async () => {
	const a = await made({ title: "  見学 🙂 ", room: "A", note: "持ち物\nなし", guests: [
		{ name: "山田 太郎", kana: "ヤマダ タロウ", company: "㈱サンプル", email: "Taro@Guest.Example", phone: "03-1234-5678", companions: 2, language: "en" }] });
	assert.equal(a.title, "見学 🙂");
	assert.equal(`${a.kind} ${a.state} ${a.version} ${a.time_zone} ${a.office}`, "single booked 1 Asia/Tokyo 本社");
	assert.match(a.starts_at, /\+09:00$/);
	assert.deepEqual(a.hosts, [{ id: me, name: "管理 太郎", kind: "member" }]);
	assert.equal(a.note, "持ち物\nなし");
	const { id, ...g } = a.guests[0];
	assert.deepEqual(g, { name: "山田 太郎", kana: "ヤマダ タロウ", company: "㈱サンプル", email: "taro@guest.example", phone: "+81312345678",
		companions: 2, language: "en", state: "expected", mail_state: "none", visit: null });
	assert.deepEqual(must(await admin.get(`/api/v1/appointments/${a.id}`), 200).json, a);
	assert.equal(count(`operation WHERE object_id = '${a.id}' AND action = 'appointment.created'`), 1);
	assert.ok(id);
});

test("nothing that was written is in the database in clear", async () => {
	const a = await made({ title: "極秘会議", guests: [{ name: "内緒 花子", company: "内緒商事", email: "naisho@guest.example" }] });
	const row = ours.sql(`SELECT a::text || g::text FROM appointment a JOIN guest g ON g.appointment_id = a.id WHERE a.id = '${a.id}'`);
	for (const word of ["極秘", "内緒", "naisho"]) {
		assert.ok(!row.includes(word));
		assert.ok(!row.includes(Buffer.from(word).toString("hex")));
	}
});

test("a retry with the same key books once", async () => {
	const key = newKey(), json = body(office, { title: "一度だけ" });
	const first = must(await admin.post("/api/v1/appointments", json, { key }), 201).json;
	assert.equal(must(await admin.post("/api/v1/appointments", json, { key }), 201).json.id, first.id);
	refused(await admin.post("/api/v1/appointments", { ...json, title: "別" }, { key }), 422, "idempotency_key_reused");
});

test("a hundred guests: each has a pass and a code of their own", async () => {
	const a = await made({ guests: Array.from({ length: 100 }, (_, i) => ({ name: `客 ${i}` })) });
	assert.equal(a.guests.length, 100);
	assert.deepEqual(a.guests.map((g) => g.name), Array.from({ length: 100 }, (_, i) => `客 ${i}`));
	assert.equal(count(`(SELECT DISTINCT pass_hash, page_hash FROM guest WHERE appointment_id = '${a.id}') x`), 100);
	assert.equal(count(`(SELECT DISTINCT code_hash FROM guest_code c JOIN guest g ON g.id = c.guest_id WHERE g.appointment_id = '${a.id}') x`), 100);
});

test("a period of a year; its code is good on every day", async () => {
	const a = await made({ kind: "period", ends_at: at(30 + 366 * day) });
	assert.equal(a.kind, "period");
	assert.ok(count(`guest_code WHERE guest_id = '${a.guests[0].id}'`) >= 366);
});

test("outside the opening hours is a warning, no refusal", async () => {
	const early = await ours.office(admin, { name: "短い", opens_at: "00:00", closes_at: "00:01" });
	const a = must(await admin.post("/api/v1/appointments", body(early)), 201).json;
	assert.equal(a.warning, "outside_hours");
	assert.equal((await made()).warning, undefined);
});

// --- bad input -------------------------------------------------------------------------

test("what cannot be is refused, naming the field, and nothing is booked", async () => {
	const before = count("appointment");
	const gone = await ours.office(admin, { name: "閉じた" });
	must(await admin.put(`/api/v1/offices/${gone.id}`, { version: gone.version, name: "閉じた", phone: "1", state: "closed" }), 200);
	const somebody = crypto.randomUUID();
	const cases = [
		[{ starts_at: at(-60) }, "/starts_at in_past"],
		[{ starts_at: "1999-01-01T00:00:00Z", ends_at: at(30) }, /ends_at out_of_range|starts_at in_past/],
		[{ ends_at: at(30) }, "/ends_at end_before_start"],
		[{ ends_at: at(10) }, "/ends_at end_before_start"],
		[{ kind: "period", ends_at: at(31 + 366 * day) }, "/ends_at out_of_range"],
		[{ starts_at: "2026-13-01T00:00:00Z" }, "/starts_at bad_format"],
		[{ starts_at: "tomorrow" }, "/starts_at bad_format"],
		[{ starts_at: at(30).replace("Z", "") }, "/starts_at bad_format"],
		[{ starts_at: 1700000000 }, "/starts_at wrong_type"],
		[{ guests: [] }, "/guests too_few"],
		[{ guests: undefined }, "/guests missing"],
		[{ guests: Array.from({ length: 101 }, () => ({ name: "客" })) }, "/guests too_many"],
		[{ guests: Array.from({ length: 500 }, () => ({ name: "客" })) }, "/guests too_many"],
		[{ guests: [{ name: "" }] }, "/guests/0/name missing"],
		[{ guests: [{ name: "　 " }] }, "/guests/0/name missing"],
		[{ guests: [{ name: "あ".repeat(10_000) }] }, "/guests/0/name too_long"],
		[{ guests: [{ name: "山田\u0000" }] }, /guests\/0\/name|malformed/],
		[{ guests: [{ name: "山田\r\nBcc: x@example.jp" }] }, "/guests/0/name unclean"],
		[{ guests: [{ name: "a\u202eb" }] }, "/guests/0/name unclean"],
		[{ guests: [{ name: "a\u2066b" }] }, "/guests/0/name unclean"],
		[{ guests: [{ name: "a", email: "x@example.jp\r\nBcc: y@example.jp" }] }, /guests\/0\/email (unclean|bad_format)/],
		[{ guests: [{ name: "a", email: "no address" }] }, "/guests/0/email bad_format"],
		[{ guests: [{ name: "a", email: "a@b" }] }, "/guests/0/email bad_format"],
		[{ guests: [{ name: "a", email: `${"x".repeat(300)}@example.jp` }] }, "/guests/0/email too_long"],
		[{ guests: [{ name: "a", phone: "call me" }] }, "/guests/0/phone bad_format"],
		[{ guests: [{ name: "a", companions: 100 }] }, "/guests/0/companions out_of_range"],
		[{ guests: [{ name: "a", companions: 1.5 }] }, /guests\/0\/companions/],
		[{ guests: [{ name: "a", companions: 1e300 }] }, /guests\/0\/companions|malformed/],
		[{ guests: [{ name: "a", language: "xx" }] }, "/guests/0/language no_choice"],
		[{ guests: [{ name: "a", vip: true }] }, "/guests/0/vip unknown"],
		[{ guests: [{ name: "a", id: somebody }] }, "/guests/0/id not_found"],
		[{ guests: ["山田"] }, "/guests/0 wrong_type"],
		[{ guests: { name: "a" } }, "/guests wrong_type"],
		[{ title: "" }, "/title missing"],
		[{ title: "あ".repeat(201) }, "/title too_long"],
		[{ title: ["a"] }, "/title wrong_type"],
		[{ note: "x".repeat(2001) }, "/note too_long"],
		[{ note: "a\u0007" }, "/note unclean"],
		[{ kind: "yearly" }, "/kind no_choice"],
		[{ office_id: somebody }, "/office_id not_found"],
		[{ office_id: "x" }, "/office_id bad_format"],
		[{ office_id: gone.id }, "/office_id not_found"],
		[{ hosts: [] }, "/hosts too_few"],
		[{ hosts: [me, somebody] }, "/hosts/1 not_found"],
		[{ hosts: Array.from({ length: 21 }, () => me) }, "/hosts too_many"],
		[{ state: "cancelled" }, "/state unknown"],
	];
	for (const [change, expected] of cases) {
		const said = wrongOrProblem(await post(change));
		if (expected instanceof RegExp) assert.match(said, expected, JSON.stringify(change).slice(0, 100));
		else assert.equal(said, expected, JSON.stringify(change).slice(0, 100));
	}
	assert.equal(count("appointment"), before);
});
const wrongOrProblem = (answer) => answer.problem === "invalid" ? wrong(answer).join() : `${answer.status} ${answer.problem}`;

test("JSON that is none, or says a thing twice, is malformed", async () => {
	const before = count("appointment");
	const good = JSON.stringify(body(office));
	for (const text of [good.slice(0, -1), `${good}x`, "[]", "null", "[".repeat(3000), good.replace('"title"', '"title":"x","title"'),
		Buffer.from(good.replace("打ち合わせ", "\xff"), "latin1"), good.replace('"invite":false', '"invite":fALSE')]) {
		const answer = await admin.send("POST", "/api/v1/appointments", { body: text, key: true });
		refused(answer, 400, "malformed");
	}
	refused(await admin.send("POST", "/api/v1/appointments", { body: good, type: "text/plain", key: true }), 415, "wrong_type");
	refused(await admin.send("POST", "/api/v1/appointments", { body: JSON.stringify({ ...body(office), note: "x".repeat(300_000) }), key: true }), 413, "too_large");
	refused(await admin.send("POST", "/api/v1/appointments", { body: good, key: false }), 400, "idempotency_key_missing");
	refused(await admin.send("POST", "/api/v1/appointments", { body: good, key: true, headers: { "x-csrf-token": undefined } }), 403, "csrf_refused");
	refused(await admin.send("POST", "/api/v1/appointments", { body: good, key: true, headers: { origin: "https://evil.example" } }), 403, "origin_refused");
	assert.equal(count("appointment"), before);
});

// --- changing --------------------------------------------------------------------------

test("guests who stay keep pass, code and page; others are new, the missing ones go", async () => {
	const a = await book(admin, office, { guests: [guest("a"), guest("b"), guest("c")], invite: true });
	const [one, two] = a.guests;
	const b = must(await put(a, { title: "新しい題", guests: [{ id: one.id, name: "a 改", email: one.email }, guest("d"), { id: two.id, name: "b", email: two.email }] }), 200).json;
	assert.equal(b.version, 2);
	assert.deepEqual(b.guests.map((g) => `${g.name} ${g.state}`), ["a 改 expected", "d expected", "b expected", "c removed"]);
	assert.equal(b.guests[0].id, one.id);
	const { pass, code, url } = await keysOf(admin, a.id, one.id);
	assert.deepEqual({ pass, code, url }, { pass: one.pass, code: one.code, url: one.url });
	assert.equal(must(await admin.get(`/api/v1/appointments/${a.id}/guests/${a.guests[2].id}/pass.png`), 404).problem, "not_found");
	assert.equal(count(`guest_code WHERE guest_id = '${a.guests[2].id}'`), 0);
});

test("who read an old version is told, and changes nothing; of two at once one wins", async () => {
	const a = await made();
	must(await put(a, { title: "二" }), 200);
	refused(await put(a, { title: "三" }), 409, "conflict");
	assert.deepEqual(wrong(await put(a, { version: undefined })), ["/version missing"]);
	const now = must(await admin.get(`/api/v1/appointments/${a.id}`), 200).json;
	assert.equal(`${now.title} ${now.version}`, "二 2");
	const answers = await Promise.all(Array.from({ length: 6 }, (_, i) => put(now, { title: `競争 ${i}` })));
	assert.deepEqual(answers.map((x) => x.status).sort(), [200, 409, 409, 409, 409, 409]);
});

test("what has begun can be edited, not moved into the past", async () => {
	const a = await made();
	ours.sql(`UPDATE appointment SET starts_at = date_trunc('second', now() - interval '3 hours') WHERE id = '${a.id}'`);
	const begun = must(await admin.get(`/api/v1/appointments/${a.id}`), 200).json;
	const b = must(await put(begun, { title: "題だけ" }), 200).json;
	assert.deepEqual(wrong(await put(b, { starts_at: at(-120) })), ["/starts_at in_past"]);
	assert.deepEqual(wrong(await put(b, { ends_at: at(-30) })), ["/ends_at in_past"]);
	must(await put(b, { ends_at: at(200) }), 200);
});

test("another day or office: the code is made for them, and the old days are free", async () => {
	const a = await book(admin, office);
	const [g] = a.guests;
	const days = () => ours.sql(`SELECT string_agg(office_id || ' ' || day, ',' ORDER BY day) FROM guest_code WHERE guest_id = '${g.id}'`);
	const was = days();
	const moved = must(await put(a, { starts_at: at(30 + 7 * day), ends_at: at(90 + 7 * day) }), 200).json;
	assert.notEqual(days(), was);
	assert.equal((await keysOf(admin, a.id, g.id)).code, g.code);
	const branch = await ours.office(admin, { name: "支社" });
	must(await put(moved, { office_id: branch.id }), 200);
	assert.ok(days().startsWith(branch.id));
});

test("a code that is taken on a new day becomes another", async () => {
	const a = await book(admin, office, { starts_at: at(30 + 10 * day), ends_at: at(60 + 10 * day) });
	const b = await book(admin, office, { starts_at: at(30 + 20 * day), ends_at: at(60 + 20 * day) });
	// b's code (it may be good on two days, near midnight), claimed on a's by another guest.
	ours.sql(`INSERT INTO guest_code (tenant_id, office_id, day, code_hash, guest_id)
		SELECT DISTINCT c.tenant_id, c.office_id, d.day, c.code_hash, '${a.guests[0].id}'::uuid FROM guest_code c, (SELECT DISTINCT day FROM guest_code WHERE guest_id = '${a.guests[0].id}') d
		WHERE c.guest_id = '${b.guests[0].id}'`);
	must(await put(b, { starts_at: a.starts_at, ends_at: a.ends_at }), 200);
	assert.notEqual((await keysOf(admin, b.id, b.guests[0].id)).code, b.guests[0].code);
});

// --- telling the guests ----------------------------------------------------------------

/** As if the first invitations had been delivered. */
const delivered = (id) => {
	ours.sql(`UPDATE outbox SET state = 'delivered', payload_cell = NULL, finished_at = now() WHERE appointment_id = '${id}' AND state = 'waiting'`);
	ours.sql(`UPDATE guest SET mail_state = 'sent' WHERE appointment_id = '${id}' AND mail_state = 'waiting'`);
};

test("invitations wait ten seconds; who has no address gets none", async () => {
	const a = await made({ invite: true, guests: [guest("a"), { name: "b" }] });
	assert.deepEqual(mails(a.id), ["invitation.new waiting"]);
	assert.deepEqual(a.guests.map((g) => g.mail_state), ["waiting", "none"]);
	assert.equal(ours.sql(`SELECT due_at > now() AND due_at <= now() + interval '10 seconds' FROM outbox WHERE appointment_id = '${a.id}'`), "t");
	assert.deepEqual((await made({ invite: false, guests: [guest("a")] })).guests.map((g) => g.mail_state), ["none"]);
});

test("another time tells everybody; only a new title tells nobody", async () => {
	const a = await made({ invite: true, guests: [guest("a"), guest("b")] });
	delivered(a.id);
	const b = must(await put(a, { title: "題" }), 200).json;
	assert.deepEqual(mails(a.id), ["invitation.new delivered", "invitation.new delivered"]);
	const c = must(await put(b, { room: "B" }), 200).json;
	assert.deepEqual(mails(a.id).filter((m) => m.endsWith("waiting")), ["invitation.changed waiting", "invitation.changed waiting"]);
	must(await put(c, { starts_at: at(40) }), 200);
	assert.equal(mails(a.id).filter((m) => m.endsWith("waiting")).length, 2); // the later one replaces
});

test("a new guest is invited, one left out is told so, one with another address is invited there", async () => {
	const a = await made({ invite: true, guests: [guest("a"), guest("b"), guest("c")] });
	delivered(a.id);
	const [one, , three] = a.guests;
	must(await put(a, { guests: [{ id: one.id, name: "a", email: "other@guest.example" }, { id: three.id, name: "c", email: three.email }, guest("d")] }), 200);
	assert.deepEqual(mails(a.id).filter((m) => m.endsWith("waiting")).sort(),
		["invitation.cancelled waiting", "invitation.new waiting", "invitation.new waiting"]);
});

test("cancelling tells the guests in ten seconds; undone within them, nobody hears of it", async () => {
	const a = await made({ invite: true, guests: [guest("a")] });
	delivered(a.id);
	assert.equal(must(await admin.delete(`/api/v1/appointments/${a.id}`), 200).json.state, "cancelled");
	assert.deepEqual(mails(a.id), ["invitation.new delivered", "invitation.cancelled waiting"]);
	refused(await admin.delete(`/api/v1/appointments/${a.id}`), 410, "cancelled");
	refused(await put(a, { title: "x" }), 410, "cancelled");
	assert.equal(must(await admin.delete(`/api/v1/appointments/${a.id}?undo=true`), 200).json.state, "booked");
	assert.deepEqual(mails(a.id), ["invitation.new delivered"]);
	assert.equal(must(await admin.get(`/api/v1/appointments/${a.id}`), 200).json.guests[0].mail_state, "sent");

	must(await admin.delete(`/api/v1/appointments/${a.id}`), 200);
	ours.sql(`UPDATE appointment SET cancelled_at = now() - interval '11 seconds' WHERE id = '${a.id}'`);
	refused(await admin.delete(`/api/v1/appointments/${a.id}?undo=true`), 409, "not_undoable");
	assert.equal(mails(a.id).at(-1), "invitation.cancelled waiting");
});

test("cancelled before the invitation left, then undone: it is sent after all, if it was to be", async () => {
	for (const [invite, expected] of [[true, ["invitation.new waiting"]], [false, []]]) {
		const a = await made({ invite, guests: [guest("a")] });
		must(await admin.delete(`/api/v1/appointments/${a.id}`), 200);
		assert.deepEqual(mails(a.id), []);
		must(await admin.delete(`/api/v1/appointments/${a.id}?undo=true`), 200);
		assert.deepEqual(mails(a.id), expected);
	}
});

test("sending again, to all or to one; taking back what waits", async () => {
	const a = await made({ guests: [guest("a"), guest("b"), { name: "c" }] });
	const send = (json) => admin.post(`/api/v1/appointments/${a.id}/invitations`, json);
	assert.equal(must(await send({}), 201).json.sent, 2);
	assert.equal(must(await send({ guest_id: a.guests[1].id }), 201).json.sent, 1);
	assert.equal(must(await send({ guest_id: a.guests[2].id }), 201).json.sent, 0);
	assert.deepEqual(wrong(await send({ guest_id: crypto.randomUUID() })), ["/guest_id not_found"]);
	assert.deepEqual(mails(a.id), ["invitation.new waiting", "invitation.new waiting"]);
	assert.equal(must(await admin.delete(`/api/v1/appointments/${a.id}/invitations`), 200).json.withdrawn, 2);
	assert.deepEqual(mails(a.id), []);
	assert.equal(must(await admin.delete(`/api/v1/appointments/${a.id}/invitations`), 200).json.withdrawn, 0);
});

// --- finding ---------------------------------------------------------------------------

const list = async (query, client = admin) => must(await client.get(`/api/v1/appointments?${new URLSearchParams(query)}`), 200).json;

test("pages follow each other by start, each appointment once", async () => {
	const t = await activeTenant(house);
	const chief = await t.signedIn();
	const there = await t.office(chief);
	const start = at(60);
	for (let i = 0; i < 23; i++)
		must(await chief.post("/api/v1/appointments", body(there, { title: `${i}`, starts_at: i % 2 ? start : at(60 + i), ends_at: at(300) })), 201);
	const seen = [];
	let after, pages = 0;
	do {
		const page = await list({ limit: "5", ...after && { after } }, chief);
		seen.push(...page.items);
		after = page.next;
		pages++;
	} while (after);
	assert.equal(pages, 5);
	assert.equal(new Set(seen.map((a) => a.id)).size, 23);
	assert.deepEqual(seen.map((a) => a.starts_at), seen.map((a) => a.starts_at).sort());
	const exact = await list({ limit: "23" }, chief);
	assert.equal(`${exact.items.length} ${exact.next}`, "23 null");
	for (const bad of ["x", "1.2", "9".repeat(30) + "." + me, "-1." + me])
		assert.deepEqual(wrong(await chief.get(`/api/v1/appointments?after=${encodeURIComponent(bad)}`)), ["?after bad_format"]);
	chief.close();
});

test("from and to are days of the office's calendar", async () => {
	const t = await activeTenant(house);
	const chief = await t.signedIn();
	const there = await t.office(chief, { time_zone: "Pacific/Kiritimati" });
	const a = must(await chief.post("/api/v1/appointments", body(there, { starts_at: at(5 * day), ends_at: at(5 * day + 30) })), 201).json;
	const local = a.starts_at.slice(0, 10), end = a.ends_at.slice(0, 10);
	const next = (d, n) => new Date(Date.parse(`${d}T00:00:00Z`) + n * 86400e3).toISOString().slice(0, 10);
	assert.equal((await list({ from: local, to: end }, chief)).items.length, 1);
	assert.equal((await list({ from: next(end, 1) }, chief)).items.length, 0);
	assert.equal((await list({ to: next(local, -1) }, chief)).items.length, 0);
	assert.deepEqual(wrong(await chief.get("/api/v1/appointments?from=2026-02-30")), ["?from bad_format"]);
	assert.deepEqual(wrong(await chief.get("/api/v1/appointments?from=2026-05-02&to=2026-05-01")), ["?to end_before_start"]);
	assert.deepEqual(wrong(await chief.get("/api/v1/appointments?q=a&from=2026-01-01&to=2026-12-31")), ["?to out_of_range"]);
	chief.close();
});

test("search folds width, kana and variant kanji; guest, company, title, room, host", async () => {
	await made({ title: "検索用テスト", room: "ＲＯＯＭ７", guests: [{ name: "髙﨑 渡邊", kana: "たかさき わたなべ", company: "ｱﾙﾌｧ株式会社" }] });
	for (const q of ["高崎", "渡辺", "髙﨑渡邊", "タカサキ", "たかさき", "アルファ", "ｱﾙﾌｧ", "あるふぁ", "検索用", "room7"])
		assert.equal((await list({ q })).items.filter((a) => a.title === "検索用テスト").length, 1, q);
	assert.ok((await list({ q: "管理太郎" })).items.length > 0);
	assert.equal((await list({ q: "どこにもない名前" })).items.length, 0);
	for (const q of ["%", "_", "'", "\\"]) assert.ok((await list({ q })).items.every((a) => JSON.stringify(a).includes(q)));
});

test("a member sees the own ones, reception its offices', another company nothing", async () => {
	const one = await ours.member(admin), two = await ours.member(admin);
	const person = await ours.member(admin, ["member", "reception"]);
	const branch = await ours.office(admin, { name: "受付のある支社" });
	ours.sql(`INSERT INTO member_office (tenant_id, member_id, office_id) VALUES ('${ours.id}', '${person.id}', '${branch.id}')`);
	const [c1, c2, desk] = await Promise.all([one, two, person].map((m) => ours.signedIn(m)));
	const theirs = await activeTenant(house);
	const stranger = await theirs.signedIn();

	const own = await made({ title: "一のもの" }, c1);
	const hosted = await made({ title: "二が会う", hosts: [two.id] }, c1);
	const atBranch = must(await admin.post("/api/v1/appointments", body(branch, { title: "支社" })), 201).json;
	const sees = async (client) => (await list({ limit: "200" }, client)).items.map((a) => a.title).sort();
	assert.deepEqual(await sees(c1), ["一のもの", "二が会う"]);
	assert.deepEqual(await sees(c2), ["二が会う"]);
	assert.deepEqual(await sees(desk), ["支社"]);
	assert.deepEqual(await sees(stranger), []);
	assert.deepEqual((await list({ mine: "true", limit: "200" }, desk)).items, []);
	for (const [client, a] of [[c2, own], [desk, own], [stranger, own], [c1, atBranch]]) {
		const path = `/api/v1/appointments/${a.id}`;
		refused(await client.get(path), 404, "not_found");
		refused(await put(a, { title: "x" }, client), 404, "not_found");
		refused(await client.delete(path), 404, "not_found");
		refused(await client.post(`${path}/invitations`, {}), 404, "not_found");
		refused(await client.delete(`${path}/invitations`), 404, "not_found");
		refused(await client.get(`${path}/guests/${a.guests[0].id}/pass.png`), 404, "not_found");
		refused(await client.get(`${path}/guests/${a.guests[0].id}/pass`), 404, "not_found");
	}
	must(await c2.get(`/api/v1/appointments/${hosted.id}`), 200);
	assert.equal((await keysOf(c2, hosted.id, hosted.guests[0].id)).pass.length, 26);
	assert.equal(count(`operation WHERE object_id = '${hosted.guests[0].id}' AND action = 'pass.link_shown'`), 1);
	for (const c of [c1, c2, desk, stranger]) c.close();
});

test("after its end nobody is shown a guest's link any more", async () => {
	const a = await book(admin, office);
	ours.sql(`UPDATE appointment SET starts_at = starts_at - interval '3 hours', ends_at = ends_at - interval '3 hours' WHERE id = '${a.id}'`);
	refused(await admin.get(`/api/v1/appointments/${a.id}/guests/${a.guests[0].id}/pass`), 410, "gone");
});

test("the pass is a bare version 2 code, one bit a pixel, with its quiet zone and nothing else", async () => {
	const a = await made();
	const answer = must(await admin.get(`/api/v1/appointments/${a.id}/guests/${a.guests[0].id}/pass.png`), 200);
	assert.equal(answer.headers["content-type"], "image/png");
	assert.equal(answer.headers["cache-control"], "no-store");
	const png = answer.body;
	assert.equal(png.readUInt32BE(16), 33 * 12);
	assert.equal(png.readUInt32BE(20), 33 * 12);
	assert.equal(`${png[24]} ${png[25]}`, "1 0");
	const chunks = [];
	for (let p = 8; p < png.length; p += 12 + png.readUInt32BE(p)) chunks.push(png.toString("latin1", p + 4, p + 8));
	assert.deepEqual(chunks, ["IHDR", "IDAT", "IEND"]);
});
