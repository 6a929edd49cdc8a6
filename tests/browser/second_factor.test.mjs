// The second factor in Chromium: set up with the QR code on the screen, codes
// of oathtool, replays and drifted codes refused, recovery codes once each.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { must } from "../../scripts/lib/client.mjs";
import { startBrowser, violations } from "../lib/browser.mjs";
import { readQr } from "../lib/guest.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { startReceiver } from "../lib/receiver.mjs";
import { until } from "../lib/smtp.mjs";
import { activeTenant } from "../lib/tenant.mjs";
import { codeOf } from "../lib/totp.mjs";

const texts = JSON.parse(readFileSync(new URL("../../assets/i18n/ja.json", import.meta.url), "utf8"));
const ja = (key, values = {}) => texts[key].replace(/\{([a-z_]+)\}/g, (_, name) => values[name] ?? "");

let receiver, house, ours, admin, host, browser, context, page, secret, codes;

before(async () => {
	receiver = await startReceiver();
	house = await startInstallation(receiver.settings);
	ours = await activeTenant(house);
	admin = await ours.signedIn();
	await ours.office(admin);
	host = await ours.member(admin);
	browser = await startBrowser();
	context = await browser.newContext({ ignoreHTTPSErrors: true, locale: "ja-JP", viewport: { width: 1280, height: 900 }, permissions: ["clipboard-read", "clipboard-write"] });
	context.setDefaultTimeout(15_000);
	page = await context.newPage();
});
after(async () => {
	await browser?.close();
	admin?.close();
	await house?.stop();
	await receiver?.stop();
});

const signIn = async () => {
	await context.clearCookies();
	await page.goto(`${house.baseUrl}/admin/ja/`);
	await page.reload();
	await page.getByLabel(ja("admin.sign_in.tenant")).fill(ours.name);
	await page.getByLabel(ja("admin.sign_in.email")).fill(host.email);
	await page.getByLabel(ja("admin.sign_in.password")).fill(host.password);
	await page.keyboard.press("Enter");
};
const secondStep = async () => {
	await signIn();
	await page.getByRole("heading", { name: ja("admin.second_step.title") }).waitFor();
};
const field = () => page.locator("form input");
const send = async (code) => {
	await field().fill(code);
	await page.keyboard.press("Enter");
};
const isIn = () => page.getByRole("heading", { name: ja("admin.today.title"), level: 1 }).waitFor();
const isRefused = async () => {
	await page.getByRole("alert").getByText(ja("problem.second_factor_failed.title")).waitFor();
	await page.waitForFunction(() => document.activeElement?.matches(".gk-error-summary"));
};
const accessible = async () => assert.deepEqual(await violations(page), []);

test("whoever must have a second factor is led to it, and sets it up from the QR code on the screen", async () => {
	must(await admin.put("/api/v1/settings/second-factor", { requirement: "roles", roles: ["member"], version: 0 }), 200);
	await signIn();
	await page.getByRole("heading", { name: ja("admin.factor.must_title") }).waitFor();
	const picture = page.getByRole("img", { name: ja("admin.factor.qr") });
	await picture.waitFor();
	await accessible();
	secret = /secret=([A-Z2-7]{32})&/.exec(readQr(await picture.screenshot()))[1];
	await page.locator("summary").click();
	assert.equal((await page.locator(".admin-secret").textContent()).replaceAll(/\s/g, ""), secret);
	await send("000000" === codeOf(secret) ? "111111" : "000000");
	await isRefused();
	await send(codeOf(secret));
	await page.getByText(ja("admin.factor.codes_title")).waitFor();
	codes = await page.locator(".admin-recovery__codes code").allTextContents();
	assert.equal(new Set(codes).size, 10);
	await page.getByRole("button", { name: ja("common.copy") }).click();
	assert.ok((await page.evaluate(() => navigator.clipboard.readText())).includes(codes.join("\n")));
	const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: ja("admin.factor.download") }).click()]);
	assert.ok(readFileSync(await download.path(), "utf8").includes(codes.join("\n")));
	await page.getByRole("button", { name: ja("admin.factor.codes_kept") }).click();
	await isIn();
});

test("a code of oathtool, pasted into the one field, signs in", async () => {
	await secondStep();
	await accessible();
	assert.deepEqual(await field().evaluate((input) => [input.autocomplete, input.inputMode, input === document.activeElement]), ["one-time-code", "numeric", true]);
	const code = codeOf(secret, 1);
	await page.evaluate((text) => navigator.clipboard.writeText(text), `${code.slice(0, 3)} ${code.slice(3)}`);
	await page.keyboard.press("Control+V");
	await page.keyboard.press("Enter");
	await isIn();

	await secondStep();
	await send(code);
	await isRefused();
	await send(codeOf(secret, -2));
	await isRefused();
	await send(codeOf(secret, 3));
	await isRefused();
});

test("a recovery code signs in, once", async () => {
	await secondStep();
	await page.getByRole("button", { name: ja("admin.factor.use_recovery_code") }).click();
	await page.waitForFunction(() => document.activeElement?.matches("form input"));
	await page.keyboard.type(codes[3].toLowerCase().replaceAll("-", " "));
	await page.keyboard.press("Enter");
	await isIn();

	await secondStep();
	await page.getByRole("button", { name: ja("admin.factor.use_recovery_code") }).click();
	await send(codes[3]);
	await isRefused();
	await send(codes[4]);
	await isIn();
	await page.goto(`${house.baseUrl}/admin/ja/#/settings`);
	await page.getByText(ja("admin.factor.codes_left", { n: "8" })).waitFor();
});

