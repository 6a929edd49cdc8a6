// Mails as guests and hosts get them, read by readers that are not ours:
// Python's email, postal-mime, mailparser, ical.js and ZBar.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import ICAL from "ical.js";
import { simpleParser } from "mailparser";
import PostalMime from "postal-mime";
import { readMail } from "../../scripts/lib/camera.mjs";
import { must } from "../../scripts/lib/client.mjs";
import { at, body, keysOf, readQr } from "../lib/guest.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { until } from "../lib/smtp.mjs";
import { activeTenant } from "../lib/tenant.mjs";

let house, ours, admin, office;
before(async () => {
	house = await startInstallation();
	ours = await activeTenant(house);
	admin = await ours.signedIn();
	office = await ours.office(admin, { name: "本社; 受付, \"3階\"", address: "東京都千代田区", phone: "03-1111-2222", map_url: "https://maps.example/?a=1&b=2" });
});
after(() => house?.stop());

/** Do not wait the ten seconds in which an invitation can be taken back. */
const hurry = () => ours.sql(`UPDATE outbox SET due_at = now() WHERE state = 'waiting' AND topic LIKE 'invitation.%'; NOTIFY genkan_outbox`);
const mailsTo = async (address) => must(await admin.get("/api/v1/outbox?limit=200"), 200).json.items.filter((m) => m.to === address);
const mailTo = (address, n = 1) => until(async () => {
	hurry();
	const found = await mailsTo(address);
	return found.length >= n && found[0];
}, `mail ${n} to ${address}`);
const invite = async (change) => must(await admin.post("/api/v1/appointments", body(office, { invite: true, ...change })), 201).json;
const calendarOf = async (message) => {
	const parsed = await PostalMime.parse(message);
	const [part] = parsed.attachments.filter((a) => a.mimeType === "text/calendar");
	const text = typeof part.content === "string" ? part.content : new TextDecoder().decode(part.content);
	const calendar = new ICAL.Component(ICAL.parse(text));
	return { method: calendar.getFirstPropertyValue("method"), event: new ICAL.Event(calendar.getFirstSubcomponent("vevent")), raw: text };
};
const hostile = "=?UTF-8?B?eA==?= <b>山田</b> \"太郎\" \\ 🏢 ﾔﾏﾀﾞ";

test("three readers see the same mail, and none sees a defect", async () => {
	const { id, guests: [guest] } = await invite({ title: "<打合せ> & \"相談\"", room: "会議室A", note: "裏口から\nお入りください",
		guests: [{ name: hostile, company: "株式会社 <青葉> & Co., Ltd.", email: "Taro.Yamada@guest.example" }] });
	const { message, subject, topic } = await mailTo("taro.yamada@guest.example");
	const { pass, code, url } = await keysOf(admin, id, guest.id);
	assert.equal(topic, "invitation.new");

	const python = readMail(message);
	assert.deepEqual(python.defects, []);
	const postal = await PostalMime.parse(message);
	const parser = await simpleParser(message);
	assert.equal(postal.subject, subject);
	assert.equal(parser.subject, subject);
	assert.match(subject, /^【試験 株式会社】ご来訪のご案内 \d+月\d+日（[日月火水木金土]）$/);
	for (const to of [postal.to[0], parser.to.value[0]]) assert.deepEqual([to.name, to.address], [hostile, "taro.yamada@guest.example"]);
	assert.deepEqual([postal.from.name, parser.from.value[0].name], ["試験 株式会社", "試験 株式会社"]);
	assert.deepEqual([postal.replyTo[0].address, parser.replyTo.value[0].address], [ours.email, ours.email]);
	assert.match(message, /^Auto-Submitted: auto-generated\r$/m);

	for (const text of [postal.text, parser.text]) {
		for (const said of [hostile, "株式会社 <青葉> & Co., Ltd.", "<打合せ> & \"相談\"", "会議室A", "裏口から", code, url, "東京都千代田区",
			"03-1111-2222", "https://maps.example/?a=1&b=2", "管理 太郎", "利用目的", "ご返信ください"])
			assert.ok(text.includes(said), `${said} is not in the text part`);
		assert.match(text, /\d{4}年\d+月\d+日（[日月火水木金土]）\d\d:\d\d〜\d\d:\d\d/);
	}
	for (const html of [postal.html, parser.html]) {
		assert.ok(html.includes("&lt;b&gt;山田&lt;/b&gt;") && !html.includes("<b>山田"));
		assert.ok(html.includes(code) && html.includes(`href="${url}"`));
		assert.ok(!/<script|javascript:|\son[a-z]+=/i.test(html));
	}
	assert.ok(!postal.html.includes("data:"), "the picture is an attachment");
	const picture = postal.attachments.find((a) => a.mimeType === "image/png");
	assert.equal(picture.disposition, "inline");
	assert.ok(postal.html.includes(`cid:${picture.contentId.slice(1, -1)}`));
	assert.equal(readQr(Buffer.from(picture.content)), pass);
	assert.equal(parser.attachments.filter((a) => a.contentType === "application/ics").length, 1);
});

