// The guest's pass page: no scripts, nothing cached, nothing changed by
// looking, and plain words when it is cancelled, over or gone.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import ICAL from "ical.js";
import { must } from "../../scripts/lib/client.mjs";
import { startBrowser } from "../lib/browser.mjs";
import { book, readQr } from "../lib/guest.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { activeTenant } from "../lib/tenant.mjs";

const dir = mkdtempSync("/tmp/genkan-page-");
let house, ours, admin, office, guest, appointment, path, anybody;

before(async () => {
	house = await startInstallation();
	ours = await activeTenant(house);
	admin = await ours.signedIn();
	office = await ours.office(admin, { name: "本社", address: "東京都千代田区丸の内1-1-1", guidance: "3階へ", phone: "03-1111-2222",
		map_url: "https://maps.example/?q=1&r=%222%22" });
	appointment = await book(admin, office, { title: "<b>打合せ</b>", room: "会議室 A&B", note: "裏口から\nお入りください",
		guests: [{ name: "<script>alert(1)</script>", company: "\"青葉\" & 'Co'", companions: 2 }] });
	[guest] = appointment.guests;
	path = new URL(guest.url).pathname;
	anybody = house.client();
});
after(async () => { await house?.stop(); rmSync(dir, { recursive: true, force: true }); });

const page = async (status, p = path, headers = {}) => {
	const answer = must(await anybody.get(p, { headers }), status);
	return { text: answer.body.toString("utf8"), headers: answer.headers };
};
const shift = (days) => ours.sql(`UPDATE appointment SET starts_at = starts_at + interval '${days} days', ends_at = ends_at + interval '${days} days'
	WHERE id = '${appointment.id}'`);

test("the page shows what the guest needs, and runs nothing that was typed", async () => {
	const { text } = await page(200);
	for (const shown of ["&lt;script&gt;alert(1)&lt;/script&gt; 様", "&quot;青葉&quot; &amp; &#39;Co&#39;", "会議室 A&amp;B", "裏口から<br>お入りください",
		"&lt;b&gt;打合せ&lt;/b&gt;", "東京都千代田区丸の内1-1-1", "3階へ", "ほか2名", "画面を明るくして", "利用目的", guest.code,
		"href=\"https://maps.example/?q=1&amp;r=%222%22\""])
		assert.ok(text.includes(shown), `${shown} is missing`);
	assert.match(text, /\d{4}年\d+月\d+日（[日月火水木金土]）/);
	assert.ok(!/<script|<b>|javascript:|\son[a-z]+=|\sstyle=/i.test(text));
});

test("it is not kept, not referred to, not indexed, and allows no script", async () => {
	const { headers } = await page(200);
	assert.equal(headers["cache-control"], "no-store");
	assert.equal(headers["referrer-policy"], "no-referrer");
	assert.match(headers["x-robots-tag"], /noindex/);
	assert.match(headers["content-security-policy"], /^default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/);
	assert.equal(headers["set-cookie"], undefined);
});

test("the style sheet it names is there, under a name that says its content", async () => {
	const href = /<link rel="stylesheet" href="([^"]+)"/.exec((await page(200)).text)[1];
	assert.match(href, /^\/assets\/visit-[0-9a-f]{10}\.css$/);
	assert.match(must(await anybody.get(href), 200).headers["cache-control"], /immutable/);
});

test("it can be read in English, and an English guest's is", async () => {
	assert.match((await page(200, `${path}?lang=en`)).text, /<html lang="en">[\s\S]*Turn up the brightness/);
	const other = await book(admin, office, { guests: [{ name: "Alice", language: "en" }] });
	assert.match((await page(200, new URL(other.guests[0].url).pathname)).text, /<html lang="en">/);
	assert.match((await page(200, `${path}?utm_source=scanner&lang=xx`)).text, /<html lang="ja">/);
});

test("looking at it changes nothing, and takes nobody's code away", async () => {
	const rows = () => ours.sql(`SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM
		(SELECT to_jsonb(g) t FROM guest g UNION ALL SELECT to_jsonb(a) FROM appointment a UNION ALL SELECT to_jsonb(c) FROM guest_code c
		 UNION ALL SELECT to_jsonb(v) FROM visit v UNION ALL SELECT to_jsonb(o) FROM outbox o UNION ALL SELECT to_jsonb(p) FROM operation p) x`);
	const was = rows();
	for (const p of [path, `${path}/calendar.ics`, `${path}/pass.png`]) {
		await page(200, p);
		must(await anybody.send("HEAD", p), 200);
	}
	assert.equal(rows(), was);
	assert.equal((await anybody.send("POST", path)).status, 405);
});

test("the picture is the pass", async () => {
	const answer = must(await anybody.get(`${path}/pass.png`), 200);
	assert.equal(answer.headers["content-type"], "image/png");
	assert.equal(readQr(answer.body), guest.pass);
});

