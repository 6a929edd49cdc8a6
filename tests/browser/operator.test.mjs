// The operator's pages, from the sign-up link on: authenticator, companies, what
// may be done to one, notices, log; wide and narrow, in both languages.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { must } from "../../scripts/lib/client.mjs";
import { startBrowser, violations } from "../lib/browser.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { Operator, operatorReady } from "../lib/operator.mjs";
import { startSmtp } from "../lib/smtp.mjs";
import { activeTenant, randomWord } from "../lib/tenant.mjs";

const texts = Object.fromEntries(["ja", "en"].map((language) => [language, JSON.parse(readFileSync(new URL(`../../assets/i18n/${language}.json`, import.meta.url), "utf8"))]));
/** A text, with its values. */
const t = (key, values = {}, language = "ja") => texts[language][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
const SIZES = { ja: { width: 1280, height: 900 }, en: { width: 390, height: 844 } };

let smtp, house, tenant, operator, browser, page;
const complaints = [];
before(async () => {
	smtp = await startSmtp();
	house = await startInstallation(smtp.settings);
	tenant = await activeTenant(house);
	await operatorReady(house);
	operator = new Operator(house);
	await operator.make();
	browser = await startBrowser();
	page = await (await browser.newContext({ ignoreHTTPSErrors: true, locale: "ja-JP", timezoneId: "Asia/Tokyo", viewport: SIZES.ja })).newPage();
	page.setDefaultTimeout(20_000);
	page.on("console", (line) => { if (line.type() === "error" && !/40[1349]|422/.test(line.text())) complaints.push(line.text()); });
	page.on("pageerror", (error) => complaints.push(String(error)));
});
after(async () => {
	await browser?.close();
	await house?.stop();
	await smtp?.stop();
});

const shot = async (name) => process.env.SCREENSHOTS && page.screenshot({ path: `${process.env.SCREENSHOTS}/operator-${name}.png`, fullPage: true });
/** The page as it is: no fault of axe's, nothing wider than the window. */
const looks = async (name) => {
	assert.deepEqual(await violations(page), [], name);
	assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is wider than the window`);
	await shot(name);
};
const heading = (key, language = "ja") => page.getByRole("heading", { name: t(key, {}, language), level: 1 }).waitFor();
const button = (key, values, language) => page.getByRole("button", { name: t(key, values, language), exact: true });

test("from the link an operator sets a password and an authenticator, and comes in", async () => {
	await page.goto(`${house.operatorUrl}/operator/ja/#signup=${operator.token}`);
	await heading("operator.sign_up.title");
	await looks("sign-up");
	await page.getByLabel(t("operator.password")).fill("short");
	await button("operator.sign_up.send").click();
	await page.getByRole("alert").waitFor();
	await page.getByLabel(t("operator.password")).fill(operator.password);
	await button("operator.sign_up.send").click();
	await heading("operator.sign_in.title");
	await looks("sign-in");
	await page.getByLabel(t("operator.email")).fill(operator.email);
	await page.getByLabel(t("operator.password")).fill(operator.password);
	await page.keyboard.press("Enter");
	await heading("operator.enrolment.title");
	await page.getByAltText(t("admin.factor.qr")).waitFor();
	await looks("enrolment");
	await page.getByText(t("admin.factor.no_camera")).click();
	operator.secret = (await page.locator(".admin-secret code").innerText()).replace(/\s/g, "");
	await page.getByLabel(t("admin.factor.code")).fill(await operator.code());
	await button("admin.factor.confirm").click();
	await page.locator(".admin-recovery__codes li").nth(9).waitFor();
	await looks("recovery-codes");
	await button("admin.factor.codes_kept").click();
	await heading("operator.tenants.title");
});