test("a mail's bytes are safe on the way: CR LF only, short lines, ASCII", async () => {
	const [{ message }] = await mailsTo("taro.yamada@guest.example");
	assert.ok(!/[^\r]\n|\r[^\n]/.test(message));
	assert.ok(message.split("\r\n").every((line) => line.length <= 78));
	assert.ok(/^[\x20-\x7e\r\n\t]*$/.test(message));
	assert.ok(!message.includes("\r\n.\r\n"));
	for (const word of message.matchAll(/=\?UTF-8\?B\?([^?]*)\?=(\r\n =\?)?/g))
		if (word[2]) assert.ok(!word[1].endsWith("="), "padding within a value");
});

test("the calendar part says when and where, and escapes what people typed", async () => {
	const { method, event, raw } = await calendarOf((await mailsTo("taro.yamada@guest.example"))[0].message);
	assert.equal(method, "REQUEST");
	assert.equal(event.sequence, 0);
	assert.equal(event.location, "本社; 受付, \"3階\"\n東京都千代田区");
	assert.equal(event.component.getFirstProperty("attendee").getParameter("cn"), hostile.replaceAll("\"", "'"));
	assert.ok(raw.split(/\r?\n/).every((line) => Buffer.byteLength(line) <= 75));
});

test("a change sends the new time under the same UID and a higher SEQUENCE", async () => {
	const a = await invite({ guests: [{ name: "佐藤", email: "sato@guest.example" }] });
	const first = await calendarOf((await mailTo("sato@guest.example")).message);
	const [g] = a.guests;
	must(await admin.put(`/api/v1/appointments/${a.id}`, body(office, { version: a.version, invite: true, starts_at: at(120), ends_at: at(180),
		guests: [{ id: g.id, name: g.name, email: g.email }] })), 200);
	const mail = await mailTo("sato@guest.example", 2);
	assert.equal(mail.topic, "invitation.changed");
	assert.match(mail.subject, /【変更】/);
	const second = await calendarOf(mail.message);
	assert.equal(second.event.uid, first.event.uid);
	assert.ok(second.event.sequence > first.event.sequence);
	assert.ok(second.event.startDate.toJSDate() > first.event.startDate.toJSDate());

	must(await admin.delete(`/api/v1/appointments/${a.id}`), 200, 204);
	const gone = await mailTo("sato@guest.example", 3);
	assert.equal(gone.topic, "invitation.cancelled");
	const third = await calendarOf(gone.message);
	assert.deepEqual([third.method, third.event.uid, third.event.component.getFirstPropertyValue("status")], ["CANCEL", first.event.uid, "CANCELLED"]);
	assert.ok(third.event.sequence > second.event.sequence);
	const parsed = await PostalMime.parse(gone.message);
	assert.ok(!parsed.attachments.some((x) => x.mimeType === "image/png") && !/受付コード（/.test(parsed.text), "no pass in a cancellation");
});

test("what was taken back within ten seconds is never sent, and then there is nothing to cancel", async () => {
	const a = await invite({ guests: [{ name: "早い 人", email: "early@guest.example" }] });
	must(await admin.delete(`/api/v1/appointments/${a.id}`), 200, 204);
	const rows = must(await admin.get("/api/v1/deliveries?limit=200"), 200).json.items.filter((d) => d.appointment_id === a.id);
	assert.deepEqual(rows.map((d) => `${d.topic} ${d.state}`), ["invitation.new withdrawn"]);
	assert.deepEqual(await mailsTo("early@guest.example"), []);
});

