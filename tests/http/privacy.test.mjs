// The visitor's privacy page: what the link shows and changes, what needs a
// code mailed to the address on record, and every way to be refused.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { must } from "../../scripts/lib/client.mjs";
import { at, body, book } from "../lib/guest.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { activeTenant } from "../lib/tenant.mjs";

let house, ours, admin, office, tablet, anybody;

before(async () => {
	house = await startInstallation();
	ours = await activeTenant(house);
	admin = await ours.signedIn();
	office = await ours.office(admin, { phone: "03-1111-2222" });
	tablet = await ours.tablet(admin, office.id);
	anybody = house.client();
});
after(() => house?.stop());

const pageOf = (guest) => `${new URL(guest.url).pathname}/privacy`;
const text = (answer) => answer.body.toString("utf8");
const look = async (path, status = 200) => text(must(await anybody.get(path), status));
const hidden = (html, name) => new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1];
const post = (path, fields, headers) => anybody.send("POST", path,
	{ body: new URLSearchParams(fields).toString(), type: "application/x-www-form-urlencoded", headers });
const formOf = async (guest) => hidden(await look(pageOf(guest)), "form");
const count = (table, where) => Number(ours.sql(`SELECT count(*) FROM ${table} WHERE ${where}`));
let people = 0;
const newEmail = () => `guest${++people}@guest.example`;
/** One guest, in half an hour, whose address nobody else has. */
const one = async (guest, change) => {
	const appointment = await book(admin, office, { guests: [{ name: "山田 太郎", company: "株式会社サンプル", email: newEmail(), phone: "090-1234-5678", ...guest }], ...change });
	return { ...appointment.guests[0], appointment };
};
const come = async (guest) => must(await tablet.checkIn({ pass: guest.pass }), 201).json;
const leave = async (guest) => must(await tablet.post("/api/v1/departures", { pass: guest.pass }), 201);
const readable = (message) => message.split(/\r?\n\r?\n/).map((part) => Buffer.from(part.replace(/\r?\n--.*/s, ""), "base64").toString("utf8")).join("\n");
/** The mails of a topic to somebody, newest first, as text. */
const mails = async (topic, to) => must(await admin.get("/api/v1/outbox?limit=200"), 200).json.items
	.filter((m) => m.topic === topic && m.to.includes(to)).map((m) => readable(m.message));