test("signing in again takes the second step", async () => {
	await button("operator.sign_out").click();
	await heading("operator.sign_in.title");
	await page.getByLabel(t("operator.email")).fill(operator.email);
	await page.getByLabel(t("operator.password")).fill(operator.password);
	await page.keyboard.press("Enter");
	await heading("operator.second_step.title");
	await looks("second-step");
	await page.getByLabel(t("admin.factor.code")).fill("000000");
	await button("operator.second_step.send").click();
	await page.getByRole("alert").waitFor();
	await page.getByLabel(t("admin.factor.code")).fill(await operator.code());
	await button("operator.second_step.send").click();
	await heading("operator.tenants.title");
});

test("a company is made, with the invitation of its first administrator, and found again", async () => {
	await page.getByRole("link", { name: t("operator.tenants.new") }).click();
	await heading("operator.tenants.new");
	await looks("tenant-new");
	await button("operator.new.send").click();
	await page.getByRole("alert").waitFor();
	const name = randomWord();
	await page.getByLabel(t("operator.col.company")).fill("青葉製作所");
	await page.getByLabel(t("operator.col.name")).fill(name);
	await page.getByLabel(t("operator.new.who")).fill("初代 管理者");
	await page.getByLabel(t("operator.email")).fill(`first@${name}.example`);
	await button("operator.new.send").click();
	await page.getByRole("heading", { name: "青葉製作所", level: 1 }).waitFor();
	await page.getByText(t("operator.new.mailed", { email: `first@${name}.example` })).waitFor();
	await smtp.mailTo(`first@${name}.example`);

	// To the wrong person: again, to the right one.
	await button("operator.invite.action").click();
	await page.getByRole("heading", { name: t("operator.invite.title", { name: "青葉製作所" }) }).waitFor();
	await button("operator.invite.send").click();
	await page.getByRole("dialog").getByRole("alert").waitFor();
	await page.getByLabel(t("operator.new.who")).fill("二人目 管理者");
	await page.getByLabel(t("operator.email")).fill(`second@${name}.example`);
	await looks("tenant-invite");
	await button("operator.invite.send").click();
	await page.getByText(t("operator.new.mailed", { email: `second@${name}.example` })).waitFor();
	await smtp.mailTo(`second@${name}.example`);

	await page.goto(`${house.operatorUrl}/operator/ja/#/tenants`);
	await page.getByRole("row").filter({ hasText: tenant.name }).waitFor();
	await looks("tenants");
	await page.getByLabel(t("common.search")).fill(name);
	await page.getByRole("row").filter({ hasText: tenant.name }).waitFor({ state: "detached" });
	await page.getByRole("row").filter({ hasText: name }).waitFor();
	await page.getByLabel(t("common.search")).fill("no such company");
	await page.getByText(t("operator.tenants.none_found")).waitFor();
	await looks("tenants-none");
	await button("common.clear").click();
	await page.getByRole("row").filter({ hasText: tenant.name }).waitFor();
});

test("plan, suspension and end are each confirmed, and show at once", async () => {
	await page.goto(`${house.operatorUrl}/operator/ja/#/tenants/${tenant.id}`);
	await page.getByRole("row").filter({ hasText: "visitor" }).waitFor();
	await looks("tenant");
	await button("operator.plan.action").click();
	await page.getByLabel(t("operator.plan.name")).fill("標準");
	await page.getByLabel(t("operator.limit.members")).fill("50");
	await looks("plan");
	await button("common.save").click();
	await page.getByRole("definition").filter({ hasText: "標準" }).waitFor();
	await page.getByRole("definition").filter({ hasText: /^50$/ }).waitFor();

	await button("operator.suspend.action").click();
	await page.getByRole("heading", { name: t("operator.suspend.ask", { name: "試験 株式会社" }) }).waitFor();
	await looks("suspend");
	await page.getByRole("dialog").getByRole("button", { name: t("common.keep") }).click();
	must(await tenant.signIn(), 201);
	await button("operator.suspend.action").click();
	await page.getByRole("dialog").getByRole("button", { name: t("operator.suspend.action") }).click();
	await page.locator(".gk-status").filter({ hasText: t("operator.state.suspended") }).waitFor();
	assert.equal((await tenant.signIn()).problem, "tenant_suspended");
	await button("operator.resume.action").click();
	await page.getByRole("dialog").getByRole("button", { name: t("operator.resume.action") }).click();
	await page.locator(".gk-status").filter({ hasText: t("operator.state.active") }).waitFor();

	await button("operator.end.action").click();
	await page.getByLabel(t("operator.end.on")).fill("2031-03-31");
	await page.getByLabel(t("operator.end.confirm", { name: tenant.name })).fill("another");
	await page.getByRole("dialog").getByRole("button", { name: t("operator.end.action") }).click();
	await page.getByRole("alert").waitFor();
	await looks("end");
	await page.getByLabel(t("operator.end.confirm", { name: tenant.name })).fill(tenant.name);
	await page.getByRole("dialog").getByRole("button", { name: t("operator.end.action") }).click();
	await page.getByRole("definition").filter({ hasText: "2031" }).first().waitFor();
	await button("operator.cancel_end.action").click();
	await page.getByRole("dialog").getByRole("button", { name: t("operator.cancel_end.action") }).click();
	await button("operator.cancel_end.action").waitFor({ state: "detached" });
});

