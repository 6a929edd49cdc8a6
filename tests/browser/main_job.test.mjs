// The main job as people do it: a host invites, the guest's mail comes through
// a real mail server with TLS and AUTH, the tablet's camera sees the QR code of
// that mail, the welcome follows, and the host is told.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { must } from "../../scripts/lib/client.mjs";
import { noonZone } from "../../scripts/lib/noon_zone.mjs";
import { filmOf, startBrowser } from "../lib/browser.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { startSmtp, until } from "../lib/smtp.mjs";

const dir = mkdtempSync("/tmp/genkan-main-job-");
let smtp, house, browser, page, admin, office;

before(async () => {
	smtp = await startSmtp();
	house = await startInstallation(smtp.settings);
	admin = await house.admin();
	// Outside the opening hours the tablet's camera is off.
	office = must(await admin.post("/api/v1/offices", { name: "分室", phone: "03-0000-0000", time_zone: noonZone() }), 201).json;
});
after(async () => {
	await browser?.close();
	await house?.stop();
	await smtp?.stop();
	rmSync(dir, { recursive: true, force: true });
});

test("the guest's mail arrives over TLS with a pass that an independent reader finds", async () => {
	const now = Date.now();
	must(await admin.post("/api/v1/appointments", {
		title: "共同開発の打合せ", office_id: office.id, room: "会議室A",
		starts_at: new Date(now + 30 * 60e3).toISOString(), ends_at: new Date(now + 90 * 60e3).toISOString(),
		guests: [{ name: "佐藤 太郎", company: "株式会社青葉製作所", email: "taro.sato@guest.example", language: "ja" }],
	}), 201);
	const mail = await smtp.mailTo("taro.sato@guest.example");
	assert.ok(mail.envelope.tls && mail.envelope.authenticated);
	assert.deepEqual(mail.defects, []);
	const pass = mail.parts.find((part) => part.type === "image/png");
	assert.match(mail.text, /\b\d{6}\b/);
	filmOf(Buffer.from(pass.data, "base64"), join(dir, "pass.mjpeg"));
});

test("a tablet is paired by its link, approved, and opened by the staff's tap", async () => {
	browser = await startBrowser({ film: join(dir, "pass.mjpeg") });
	page = await browser.newPage({ ignoreHTTPSErrors: true, viewport: { width: 1180, height: 820 } });
	const made = must(await admin.post("/api/v1/devices", { name: "本社1階", office_id: office.id }), 201).json;

	await page.goto(`${house.baseUrl}/tablet#${made.code}`);
	await page.getByRole("heading", { name: "承認を待っています" }).waitFor();
	assert.equal(new URL(page.url()).hash, "", "the code is gone from the address");
	const waiting = must(await admin.get("/api/v1/devices"), 200).json.items.find((d) => d.name === "本社1階");
	assert.equal(waiting.state, "pending");
	must(await admin.post(`/api/v1/devices/${waiting.id}/approval`, undefined, { key: false }), 200);
	await page.getByRole("button", { name: "受付をはじめる" }).click();
});

test("the camera sees the pass of the mail and the welcome follows", async () => {
	await page.getByRole("heading", { name: "佐藤 太郎 様、ようこそ" }).waitFor({ timeout: 60e3 });
	assert.match(await page.locator("main").innerText(), /連絡しました/);
	if (process.env.GENKAN_TEST_PICTURES) await page.screenshot({ path: join(process.env.GENKAN_TEST_PICTURES, "welcome.png") });
});

test("the host is told by mail, and the visit is on record", async () => {
	const told = await smtp.mailTo(house.demo.email);
	assert.ok(told.text.includes("佐藤 太郎"));
	const visits = must(await admin.get("/api/v1/visits"), 200).json.items.filter((v) => v.guest === "佐藤 太郎");
	assert.equal(visits.length, 1);
	assert.deepEqual([visits[0].state, visits[0].via, visits[0].company], ["arrived", "pass", "株式会社青葉製作所"]);
	const csv = must(await admin.get("/api/v1/visits.csv"), 200).body.toString("utf8");
	assert.ok(csv.startsWith("\ufeff") && csv.includes("佐藤 太郎"));
});

test("the same pass again offers to leave and departs nobody by itself", async () => {
	const inside = () => admin.get("/api/v1/visits?state=inside").then((a) => must(a, 200).json.items.length);
	await page.getByRole("heading", { name: "受付はお済みです" }).waitFor({ timeout: 60e3 });
	assert.equal(await inside(), 1);
	await page.getByRole("button", { name: "退館する" }).click();
	await page.getByRole("heading", { name: "ご来訪ありがとうございました" }).waitFor();
	await until(async () => await inside() === 0, "nobody inside");
});
