// What the operator tells, above every page until it is read; and the contract.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { startBrowser, violations } from "../lib/browser.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { activeTenant } from "../lib/tenant.mjs";

const texts = Object.fromEntries(["ja", "en"].map((language) => [language, JSON.parse(readFileSync(new URL(`../../assets/i18n/${language}.json`, import.meta.url), "utf8"))]));

let house, tenant, browser, page;
before(async () => {
	house = await startInstallation();
	tenant = await activeTenant(house);
	await tenant.office(await tenant.signedIn());
	browser = await startBrowser();
	page = await (await browser.newContext({ ignoreHTTPSErrors: true, locale: "ja-JP", timezoneId: "Asia/Tokyo" })).newPage();
	page.setDefaultTimeout(20_000);
});
after(async () => {
	await browser?.close();
	await house?.stop();
});

const shot = async (name) => process.env.SCREENSHOTS && page.screenshot({ path: `${process.env.SCREENSHOTS}/${name}.png`, fullPage: true });

test("a notice appears on an open page at once, and stays away once it is read", async () => {
	await page.goto(`${house.baseUrl}/admin/ja/`);
	await page.getByLabel(texts.ja["admin.sign_in.tenant"]).fill(tenant.name);
	await page.getByLabel(texts.ja["admin.sign_in.email"]).fill(tenant.email);
	await page.getByLabel(texts.ja["admin.sign_in.password"]).fill(tenant.password);
	await page.keyboard.press("Enter");
	await page.getByRole("heading", { name: texts.ja["admin.today.title"], level: 1 }).waitFor();
	await house.ctl("notice", "add", "--kind", "maintenance", "--tenant", tenant.name, "--ja", "夜間に設備を点検します。<b>", "--en", "We maintain the equipment at night.",
		"--from", "2030-12-12T22:00:00+09:00", "--until", "2030-12-12T23:30:00+09:00");
	const notice = page.locator("admin-notices .admin-notice").filter({ hasText: "夜間に設備を点検します。<b>" });
	await notice.waitFor();
	assert.match(await notice.innerText(), /2030.*12\/12.*22:00 – 23:30/);
	await shot("notice-ja");
	await notice.getByRole("button", { name: texts.ja["admin.notice.read"] }).click();
	await notice.waitFor({ state: "detached" });
	await page.reload();
	await page.getByRole("heading", { name: texts.ja["admin.today.title"], level: 1 }).waitFor();
	await page.waitForLoadState("networkidle");
	assert.equal(await notice.count(), 0);
});

test("the contract page shows plan, use and limits; the end is announced above it", async () => {
	await house.ctl("tenant", "plan", tenant.name, "--plan", "小規模", "--members", "1", "--appointments", "500");
	await house.ctl("tenant", "end", tenant.name, "--on", "2030-03-31");
	for (const [language, size] of [["ja", { width: 1280, height: 900 }], ["en", { width: 390, height: 844 }]]) {
		await page.setViewportSize(size);
		await page.goto(`${house.baseUrl}/admin/${language}/#/contract`);
		await page.getByRole("heading", { name: texts[language]["admin.contract.title"], level: 1 }).waitFor();
		await page.getByText("小規模").waitFor();
		const members = page.getByRole("row").filter({ hasText: texts[language]["admin.contract.members"] });
		assert.match(await members.innerText(), new RegExp(texts[language]["admin.contract.full"]));
		await page.locator(".admin-notice").getByText(/2030/).first().waitFor();
		assert.deepEqual(await violations(page), []);
		await shot(`contract-${language}`);
	}
});

test("the status page needs no sign-in and no script", async () => {
	const context = await browser.newContext({ ignoreHTTPSErrors: true, javaScriptEnabled: false, locale: "en-GB" });
	const outside = await context.newPage();
	await outside.goto(`${house.baseUrl}/status`);
	await outside.getByRole("heading", { name: texts.en["status.title"], level: 1 }).waitFor();
	await outside.getByText(texts.en["status.up"]).waitFor();
	if (process.env.SCREENSHOTS) await outside.screenshot({ path: `${process.env.SCREENSHOTS}/status-en.png` });
	await outside.getByRole("link", { name: "日本語" }).click();
	await outside.getByRole("heading", { name: texts.ja["status.title"], level: 1 }).waitFor();
	await context.close();
});