test("a notice is told and withdrawn", async () => {
	await page.goto(`${house.operatorUrl}/operator/ja/#/notices`);
	await page.getByText(t("operator.notices.none"), { exact: true }).waitFor();
	await looks("notices-none");
	await button("operator.notices.new").click();
	await page.getByLabel(t("operator.notices.ja")).fill("夜間に点検します。<b>");
	await page.getByLabel(t("operator.notices.en")).fill("We maintain at night.");
	await page.getByLabel(t("operator.notices.to"), { exact: true }).fill(tenant.name);
	await looks("notice-new");
	await button("operator.notices.send").click();
	const row = page.getByRole("row").filter({ hasText: "夜間に点検します。<b>" });
	await row.waitFor();
	await looks("notices");
	assert.ok(must(await (await tenant.signedIn()).get("/api/v1/notices"), 200).json.items.some(({ text }) => text === "夜間に点検します。<b>"));
	await row.getByRole("button").click();
	await page.getByRole("dialog").getByRole("button", { name: t("operator.notices.withdraw") }).click();
	await row.getByText(t("operator.notices.withdrawn")).waitFor();
});

test("the log tells it all, in words; pages fit a phone and read in English", async () => {
	await page.goto(`${house.operatorUrl}/operator/ja/#/log`);
	await page.getByRole("row").filter({ hasText: t("operator.log.does_tenant_end_cancelled") }).waitFor();
	await looks("log");
	await page.getByLabel(t("operator.log.result")).selectOption("refused");
	await page.getByRole("row").filter({ hasText: t("operator.log.does_second_factor_shown") }).waitFor();
	const saved = page.waitForEvent("download");
	await button("operator.csv").click();
	assert.equal((await saved).suggestedFilename(), "operator-log.csv");

	await page.setViewportSize(SIZES.en);
	for (const [place, key] of [["tenants", "operator.tenants.title"], ["tenants/new", "operator.tenants.new"], ["notices", "operator.notices.title"], ["log", "operator.log.title"], ["account", "operator.account.title"]]) {
		await page.goto(`${house.operatorUrl}/operator/en/#/${place}`);
		await heading(key, "en");
		await page.waitForLoadState("networkidle");
		await looks(`${place.replace("/", "-")}-en-phone`);
	}
	await page.goto(`${house.operatorUrl}/operator/en/#/tenants/${tenant.id}`);
	await page.getByRole("heading", { name: "試験 株式会社", level: 1 }).waitFor();
	await page.getByText("visitor", { exact: true }).waitFor();
	await looks("tenant-en-phone");
	await page.getByRole("button", { name: t("operator.menu", {}, "en") }).click();
	await button("operator.sign_out", {}, "en").click();
	await heading("operator.sign_in.title", "en");
	await looks("sign-in-en-phone");
	assert.deepEqual(complaints, []);
});