test("the calendar file is read by an independent reader", async () => {
	const answer = must(await anybody.get(`${path}/calendar.ics`), 200);
	assert.equal(answer.headers["content-type"], "text/calendar; charset=utf-8");
	const calendar = new ICAL.Component(ICAL.parse(answer.body.toString("utf8")));
	const event = new ICAL.Event(calendar.getFirstSubcomponent("vevent"));
	assert.equal(calendar.getFirstPropertyValue("method"), "PUBLISH");
	assert.equal(event.startDate.toJSDate().getTime(), Date.parse(appointment.starts_at));
	assert.equal(event.endDate.toJSDate().getTime(), Date.parse(appointment.ends_at));
	assert.equal(event.location, "本社\n東京都千代田区丸の内1-1-1");
	assert.ok(event.description.includes(guest.code));
	assert.ok(event.uid.startsWith(guest.id));
});

test("without scripts, in the dark, on a phone: the QR code fills 60 % of the width and is read", async () => {
	const browser = await startBrowser();
	try {
		for (const colorScheme of ["light", "dark"]) {
			const phone = await browser.newPage({ ignoreHTTPSErrors: true, javaScriptEnabled: false, colorScheme, viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 });
			await phone.goto(guest.url);
			const box = await phone.locator(".gk-visit__pass svg").boundingBox();
			assert.ok(box.width >= 0.6 * 390, `${box.width} of 390`);
			assert.equal(readQr(await phone.screenshot()), guest.pass);
			const size = await phone.locator(".gk-visit__code").evaluate((e) => globalThis.getComputedStyle(e).fontSize);
			assert.equal(size, "32px");
			await phone.close();
		}
		const sheet = await browser.newPage({ ignoreHTTPSErrors: true, javaScriptEnabled: false });
		await sheet.goto(guest.url);
		await sheet.pdf({ path: join(dir, "page.pdf"), preferCSSPageSize: true });
		await sheet.emulateMedia({ media: "print" });
		const { width } = await sheet.locator(".gk-visit__pass svg").boundingBox();
		// 25 of its 33 modules are the code itself; 96 CSS pixels are an inch.
		assert.ok(width * 25 / 33 / 96 * 25.4 >= 30, `${width} pixels`);
		const pdf = readFileSync(join(dir, "page.pdf"), "latin1");
		assert.equal((pdf.match(/\/Type\s*\/Page\b/g) ?? []).length, 1, "one sheet");
	} finally {
		await browser.close();
	}
});

test("an address that is none, another's, or cut short is not found, and says nothing of anybody", async () => {
	const tag = path.slice(3, 9), rest = path.slice(9);
	const theirs = await activeTenant(house);
	for (const p of ["/v/x", `/v/${"A".repeat(32)}`, `${path.slice(0, -1)}`, `${path}A`, `/v/${tag}${"A".repeat(26)}`, `/v/${theirs.tag}${rest}`,
		`/v/${path.slice(3).toLowerCase()}`, "/v/%00"]) {
		const { text, headers } = await page(404, p);
		assert.match(text, /見つかりません|cannot find/, p);
		assert.ok(!text.includes("本社") && !text.includes("青葉"));
		assert.equal(headers["cache-control"], "no-store");
	}
	assert.match((await page(404, "/v/x", { "accept-language": "en" })).text, /<html lang="en">/);
});

test("its address is in no log", () => {
	const log = house.log("web");
	assert.ok(!log.includes(path.slice(9)));
	assert.match(log, /"\/v\/\{token\}"/);
});

test("a guest who is in is told so", async () => {
	const tablet = await ours.tablet(admin, office.id);
	must(await tablet.checkIn({ pass: guest.pass }), 201);
	assert.match((await page(200)).text, /受付が済んでいます/);
	must(await tablet.post("/api/v1/departures", { pass: guest.pass }), 201);
});

test("on the day after it is over, and shows no pass", async () => {
	shift(-1);
	const { text } = await page(200);
	assert.match(text, /日時は過ぎました/);
	assert.ok(!text.includes("<svg") && !text.includes(guest.code));
	await page(410, `${path}/pass.png`);
	await page(410, `${path}/calendar.ics`);
});

test("seven days after the last day it is still there, on the eighth it is gone", async () => {
	shift(-6);
	assert.match((await page(200)).text, /日時は過ぎました/);
	shift(-1);
	for (const p of [path, `${path}/pass.png`, `${path}/calendar.ics`]) {
		const { text } = await page(410, p);
		assert.ok(!text.includes("本社") && !text.includes("青葉"));
	}
	shift(8);
	await page(200);
});

test("a cancelled visit is said to be cancelled, and shows no pass", async () => {
	must(await admin.delete(`/api/v1/appointments/${appointment.id}`), 200, 204);
	const { text } = await page(200);
	assert.match(text, /取り消されました/);
	assert.ok(!text.includes("<svg") && !text.includes(guest.code));
	await page(410, `${path}/pass.png`);
	const calendar = must(await anybody.get(`${path}/calendar.ics`), 200).body.toString("utf8");
	assert.match(calendar, /STATUS:CANCELLED/);
});