test("new recovery codes are made after showing a code, and the old ones are over", async () => {
	await page.getByRole("button", { name: ja("admin.factor.renew") }).click();
	const dialog = page.getByRole("dialog");
	await dialog.getByRole("button", { name: ja("admin.factor.use_recovery_code") }).click();
	await dialog.locator("input").fill(codes[5]);
	await page.keyboard.press("Enter");
	await dialog.getByText(ja("admin.factor.codes_title")).waitFor();
	assert.ok((await dialog.locator(".admin-recovery__codes code").allTextContents()).every((code) => !codes.includes(code)));
	await dialog.getByRole("button", { name: ja("admin.factor.codes_kept") }).click();
	await page.getByText(ja("admin.factor.codes_left", { n: "10" })).waitFor();
});

test("a gateway is made in the pages, a number set up, and a code by SMS signs in", async () => {
	const codeSent = async (n) => /\b(\d{6})\b/.exec(new URLSearchParams((await until(() => receiver.to("/sms")[n], `message ${n}`)).body).get("text"))[1];
	ours.sql("UPDATE second_factor_rule SET requirement = 'none', roles = '{}'");
	const manager = await context.browser().newContext({ ignoreHTTPSErrors: true, locale: "ja-JP" });
	await manager.addCookies([...admin.cookies].map(([name, value]) => ({ name, value, url: house.baseUrl })));
	const channels = await manager.newPage();
	await channels.goto(`${house.baseUrl}/admin/ja/#/channels`);
	await channels.getByRole("button", { name: ja("admin.channels.new") }).first().click();
	const form = channels.getByRole("dialog");
	await form.getByText(ja("admin.channels.kind_sms_text")).click();
	await form.getByLabel(ja("admin.channels.name"), { exact: false }).first().fill("SMS");
	await form.getByLabel(ja("admin.channels.url")).fill(receiver.url("/sms"));
	await form.getByLabel(ja("admin.channels.token")).fill("token");
	await form.getByText(ja("admin.channels.format_form"), { exact: true }).click();
	await form.getByLabel(ja("admin.channels.template")).fill("to={number}&text={text}");
	await form.getByRole("button", { name: ja("common.save") }).click();
	await channels.getByRole("row").filter({ hasText: ja("admin.channels.kind_sms") }).waitFor();
	await manager.close();

	await page.reload();
	await page.getByRole("button", { name: ja("admin.factor.phone_begin") }).click();
	const dialog = page.getByRole("dialog");
	await dialog.getByLabel(ja("admin.factor.code"), { exact: false }).fill(codeOf(secret, 1));
	await dialog.getByLabel(ja("admin.factor.phone")).fill("090-1234-5678");
	ours.sql("UPDATE second_factor SET last_step = 0");
	await page.keyboard.press("Enter");
	await dialog.getByLabel(ja("admin.factor.sms_code"), { exact: false }).fill(await codeSent(0));
	await page.keyboard.press("Enter");
	await page.getByText(ja("admin.factor.phone_now", { end: "5678" })).waitFor();
	await secondStep();
	await page.getByRole("button", { name: ja("admin.factor.use_sms_code") }).click();
	await page.getByText(ja("admin.factor.sms_sent", { end: "5678" })).waitFor();
	await send(await codeSent(1));
	await isIn();
});

test("an administrator resets the second factor of somebody who lost it", async () => {
	const manager = await context.browser().newContext({ ignoreHTTPSErrors: true, locale: "ja-JP" });
	await manager.addCookies([...admin.cookies].map(([name, value]) => ({ name, value, url: house.baseUrl })));
	const form = await manager.newPage();
	form.setDefaultTimeout(15_000);
	await form.goto(`${house.baseUrl}/admin/ja/#/members/${host.id}`);
	await form.getByRole("button", { name: ja("admin.members.reset") }).click();
	const dialog = form.getByRole("dialog", { name: ja("admin.members.reset_title", { name: "社員 一郎" }) });
	assert.equal(ours.sql(`SELECT count(*) FROM second_factor WHERE member_id = '${host.id}'`), "2", "an app and a number");
	await dialog.getByRole("button", { name: ja("admin.members.reset") }).click();
	await form.getByText(ja("admin.members.reset_done", { name: "社員 一郎" })).waitFor();
	assert.equal(ours.sql(`SELECT count(*) FROM second_factor WHERE member_id = '${host.id}'`), "0");
	const me = must(await admin.get("/api/v1/sessions/current"), 200).json.member;
	await form.goto(`${house.baseUrl}/admin/ja/#/members/${me.id}`);
	await form.getByRole("button", { name: ja("common.save") }).waitFor();
	assert.equal(await form.getByRole("button", { name: ja("admin.members.reset") }).count(), 0);
	await manager.close();
	await signIn();
	await isIn();
});

test("a rule that reaches its author leads there at once, and a page that is open as well", async () => {
	await context.clearCookies();
	await page.reload();
	await page.getByLabel(ja("admin.sign_in.tenant")).fill(ours.name);
	await page.getByLabel(ja("admin.sign_in.email")).fill(ours.email);
	await page.getByLabel(ja("admin.sign_in.password")).fill(ours.password);
	await page.keyboard.press("Enter");
	await isIn();
	await page.getByRole("link", { name: ja("admin.factor_rule.title") }).click();
	await page.getByLabel(ja("admin.factor_rule.roles")).check();
	await page.getByRole("button", { name: ja("common.save") }).click();
	await page.getByRole("alert").getByRole("link", { name: ja("field.roles.too_few") }).waitFor();
	await accessible();
	await page.getByLabel(ja("admin.role.system_admin")).check();
	await page.getByRole("button", { name: ja("common.save") }).click();
	await page.getByRole("heading", { name: ja("admin.factor.must_title") }).waitFor();
});