const arrives = async (topic, to, seen = 0) => {
	for (let left = 200; left > 0; left--) {
		const found = await mails(topic, to);
		if (found.length > seen) return found[0];
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	throw new Error(`no ${topic} to ${to}`);
};
/** Have a code mailed; the code. */
const codeFor = async (guest) => {
	const seen = (await mails("privacy.code", guest.email)).length;
	must(await post(`${pageOf(guest)}/code`, { form: await formOf(guest) }), 303);
	return /^(\d{6})\r?$/m.exec(await arrives("privacy.code", guest.email, seen))[1];
};
const open = (guest, code) => post(`${pageOf(guest)}/person`, { code });
/** Erase this visit by a mailed code. */
const erase = async (guest) => {
	const grant = hidden(text(must(await open(guest, await codeFor(guest)), 200)), "grant");
	return post(`${pageOf(guest)}/deletion`, { grant, sure: "1" });
};

test("the page says what is held, why, until when and who was told, and nothing in full that the link need not show", async () => {
	const guest = await one();
	const answer = must(await anybody.get(pageOf(guest)), 200);
	const html = text(answer);
	for (const shown of ["山田 太郎", "株式会社サンプル", "g…@guest.example", "…5678", "打ち合わせ", "利用目的", "ご来訪の日から1095日間", "まで", "03-1111-2222", "試験 株式会社"])
		assert.ok(html.includes(shown), `${shown} is missing`);
	for (const secret of [guest.email, "090-1234-5678", "+819012345678", guest.code, guest.pass]) assert.ok(!html.includes(secret), secret);
	assert.ok(!/<script|\son[a-z]+=|\sstyle=/i.test(html));
	assert.match(answer.headers["content-security-policy"], /^default-src 'none'; .*form-action 'self'/);
	assert.equal(answer.headers["cache-control"], "no-store");
	// With no-referrer a browser would send "Origin: null" with the forms.
	assert.equal(answer.headers["referrer-policy"], "same-origin");
	const english = await look(`${pageOf(guest)}?lang=en`);
	assert.match(english, /<html lang="en">[\s\S]*What is held[\s\S]*1095 days from/);
	assert.ok(!/[\u3040-\u30ff]/.test(english.replace(/山田 太郎|株式会社サンプル|打ち合わせ|試験 株式会社|日本語/g, "")), "all of it is English");
	assert.match(await look(new URL(guest.url).pathname), new RegExp(`href="${pageOf(guest)}`));
});

test("what the company writes as contact is shown, and what is said of time is what it chose", async () => {
	const PATH = "/api/v1/settings/retention";
	const { version } = must(await admin.get(PATH), 200).json;
	const guest = await one();
	const changed = must(await admin.put(PATH, { version, visit_days: 40, appointment_days: 30, delivery_days: 30, contact: "総務部 <個人情報>\nprivacy@ours.example" }), 200).json;
	const html = await look(pageOf(guest));
	assert.ok(html.includes("総務部 &lt;個人情報&gt;<br>privacy@ours.example") && html.includes("40日間"));
	const last = new Date(Date.parse(guest.appointment.ends_at) + (30 * 24 + 9) * 3600_000).toISOString().split("T")[0].split("-").map(Number);
	assert.ok(html.includes(`${last[0]}年${last[1]}月${last[2]}日`), `${last}`);
	must(await admin.put(PATH, { version: changed.version, visit_days: 1095, appointment_days: 365, delivery_days: 90, contact: "" }), 200);
});

test("looking changes nothing", async () => {
	const guest = await one();
	const rows = () => ours.sql(`SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM
		(SELECT to_jsonb(g) t FROM guest g UNION ALL SELECT to_jsonb(o) FROM outbox o WHERE guest_id = '${guest.id}' UNION ALL SELECT to_jsonb(p) FROM operation p WHERE object_id = '${guest.id}') x`);
	const was = rows();
	await look(pageOf(guest));
	must(await anybody.send("HEAD", pageOf(guest)), 200);
	for (const action of ["name", "deletion", "code", "person", "person/name", "person/deletion", "person/export"])
		assert.equal((await anybody.get(`${pageOf(guest)}/${action}`)).status, 405);
	assert.equal(rows(), was);
	assert.equal(count("operation", "action = 'privacy.shown'"), 0); // mail scanners look too
});

test("a corrected name is in effect at once, the host is told, and the log has ids only", async () => {
	const guest = await one();
	const visit = await come(guest);
	const form = await formOf(guest);
	const answer = must(await post(`${pageOf(guest)}/name?lang=ja`, { form, name: "  山田 多朗 " }), 303);
	assert.match(await look(answer.headers.location), /お名前を訂正しました[\s\S]*山田 多朗/);
	const record = must(await admin.get(`/api/v1/visits/${visit.id}`), 200).json;
	assert.equal(record.guest, "山田 多朗");
	assert.ok(record.version > 1);
	assert.match(await arrives("guest.renamed", ours.email), /「山田 太郎」から「山田 多朗」/);
	assert.equal(ours.sql(`SELECT actor_kind, actor_id = object_id, detail_cell IS NULL FROM operation WHERE action = 'guest.renamed' AND object_id = '${guest.id}'`), "guest|t|t");
	// A form is good for one change.
	must(await post(`${pageOf(guest)}/name`, { form, name: "別人" }), 409);
	assert.equal(must(await admin.get(`/api/v1/visits/${visit.id}`), 200).json.guest, "山田 多朗");
});

test("an unusable name is refused in words, and nothing changes", async () => {
	const guest = await one();
	for (const name of ["", "   ", "x".repeat(101), "a\u0000b", "a\u202eb", "a\nb"])
		assert.match(text(must(await post(`${pageOf(guest)}/name`, { form: await formOf(guest), name }), 422, 400)), /100文字以内|malformed/, JSON.stringify(name));
	assert.match(text(must(await post(`${pageOf(guest)}/name`, { form: await formOf(guest) }), 422)), /山田 太郎/);
});

test("a form of another page, of nobody's, from another site or of another kind changes nothing", async () => {
	const [a, b] = [await one(), await one()];
	for (const form of [await formOf(b), "", "0".repeat(64), "x"]) {
		assert.match(text(must(await post(`${pageOf(a)}/name`, { form, name: "別人" }), 409)), /古くなっています/);
		must(await post(`${pageOf(a)}/deletion`, { form, sure: "1" }), 409);
		must(await post(`${pageOf(a)}/code`, { form }), 409);
	}
	const good = { form: await formOf(a), name: "別人" };
	for (const origin of [undefined, "null", "https://evil.example"])
		assert.equal((await post(`${pageOf(a)}/name`, good, { origin })).problem, "origin_refused");
	assert.equal((await anybody.send("POST", `${pageOf(a)}/name`, { json: good })).problem, "wrong_type");
	assert.equal((await anybody.send("POST", `${pageOf(a)}/name`, { body: "form=%zz", type: "application/x-www-form-urlencoded" })).problem, "malformed");
	assert.equal((await anybody.send("POST", `${pageOf(a)}/name`, { body: `name=${"x".repeat(5000)}`, type: "application/x-www-form-urlencoded" })).problem, "too_large");
	assert.equal(count("guest", `id IN ('${a.id}', '${b.id}') AND version = 1`), 2);
});

test("an address that is none, cut short or under another company's tag shows and changes nothing", async () => {
	const guest = await one();
	const theirs = await activeTenant(house);
	const form = await formOf(guest), token = pageOf(guest).split("/")[2];
	for (const other of ["x", "A".repeat(32), token.slice(0, -1), theirs.tag + token.slice(6), token.slice(0, 6) + "A".repeat(26)]) {
		const html = text(must(await anybody.get(`/v/${other}/privacy`), 404));
		assert.ok(!html.includes("山田"));
		for (const action of ["name", "deletion", "code", "person", "person/name", "person/deletion", "person/export"])
			must(await post(`/v/${other}/privacy/${action}`, { form, name: "別人", sure: "1", code: "123450", grant: "A".repeat(26) }), 404);
	}
	assert.equal(count("guest", `id = '${guest.id}' AND version = 1`), 1);
	assert.ok(!house.log("web").includes(token.slice(6)));
});

test("before the visit deleting cancels it and tells the host; after that the person goes", async () => {
	const guest = await one();
	assert.match(await look(pageOf(guest)), /来訪を取りやめる/);
	must(await post(`${pageOf(guest)}/deletion`, { form: await formOf(guest) }), 422);
	const answer = must(await post(`${pageOf(guest)}/deletion`, { form: await formOf(guest), sure: "1" }), 303);
	assert.match(await look(answer.headers.location), /来訪を取りやめ、担当者へお知らせしました[\s\S]*確認コードを入力してください/);
	assert.match(await arrives("guest.cancelled", ours.email), /山田 太郎 様が、ご自身のページで来訪を取りやめました/);
	assert.equal((await tablet.checkIn({ pass: guest.pass })).problem, "cancelled");
	assert.equal((await tablet.checkIn({ code: guest.code })).problem, "unknown_code");

	const gone = must(await erase(guest), 200);
	assert.match(text(gone), /個人情報を削除しました/);
	assert.ok(!text(gone).includes("山田"));
	must(await anybody.get(pageOf(guest)), 404);
	must(await anybody.get(new URL(guest.url).pathname), 404);
	assert.equal((await tablet.checkIn({ pass: guest.pass })).problem, "unknown_pass");
	const { title, guests: [shown] } = must(await admin.get(`/api/v1/appointments/${guest.appointment.id}`), 200).json;
	assert.deepEqual([title, shown.name, shown.company, shown.email, shown.phone, shown.state], ["削除済み", "削除済み", null, null, null, "removed"]);
	assert.deepEqual(await mails("guest.cancelled", ours.email).then((all) => all.filter((m) => m.includes(guest.email))), []);
});

test("who is inside cannot be deleted; after they have left the record stays as a number without a person", async () => {
	const guest = await one();
	const visit = await come(guest);
	assert.match(await look(pageOf(guest)), /入館中は削除できません/);
	must(await post(`${pageOf(guest)}/deletion`, { form: await formOf(guest), sure: "1" }), 409);
	await leave(guest);
	must(await erase(guest), 200);
	const record = must(await admin.get(`/api/v1/visits/${visit.id}`), 200).json;
	assert.deepEqual([record.guest, record.company, record.title, record.state], ["削除済み", null, "削除済み", "left"]);
	assert.equal((await admin.patch(`/api/v1/visits/${visit.id}`, { version: record.version, name: "戻す" })).problem, "conflict");
	assert.equal(count("guest", `id = '${guest.id}' AND num_nonnulls(name_hash, email_hash, phone_hash, pass_hash, page_hash, kana_cell, company_cell) = 0 AND erased_at IS NOT NULL`), 1);
	// What courier held at that moment it may finish, but not keep.
	while (count("outbox", `state = 'leased' AND visit_id = '${visit.id}'`) > 0) await new Promise((resolve) => setTimeout(resolve, 50));
	assert.equal(count("outbox", `payload_cell IS NOT NULL AND (guest_id = '${guest.id}' OR visit_id = '${visit.id}')`), 0);
	assert.equal(count("operation", `action = 'guest.erased' AND object_id = '${guest.id}' AND detail_cell IS NULL`), 1);
});

test("the link alone, which hosts may have too, erases nobody", async () => {
	const [guest, unmailed] = [await one(), await one({ email: null })];
	for (const g of [guest, unmailed]) {
		await come(g);
		await leave(g);
	}
	const html = await look(pageOf(guest));
	assert.ok(html.includes("確認コードを入力してください") && !html.includes("/privacy/deletion"));
	for (const grant of ["", "A".repeat(26)])
		must(await post(`${pageOf(guest)}/deletion`, { form: await formOf(guest), grant, sure: "1" }), 403);
	assert.equal(count("guest", `id = '${guest.id}' AND erased_at IS NULL`), 1);
	// What the page says no to in its own words is on record like any refusal.
	assert.ok(count("operation", "actor_kind = 'guest' AND result = 'refused'") > 0);
	// Without an address to mail a code to, it says whom to ask.
	const page = await look(pageOf(unmailed));
	assert.ok(/確かめられません[\s\S]*下のお問い合わせ先[\s\S]*03-1111-2222/.test(page) && !page.includes("/privacy/deletion"));
	for (const grant of ["", "A".repeat(26)])
		assert.match(text(must(await post(`${pageOf(unmailed)}/deletion`, { form: await formOf(unmailed), grant, sure: "1" }), 409)), /ご本人かどうかを確かめられません[\s\S]*03-1111-2222/);
	assert.match(await look(`${pageOf(unmailed)}?lang=en`), /cannot tell that it is you[\s\S]*contact below/);
	assert.equal(count("guest", `id = '${unmailed.id}' AND erased_at IS NULL`), 1);
	must(await post(`${pageOf(unmailed)}/name`, { form: await formOf(unmailed), name: "山田 多朗" }), 303);
	// A system administrator erases who asks.
	must(await admin.post("/api/v1/erasures", { guests: [unmailed.id], name: "山田 多朗" }), 201);
});

test("of several guests one goes, the others stay", async () => {
	const appointment = await book(admin, office, { title: "合同会議", guests: [{ name: "一人 目", email: newEmail() }, { name: "二人 目" }] });
	const [first, second] = appointment.guests;
	must(await post(`${pageOf(first)}/deletion`, { form: await formOf(first), sure: "1" }), 303);
	must(await erase(first), 200);
	const now = must(await admin.get(`/api/v1/appointments/${appointment.id}`), 200).json;
	assert.equal(now.title, "合同会議");
	assert.deepEqual(now.guests.map((g) => g.name), ["二人 目", "削除済み"]);
	assert.ok(now.version > appointment.version, "an open form cannot write the name back");
	assert.match(await look(pageOf(second)), /二人 目/);
});

test("without an address on record there is a contact instead of a code", async () => {
	const guest = await one({ email: null });
	const html = await look(pageOf(guest));
	assert.ok(html.includes("メールアドレスをお預かりしていない") && !html.includes("/privacy/code"));
	must(await post(`${pageOf(guest)}/code`, { form: hidden(html, "form") }), 409);
	must(await open(guest, "123450"), 409);
});

test("everything under the address opens by the mailed code only, and can be taken away", async () => {
	const email = newEmail();
	const [first, second, third] = [await one({ email }), await one({ email: email.toUpperCase(), name: "山田　太郎" }, { title: "二度目" }), await one({ email, name: "同僚 花子" }, { title: "同僚の件" })];
	const other = await one(undefined, { title: "他人の件" });
	await come(second);
	const code = await codeFor(first);
	const html = text(must(await open(first, code), 200));
	for (const shown of ["打ち合わせ", "二度目", "同僚の件", "同僚 花子", email, "入館中"]) assert.ok(html.includes(shown), shown);
	for (const not of ["他人の件", other.email, first.code, first.pass]) assert.ok(!html.includes(not), not);
	const grant = hidden(html, "grant");
	assert.match(grant, /^[A-Z2-7]{26}$/);

	const file = must(await post(`${pageOf(first)}/person/export`, { grant }), 200);
	assert.equal(file.headers["content-disposition"], "attachment; filename=\"personal-data.json\"");
	assert.equal(file.json.records.length, 3);
	const record = file.json.records.find((r) => r.id === second.id);
	assert.deepEqual([record.email, record.phone, record.appointment.title, record.visits.length, record.visits[0].state], [email, "+819012345678", "二度目", 1, "arrived"]);
	assert.ok(record.deliveries.length > 0 && !JSON.stringify(file.json).includes("他人"));

	const renamed = text(must(await post(`${pageOf(first)}/person/name`, { grant, name: "山田 次郎" }), 200));
	assert.ok(renamed.includes("山田 次郎") && renamed.includes("同僚 花子") && !renamed.includes("山田 太郎") && !renamed.includes("山田　太郎"));

	must(await post(`${pageOf(first)}/person/deletion`, { grant }), 422);
	const gone = text(must(await post(`${pageOf(first)}/person/deletion`, { grant, sure: "1" }), 200));
	assert.match(gone, /削除しました[\s\S]*入館中の来訪は残しました/);
	assert.equal(count("guest", `id IN ('${first.id}', '${third.id}') AND erased_at IS NOT NULL`), 2);
	assert.equal(count("guest", `id = '${second.id}' AND erased_at IS NULL`), 1);
	assert.match(await arrives("guest.erased", ours.email), /個人情報の削除を選びました/);
	must(await anybody.get(pageOf(first)), 404);
});

test("everything is everything, also of somebody who came more than 200 times", async () => {
	const email = newEmail(), guest = await one({ email });
	for (let n = 0; n < 21; n++)
		must(await admin.post("/api/v1/appointments", body(office, { guests: Array.from({ length: 10 }, () => ({ name: "常連 客", email })) })), 201);
	assert.equal(must(await admin.get(`/api/v1/people?email=${email}`), 200).json.items.length, 211);
	const html = text(must(await open(guest, await codeFor(guest)), 200));
	assert.ok(html.includes("200件までを表示"));
	const grant = hidden(html, "grant");
	const ids = must(await post(`${pageOf(guest)}/person/export`, { grant }), 200).json.records.map((r) => r.id);
	assert.equal(new Set(ids).size, 211);
	must(await post(`${pageOf(guest)}/person/deletion`, { grant, sure: "1" }), 200);
	assert.equal(count("guest", `id IN ('${ids.join("','")}') AND erased_at IS NOT NULL`), 211);
});

test("a grant is one page's, and ends", async () => {
	const email = newEmail();
	const [guest, same] = [await one({ email }), await one({ email })];
	const grant = hidden(text(must(await open(guest, await codeFor(guest)), 200)), "grant");
	for (const [g, value] of [[same, grant], [guest, ""], [guest, "A".repeat(26)], [guest, grant.toLowerCase()]])
		for (const action of ["export", "name", "deletion"])
			must(await post(`${pageOf(g)}/person/${action}`, { grant: value, name: "x", sure: "1" }), 403);
	must(await post(`${pageOf(guest)}/person/export`, { grant }), 200);
	ours.sql(`UPDATE privacy_code SET expires_at = now() - interval '1 second' WHERE guest_id = '${guest.id}'`);
	must(await post(`${pageOf(guest)}/person/export`, { grant }), 403);
});

test("what was mailed to one address opens nothing once the guest has another", async () => {
	const guest = await one(), victim = await one();
	const code = await codeFor(guest), grant = hidden(text(must(await open(guest, code), 200)), "grant");
	const kept = ours.sql(`SELECT to_jsonb(p) FROM privacy_code p WHERE guest_id = '${guest.id}'`);
	must(await admin.put(`/api/v1/appointments/${guest.appointment.id}`, { ...body(office), version: guest.appointment.version,
		starts_at: guest.appointment.starts_at, ends_at: guest.appointment.ends_at, guests: [{ id: guest.id, name: guest.name, email: victim.email }] }), 200);
	assert.equal(count("privacy_code", `guest_id = '${guest.id}'`), 0);
	// Even if they were still there.
	const put = (change) => ours.sql(`DELETE FROM privacy_code WHERE guest_id = '${guest.id}'; INSERT INTO privacy_code SELECT * FROM jsonb_populate_record(NULL::privacy_code, '${kept}'::jsonb || '${change}')`);
	put("{}");
	for (const action of ["export", "name", "deletion"])
		must(await post(`${pageOf(guest)}/person/${action}`, { grant, name: "別人", sure: "1" }), 403);
	put('{"grant_hash": null}');
	must(await open(guest, code), 403);
	assert.equal(count("guest", `id = '${victim.id}' AND version = 1 AND erased_at IS NULL`), 1);
});

test("a code is used once, replaced by the next, and too old after ten minutes", async () => {
	const guest = await one();
	const first = await codeFor(guest), second = await codeFor(guest);
	if (first !== second) must(await open(guest, first), 403);
	must(await open(guest, second), 200);
	must(await open(guest, second), 403);
	const third = await codeFor(guest);
	ours.sql(`UPDATE privacy_code SET expires_at = expires_at - interval '10 minutes' WHERE guest_id = '${guest.id}' AND grant_hash IS NULL`);
	assert.match(text(must(await open(guest, third), 403)), /確認コードが違うか、期限が過ぎています/);
});

test("five wrong codes, and the right one waits too, over all pages of the address", async () => {
	const email = newEmail();
	const [guest, same] = [await one({ email }), await one({ email })];
	const code = await codeFor(guest);
	const wrong = code === "123456" ? "123457" : "123456";
	for (let n = 0; n < 5; n++) must(await open(n % 2 ? guest : same, wrong), 403);
	assert.match(text(must(await open(guest, code), 429)), /しばらく受け付けられません/);
	must(await open(same, wrong), 429);
	assert.equal(count("operation", `action = 'privacy.opened' AND result = 'wrong_code' AND object_id IN ('${guest.id}', '${same.id}')`), 5);
	must(await open(await one(), "12345"), 403); // nobody else waits
});

test("no more than five codes an hour are mailed to one address", async () => {
	const guest = await one();
	for (let n = 0; n < 5; n++) must(await post(`${pageOf(guest)}/code`, { form: await formOf(guest) }), 303);
	must(await post(`${pageOf(guest)}/code`, { form: await formOf(guest) }), 429);
	assert.equal(count("outbox", `topic = 'privacy.code' AND guest_id = '${guest.id}'`), 5);
});

test("a guest's changes are limited, so nobody floods a host", async () => {
	const guest = await one();
	for (let n = 0; n < 10; n++) must(await post(`${pageOf(guest)}/name`, { form: await formOf(guest), name: `名前 ${n}` }), 303);
	must(await post(`${pageOf(guest)}/name`, { form: await formOf(guest), name: "もう一度" }), 429);
	assert.match(await look(pageOf(guest)), /名前 9/);
});

test("seven days after the last day the page is gone, and so are its forms", async () => {
	const guest = await one({}, { starts_at: at(30), ends_at: at(60) });
	const form = await formOf(guest);
	ours.sql(`UPDATE appointment SET starts_at = starts_at - interval '9 days', ends_at = ends_at - interval '9 days' WHERE id = '${guest.appointment.id}'`);
	assert.match(await look(pageOf(guest), 410), /ご来訪先へお問い合わせください/);
	must(await post(`${pageOf(guest)}/name`, { form, name: "x" }), 410);
});
