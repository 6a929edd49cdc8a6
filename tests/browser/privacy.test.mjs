// The visitor's privacy page as a visitor uses it: a phone, a browser without
// scripts, forms only.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { must } from "../../scripts/lib/client.mjs";
import { startBrowser } from "../lib/browser.mjs";
import { book } from "../lib/guest.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { activeTenant } from "../lib/tenant.mjs";

let house, ours, admin, office, browser, page;

before(async () => {
	house = await startInstallation();
	ours = await activeTenant(house);
	admin = await ours.signedIn();
	office = await ours.office(admin);
	browser = await startBrowser();
	page = await browser.newPage({ ignoreHTTPSErrors: true, javaScriptEnabled: false, locale: "ja-JP", viewport: { width: 390, height: 844 }, acceptDownloads: true });
});
after(async () => { await browser?.close(); await house?.stop(); });

const code = async (to) => {
	for (let left = 200; left > 0; left--) {
		const mail = must(await admin.get("/api/v1/outbox?limit=200"), 200).json.items.find((m) => m.topic === "privacy.code" && m.to.includes(to));
		const found = mail && /^(\d{6})\r?$/m.exec(mail.message.split(/\r?\n\r?\n/).map((part) => Buffer.from(part.replace(/\r?\n--.*/s, ""), "base64").toString("utf8")).join("\n"));
		if (found) return found[1];
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	throw new Error("no code came");
};
const shows = async (words) => assert.ok((await page.locator("main").innerText()).includes(words), `"${words}" is not shown`);

test("from the invitation link: see, correct, open all by a code, take it away, delete, without any script", async () => {
	const guest = { name: "山田 太郎", email: "taro@guest.example" };
	const first = await book(admin, office, { guests: [guest] });
	await book(admin, office, { title: "二度目", guests: [guest] });
	await page.goto(first.guests[0].url);
	await page.getByRole("link", { name: "個人情報の確認・訂正・削除" }).click();
	await page.getByLabel("来訪者").fill("山田 多朗");
	await page.getByRole("button", { name: "訂正する" }).click();
	await shows("お名前を訂正しました");
	assert.equal(await page.getByLabel("来訪者").inputValue(), "山田 多朗");
	await page.reload();
	assert.equal(await page.getByLabel("来訪者").inputValue(), "山田 多朗");
	assert.ok((await page.evaluate(() => globalThis.document.documentElement.scrollWidth)) <= 390, "it fits the phone");

	await page.getByRole("button", { name: "確認コードを送る" }).click();
	await shows("t…@guest.example へ確認コードを送りました");
	await page.getByLabel("確認コード（6桁）").fill(await code(guest.email));
	await page.getByRole("button", { name: "内容を見る" }).click();
	await shows("二度目");
	await shows(guest.email);
	const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "データを保存する" }).click()]);
	assert.equal(file.suggestedFilename(), "personal-data.json");
	assert.equal(JSON.parse(readFileSync(await file.path(), "utf8")).records.length, 2);

	// Not without saying so: the browser holds the form back.
	await page.getByRole("button", { name: "すべて削除する" }).click();
	await shows("二度目");
	await page.getByLabel("元に戻せないことを確認しました").check();
	await page.getByRole("button", { name: "すべて削除する" }).click();
	await shows("個人情報を削除しました");
	await page.goto(first.guests[0].url);
	await shows("このページは見つかりません");
	const { items } = must(await admin.get(`/api/v1/appointments?from=2020-01-01&to=2099-01-01`), 200).json;
	assert.deepEqual(items.flatMap((a) => a.guests.map((g) => `${g.name} ${g.state}`)), ["削除済み removed", "削除済み removed"]);
});

test("in English it is English", async () => {
	const { guests: [guest] } = await book(admin, office, { guests: [{ name: "Alice", language: "en" }] });
	await page.goto(`${guest.url}/privacy`);
	await shows("What is held");
	await page.getByLabel("I will not come").check();
	await page.getByRole("button", { name: "Cancel my visit" }).click();
	await shows("Your visit is cancelled, and your host has been told");
	await page.getByRole("link", { name: "日本語" }).click();
	await shows("お預かりしている内容");
});
