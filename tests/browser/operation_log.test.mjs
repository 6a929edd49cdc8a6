// The operation log's page: what was done, narrowed down, and how far it is checked.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { startBrowser } from "../lib/browser.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { activeTenant } from "../lib/tenant.mjs";
import { until } from "../lib/smtp.mjs";

const texts = JSON.parse(readFileSync(new URL("../../assets/i18n/ja.json", import.meta.url), "utf8"));
let house, ours, admin, browser, page;
before(async () => {
	house = await startInstallation({ GENKAN_LOG_HEAD_SECONDS: "1" });
	ours = await activeTenant(house);
	admin = await ours.signedIn();
	await ours.office(admin);
	await ours.member(admin, ["reception"], "受付 花子");
	await ours.signIn({ password: "wrong" });
	browser = await startBrowser();
	page = await browser.newPage({ ignoreHTTPSErrors: true, locale: "ja-JP", timezoneId: "Asia/Tokyo", viewport: { width: 1280, height: 900 } });
	page.setDefaultTimeout(15_000);
	await page.goto(`${house.baseUrl}/admin/ja/`);
	await page.getByLabel(texts["admin.sign_in.tenant"]).fill(ours.name);
	await page.getByLabel(texts["admin.sign_in.email"]).fill(ours.email);
	await page.locator("[type=password]").fill(ours.password);
	await page.keyboard.press("Enter");
	await page.getByRole("heading", { name: texts["admin.today.title"], level: 1 }).waitFor();
	await until(() => Number(ours.sql("SELECT count(*) FROM operation_head")) > 0);
});
after(async () => {
	await browser?.close();
	await house?.stop();
});

test("an administrator sees who did what, how far it is checked, and narrows it down by kind, person and result", async () => {
	await page.goto(`${house.baseUrl}/admin/ja/#/operations`);
	await page.getByRole("heading", { name: texts["admin.operations.title"], level: 1 }).waitFor();
	const rows = page.locator("tbody tr");
	await rows.filter({ hasText: "拠点：登録" }).waitFor();
	await page.getByText(texts["admin.operations.sealed"].split("{n}")[1]).waitFor();
	await page.getByLabel(texts["admin.operations.result"]).selectOption("refused");
	await rows.filter({ hasText: texts["admin.operations.does_session_created"] }).waitFor();
	assert.equal(await rows.count(), 1);
	await page.getByLabel(texts["admin.operations.result"]).selectOption("");
	await page.getByLabel(texts["admin.operations.kind"]).selectOption("member");
	await rows.filter({ hasText: "受付 花子" }).first().waitFor();
	assert.equal(await rows.filter({ hasText: "拠点" }).count(), 0);
	await rows.getByRole("button", { name: "受付 花子" }).first().click();
	await page.getByRole("button", { name: texts["admin.operations.everybody"] }).or(page.getByRole("button", { name: texts["admin.operations.everything"] })).first().waitFor();
	await page.getByLabel(texts["admin.operations.kind"]).selectOption("channel");
	await page.getByText(texts["admin.operations.none"]).waitFor();
});
