// Passwords and sessions in Chromium: change, reset, sign out elsewhere, rules.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { must } from "../../scripts/lib/client.mjs";
import { startBrowser } from "../lib/browser.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { until } from "../lib/smtp.mjs";
import { activeTenant, linkIn } from "../lib/tenant.mjs";

const texts = JSON.parse(readFileSync(new URL("../../assets/i18n/ja.json", import.meta.url), "utf8"));
const ja = (key, values = {}) => texts[key].replace(/\{([a-z_]+)\}/g, (_, name) => values[name] ?? "");
const NEW = "雨の日は傘を忘れずに持つこと", OTHER = "晴れた日には布団を干すこと";
const shots = process.env.GENKAN_SHOTS;

let house, tenant, browser, page;
before(async () => {
	house = await startInstallation();
	tenant = await activeTenant(house);
	browser = await startBrowser();
	page = await (await browser.newContext({ ignoreHTTPSErrors: true, locale: "ja-JP", timezoneId: "Asia/Tokyo", viewport: { width: 1280, height: 900 } })).newPage();
	page.setDefaultTimeout(30_000);
});
after(async () => {
	await browser?.close();
	await house?.stop();
});

/** For looking at: desktop and phone. */
const shot = async (name) => {
	if (!shots) return;
	for (const [size, width, height] of [["desktop", 1280, 900], ["phone", 375, 800]]) {
		await page.setViewportSize({ width, height });
		await page.screenshot({ path: `${shots}/${name}-${size}.png`, fullPage: true });
	}
	await page.setViewportSize({ width: 1280, height: 900 });
};
const open = (way) => page.goto(`${house.baseUrl}/admin/ja/#/${way}`);
const signIn = async (password) => {
	await page.getByLabel(ja("admin.sign_in.tenant")).fill(tenant.name);
	await page.getByLabel(ja("admin.sign_in.email")).fill(tenant.email);
	await page.getByLabel(ja("admin.sign_in.password")).fill(password);
	await page.getByRole("button", { name: ja("admin.sign_in.send"), exact: true }).click();
};

test("a forgotten password is reset by the link in the mail, and is good for signing in", async () => {
	await open("");
	await shot("sign-in");
	await page.getByRole("link", { name: ja("admin.sign_in.forgot") }).click();
	await shot("forgot");
	await page.getByLabel(ja("admin.sign_in.tenant")).fill(tenant.name);
	await page.getByLabel(ja("admin.sign_in.email")).fill(tenant.email);
	await page.getByRole("button", { name: ja("admin.forgot.send") }).click();
	await page.getByRole("heading", { name: ja("admin.forgot.sent_title") }).waitFor();
	await shot("forgot-sent");

	const admin = await tenant.signedIn();
	let mail;
	await until(async () => (mail = must(await admin.get("/api/v1/outbox"), 200).json.items.find(({ topic }) => topic === "password.reset")), "the mail");
	await page.goto("about:blank");
	await page.goto(`${house.baseUrl}/admin/ja/#reset=${linkIn(mail.message, "reset")}`);
	await page.getByLabel(ja("admin.account.new_password")).fill("password1234");
	await page.getByRole("button", { name: ja("admin.reset.send") }).click();
	await page.getByRole("link", { name: ja("field.password.too_common") }).waitFor();
	await shot("reset");
	await page.getByLabel(ja("admin.account.new_password")).fill(NEW);
	await page.getByRole("button", { name: ja("admin.reset.send") }).click();
	await page.getByText(ja("admin.reset.done")).waitFor();
	await signIn(NEW);
	await page.getByRole("heading", { name: ja("admin.today.title"), level: 1 }).waitFor();
	assert.equal((await admin.get("/api/v1/offices")).status, 401);
});

test("where I am signed in is listed, and the others are signed out", async () => {
	const other = await tenant.signedIn({ password: NEW });
	await open("settings");
	const table = page.getByRole("table", { name: ja("admin.account.sessions") });
	await table.getByText(ja("admin.account.current"), { exact: true }).waitFor();
	await shot("settings");
	assert.equal(await table.getByRole("row").count(), 3);
	await page.getByRole("button", { name: ja("admin.account.end_others") }).click();
	await page.getByText(ja("admin.account.others_ended")).waitFor();
	await until(async () => await table.getByRole("row").count() === 2, "one session is left");
	assert.equal((await other.get("/api/v1/offices")).status, 401);
});

test("the password is changed; the wrong current one is told at its field", async () => {
	await page.getByLabel(ja("admin.account.current_password")).fill("not the one");
	await page.getByLabel(ja("admin.account.new_password")).fill(OTHER);
	await page.getByRole("button", { name: ja("admin.account.password_send") }).click();
	await page.getByRole("link", { name: ja("field.current_password.no_match") }).waitFor();
	await page.getByLabel(ja("admin.account.current_password")).fill(NEW);
	await page.getByRole("button", { name: ja("admin.account.password_send") }).click();
	await page.getByText(ja("admin.account.password_done")).waitFor();
	must(await tenant.signIn({ password: OTHER }), 201);
});

test("the company's rules are set, and a short password is refused with the length asked for", async () => {
	await open("sign-in");
	await page.getByLabel(ja("admin.sign_in_policy.password_min")).fill("200");
	await page.getByRole("button", { name: ja("common.save") }).click();
	await page.getByRole("link", { name: ja("field.password_min.out_of_range") }).waitFor();
	await page.getByLabel(ja("admin.sign_in_policy.password_min")).fill("20");
	await page.getByRole("button", { name: ja("common.save") }).click();
	await page.getByText(ja("admin.sign_in_policy.saved")).waitFor();
	await shot("policy");
	await open("settings");
	await page.getByLabel(ja("admin.account.current_password")).fill(OTHER);
	await page.getByLabel(ja("admin.account.new_password")).fill("kx7#Tq!9mWz");
	await page.getByRole("button", { name: ja("admin.account.password_send") }).click();
	await page.getByRole("link", { name: ja("field.password.too_short", { min: 20 }) }).waitFor();
});
