// The pages of members in Chromium: invite, change, deactivate with a
// successor, departments, a list from a file; and they can be used by everybody.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { must } from "../../scripts/lib/client.mjs";
import { startBrowser, violations } from "../lib/browser.mjs";
import { book } from "../lib/guest.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { activeTenant } from "../lib/tenant.mjs";

const texts = JSON.parse(readFileSync(new URL("../../assets/i18n/ja.json", import.meta.url), "utf8"));
const ja = (key, values = {}) => texts[key].replace(/\{([a-z_]+)\}/g, (_, name) => values[name] ?? "");

let house, t, api, office, browser, page;
const misdeeds = [];
const open = async (way) => {
	await page.goto(`${house.baseUrl}/admin/ja/#/${way}`);
	await page.getByRole("heading", { level: 1 }).first().waitFor();
};
const row = (name) => page.getByRole("row").filter({ hasText: name });
const toast = (text) => page.getByText(text).waitFor();
const members = async () => must(await api.get("/api/v1/members?state=all&limit=200"), 200).json.items;
/** Picks one action of a row's menu. */
const act = async (name, action) => {
	await row(name).getByRole("button", { name: ja("admin.more_for", { name }) }).click();
	await page.getByRole("menuitem", { name: action }).click();
};
const accessible = async () => assert.deepEqual(await violations(page), []);

before(async () => {
	house = await startInstallation();
	t = await activeTenant(house);
	api = await t.signedIn();
	office = await t.office(api);
	browser = await startBrowser();
	const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: "ja-JP", timezoneId: "Asia/Tokyo", viewport: { width: 1280, height: 900 } });
	context.setDefaultTimeout(15_000);
	context.on("weberror", (error) => misdeeds.push(String(error.error())));
	context.on("console", (message) => {
		if (message.type() === "error" && !/Failed to load resource/.test(message.text())) misdeeds.push(message.text());
	});
	page = await context.newPage();
	await page.goto(`${house.baseUrl}/admin/ja/`);
	await page.getByLabel(ja("admin.sign_in.tenant")).fill(t.name);
	await page.getByLabel(ja("admin.sign_in.email")).fill(t.email);
	await page.getByLabel(ja("admin.sign_in.password")).fill(t.password);
	await page.keyboard.press("Enter");
	await page.getByRole("heading", { level: 1 }).first().waitFor();
});
after(async () => {
	await browser?.close();
	api?.close();
	await house?.stop();
});

test("a department is made, and a member invited and put into it", async () => {
	await open("members");
	await page.getByRole("button", { name: ja("admin.departments.new") }).click();
	await page.getByRole("dialog").getByLabel(ja("admin.departments.name")).fill("営業部");
	await page.keyboard.press("Enter");
	await row("営業部").waitFor();
	await accessible();

	await page.getByRole("link", { name: ja("admin.members.new") }).click();
	await page.getByRole("heading", { name: ja("admin.members.new"), level: 1 }).waitFor();
	await page.getByRole("button", { name: ja("admin.members.send") }).click();
	await page.getByRole("alert").getByRole("link", { name: ja("field.name.missing") }).click();
	await page.keyboard.type("新人 花子");
	await page.getByLabel(ja("admin.sign_in.email")).fill("hanako@example.jp");
	await page.getByLabel(ja("admin.role.reception"), { exact: false }).first().check();
	await accessible();
	await page.getByRole("button", { name: ja("admin.members.send") }).click();
	await toast(ja("admin.members.invited", { name: "新人 花子" }));
	await row("新人 花子").getByText(ja("admin.members.state_invited")).waitFor();

	await page.getByRole("link", { name: "新人 花子" }).click();
	await page.getByLabel("営業部").check();
	await page.getByLabel(ja("admin.members.kana")).fill("シンジン ハナコ");
	await page.getByRole("button", { name: ja("common.save") }).click();
	await toast(ja("admin.members.saved", { name: "新人 花子" }));
	const made = (await members()).find((m) => m.email === "hanako@example.jp");
	assert.deepEqual([made.kana, made.roles, made.departments], ["シンジン ハナコ", ["member", "reception"], ["営業部"]]);
});

test("who leaves is named, their appointments go to a successor, and they can come back", async () => {
	const leaver = await t.member(api, ["member"], "退職 太郎");
	await t.member(api, ["member"], "後任 次郎");
	const a = await book(api, office, { hosts: [leaver.id] });
	await open("members");
	await page.reload();
	await act("退職 太郎", ja("admin.members.disable"));
	const dialog = page.getByRole("dialog", { name: ja("admin.members.disable_title", { name: "退職 太郎" }) });
	await dialog.getByText(ja("admin.members.upcoming", { n: 1 })).waitFor();
	await accessible();
	await dialog.getByRole("combobox", { name: ja("admin.members.successor") }).fill("後任");
	await page.getByRole("option", { name: "後任 次郎" }).click();
	await dialog.getByRole("button", { name: ja("admin.members.disable"), exact: true }).click();
	await toast(ja("admin.members.disabled", { name: "退職 太郎" }));
	await row("退職 太郎").waitFor({ state: "detached" });
	assert.deepEqual(must(await api.get(`/api/v1/appointments/${a.id}`), 200).json.hosts.map((h) => h.name), ["後任 次郎"]);

	await page.getByLabel(ja("admin.col.state")).selectOption("disabled");
	await act("退職 太郎", ja("admin.members.enable"));
	await toast(ja("admin.members.enabled", { name: "退職 太郎" }));
	assert.equal((await members()).find((m) => m.id === leaver.id).state, "active");
});

test("a file is checked, mended, looked at and imported", async () => {
	await open("members/import");
	const choose = async (text) => {
		await page.getByLabel(ja("admin.import.file")).setInputFiles({ name: "members.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
		await page.getByRole("button", { name: ja("admin.import.read") }).click();
	};
	await choose("メールアドレス,氏名,役割\r\nimport@example.jp,取込 一郎,王様\r\n");
	await page.getByRole("heading", { name: ja("admin.import.faulty", { n: 1 }) }).waitFor();
	await row(ja("admin.import.line_n", { n: 2 })).getByText("C 役割").waitFor();
	await accessible();
	await page.getByRole("button", { name: ja("admin.import.again") }).click();
	await choose("メールアドレス,氏名,ふりがな\r\nimport@example.jp,取込 一郎,\r\nhanako@example.jp,新人 花子,シンジン ハナ\r\n");
	await page.getByRole("heading", { name: ja("admin.import.check") }).waitFor();
	await row("新人 花子").getByText("シンジン ハナコ").waitFor();
	await accessible();
	assert.equal((await members()).some((m) => m.email === "import@example.jp"), false);
	await page.getByRole("button", { name: ja("admin.import.confirm", { n: 2 }) }).click();
	await page.getByRole("heading", { name: ja("admin.import.done") }).waitFor();
	assert.equal((await members()).find((m) => m.email === "import@example.jp").state, "invited");
	assert.equal((await members()).find((m) => m.email === "hanako@example.jp").kana, "シンジン ハナ");
});

test("the list is saved as a file that can be imported again", async () => {
	await open("members");
	const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: ja("admin.members.export") }).click()]);
	const file = await download.path();
	await open("members/import");
	await page.getByLabel(ja("admin.import.file")).setInputFiles(file);
	await page.getByRole("button", { name: ja("admin.import.read") }).click();
	await page.getByRole("heading", { name: ja("admin.import.nothing") }).waitFor();
});

test("no page has thrown or logged a fault", () => assert.deepEqual(misdeeds, []));