test("a change before the first mail went is an invitation, not a change", async () => {
	const a = await invite({ guests: [{ name: "次", email: "next@guest.example" }] });
	must(await admin.put(`/api/v1/appointments/${a.id}`, body(office, { version: a.version, invite: true, starts_at: at(60), ends_at: at(100),
		guests: [{ id: a.guests[0].id, name: "次", email: "next@guest.example" }] })), 200);
	assert.equal((await mailTo("next@guest.example")).topic, "invitation.new");
	assert.equal((await mailsTo("next@guest.example")).length, 1);
});

test("a guest without an address is not written to, and the row says so", async () => {
	const a = await invite({ guests: [{ name: "住所 なし" }, { name: "有り", email: "with@guest.example" }] });
	assert.deepEqual(a.guests.map((g) => g.mail_state), ["none", "waiting"]);
	await mailTo("with@guest.example");
	const shown = await until(async () => {
		const { guests } = must(await admin.get(`/api/v1/appointments/${a.id}`), 200).json;
		return guests[1].mail_state === "sent" && guests;
	}, "sent");
	assert.equal(shown[0].mail_state, "none");
});

test("an English guest is written to in English, a period by its days", async () => {
	await invite({ kind: "period", starts_at: at(30), ends_at: at(30 + 3 * 1440),
		guests: [{ name: "Alice O'Neil", company: "Example Ltd", email: "alice@guest.example", language: "en" }] });
	const { message, subject } = await mailTo("alice@guest.example");
	const parsed = await PostalMime.parse(message);
	assert.match(subject, /^Your visit to 試験 株式会社 on \w+day, \d+ \w+$/);
	assert.match(parsed.text, /Dear Alice O'Neil \(Example Ltd\),/);
	assert.match(parsed.text, /\w+day, \d+ \w+ \d{4} – \w+day, \d+ \w+ \d{4}/);
	assert.match(parsed.text, /Times are in Asia\/Tokyo/);
	const { event } = await calendarOf(message);
	assert.ok(event.startDate.isDate && event.endDate.isDate);
	assert.equal(event.endDate.subtractDate(event.startDate).toSeconds() / 86400, 4);
});

test("an address in a script of its own goes out as ASCII; one that is none is refused", async () => {
	await invite({ guests: [{ name: "例", email: "taro@例え.jp" }] });
	const { message } = await mailTo("taro@xn--r8jz45g.jp");
	assert.match(message, /^To: .*<taro@xn--r8jz45g\.jp>\r$|^ <taro@xn--r8jz45g\.jp>\r$/m);
	for (const email of ["a@b", "a b@c.example", "a@b.example\r\nBcc: x@y.example", "太郎@b.example", "<a@b.example>", "\"a\"@b.example", "a@b.example,c@d.example"]) {
		const answer = await admin.post("/api/v1/appointments", body(office, { guests: [{ name: "x", email }] }));
		assert.equal(answer.problem, "invalid", email);
	}
});

test("the host is told of the arrival at once, with the guest's name and no pass", async () => {
	const a = await invite({ title: "来客", guests: [{ name: "到着 する人", company: "到着商事", companions: 2 }] });
	must(await admin.post("/api/v1/check-ins", { guest_id: a.guests[0].id }), 201);
	const mail = await until(async () => (await mailsTo(ours.email)).find((m) => m.topic === "visit.arrived"), "the notice");
	assert.match(mail.subject, /到着 する人 様（到着商事）が到着しました/);
	const parsed = await PostalMime.parse(mail.message);
	assert.match(parsed.text, /■ 人数\r?\n3\r?\n/);
	assert.equal(parsed.attachments.length, 0);
});

test("each mail has an id of its own, that of its delivery", async () => {
	const all = must(await admin.get("/api/v1/outbox?limit=200"), 200).json.items;
	const ids = all.map((m) => /^Message-ID: <(.*)@.*>\r$/m.exec(m.message)[1]);
	assert.deepEqual(ids, all.map((m) => m.id));
	assert.equal(new Set(ids).size, ids.length);
});

test("nothing of a mail is in the database in clear", () => {
	const dump = ours.sql("SELECT string_agg(o::text, ' ') FROM outbox o");
	for (const secret of ["taro.yamada", "山田", Buffer.from("山田").toString("hex"), Buffer.from("taro.yamada").toString("hex"), Buffer.from("山田").toString("base64")])
		assert.ok(!dump.includes(secret));
});
