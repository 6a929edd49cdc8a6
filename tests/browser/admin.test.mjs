// The admin page in Chromium, against the real server.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { leafParts, parseMail, partText } from "../../assets/admin/mail_parts.mjs";
import { must } from "../../scripts/lib/client.mjs";
import { Tablet } from "../../scripts/lib/tablet.mjs";
import { startBrowser, violations } from "../lib/browser.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { until } from "../lib/smtp.mjs";

const texts = { ja: JSON.parse(readFileSync(new URL("../../assets/i18n/ja.json", import.meta.url), "utf8")), en: JSON.parse(readFileSync(new URL("../../assets/i18n/en.json", import.meta.url), "utf8")) };
const ja = (key, values = {}) => texts.ja[key].replace(/\{([a-z_]+)\}/g, (_, name) => values[name] ?? "");
const PAGES = ["today", "appointments", "appointments/new", "visits", "evacuation", "devices", "offices", "offices/new", "channels", "deliveries", "outbox", "members", "members/new", "members/import", "networks", "api-keys", "settings"];

let house, api, office, browser, context, page;
/** What no page may ever do. */
const misdeeds = [];

/** A browser of one person; what goes wrong in it is kept. */
async function person(options = {}) {
	const made = await browser.newContext({ ignoreHTTPSErrors: true, locale: "ja-JP", timezoneId: "Asia/Tokyo", viewport: { width: 1280, height: 900 }, ...options });
	made.on("console", (message) => {
		// Chromium reports every refusal of the server; the rest is ours.
		if (message.type() === "error" && !/Failed to load resource/.test(message.text())) misdeeds.push(message.text());
	});
	made.on("weberror", (error) => misdeeds.push(String(error.error())));
	made.on("request", (request) => {
		if (!/^(blob|data):/.test(request.url()) && new URL(request.url()).host !== new URL(house.baseUrl).host) misdeeds.push(`asks ${request.url()}`);
	});
	made.setDefaultTimeout(15_000);
	// The office the others look at, however many there are by now.
	await made.addInitScript((id) => {
		if (globalThis.top === globalThis && location.protocol === "https:") localStorage.setItem("genkan.office", id);
	}, office.id);
	return made;
}

/** Signs in by the keyboard alone. */
async function signIn(where, { tenant, email, password }, language = "ja") {
	await where.goto(`${house.baseUrl}/admin/${language}/`);
	await where.getByLabel(texts[language]["admin.sign_in.tenant"]).waitFor();
	await where.waitForFunction(() => document.activeElement?.matches("form input"));
	const kept = await where.evaluate(() => document.activeElement?.matches("[type=email]"));
	if (!kept) {
		await where.keyboard.type(tenant);
		await where.keyboard.press("Tab");
	}
	await where.keyboard.type(email);
	await where.keyboard.press("Tab");
	await where.keyboard.type(password);
	await where.keyboard.press("Enter");
	await where.getByRole("heading", { name: texts[language]["admin.today.title"], level: 1 }).waitFor();
}

const open = async (way, where = page) => {
	await where.goto(`${house.baseUrl}/admin/ja/#/${way}`);
	await where.getByRole("heading", { level: 1 }).first().waitFor();
};
const row = (name, where = page) => where.getByRole("row").filter({ hasText: name });
const soon = (minutes) => new Date(Date.now() + minutes * 60e3).toISOString();
const book = async (guest, more = {}) => must(await api.post("/api/v1/appointments", {
	title: "打ち合わせ", office_id: office.id, starts_at: soon(20), ends_at: soon(80), guests: [{ name: guest, company: "株式会社試験", ...more.guest }], ...more.appointment,
}), 201).json;

before(async () => {
	house = await startInstallation();
	api = await house.admin();
	office = await house.office(api);
	// Open around the clock, so that the hour of the test decides nothing.
	must(await api.put(`/api/v1/offices/${office.id}`, { name: office.name, phone: office.phone, address: office.address, guidance: office.guidance, time_zone: office.time_zone, version: office.version, opens_at: "00:00", closes_at: "23:59", early_minutes: 1440 }), 200);
	browser = await startBrowser();
	context = await person({ permissions: ["clipboard-read", "clipboard-write"] });
	page = await context.newPage();
});
after(async () => {
	await browser?.close();
	api?.close();
	await house?.stop();
});

test("a wrong password is told in the summary, which takes the focus, and nothing typed is lost", async () => {
	await page.goto(`${house.baseUrl}/admin/ja/`);
	await page.getByLabel(ja("admin.sign_in.tenant")).fill(house.demo.tenant);
	await page.getByLabel(ja("admin.sign_in.email")).fill(house.demo.email);
	await page.getByLabel(ja("admin.sign_in.password")).fill("wrong-password-1");
	await page.keyboard.press("Enter");
	const summary = page.getByRole("alert");
	await summary.getByText(ja("problem.sign_in_failed.title")).waitFor();
	assert.ok(await summary.evaluate((element) => element === document.activeElement));
	assert.equal(await page.getByLabel(ja("admin.sign_in.email")).inputValue(), house.demo.email);
});

test("missing fields are named, and each link leads to its field", async () => {
	await page.goto(`${house.baseUrl}/admin/ja/`);
	await page.reload();
	await page.getByRole("button", { name: ja("admin.sign_in.send") }).click();
	await page.getByRole("alert").getByRole("link", { name: ja("field.email.missing") }).click();
	assert.ok(await page.getByLabel(ja("admin.sign_in.email")).evaluate((element) => element === document.activeElement && element.getAttribute("aria-invalid") === "true" &&
		document.getElementById(element.getAttribute("aria-describedby") ?? "")?.textContent?.includes("メールアドレス")));
});

test("signs in by the keyboard alone, and remembers the company only", async () => {
	await signIn(page, house.demo);
	assert.deepEqual(await page.evaluate(() => Object.keys(localStorage).filter((key) => !key.includes("started")).sort()), ["genkan.office", "genkan.tenant"]);
});

test("an appointment is made by the keyboard alone and is on today's list", async () => {
	await open("today");
	await page.keyboard.press("n");
	await page.getByRole("heading", { name: ja("admin.appointments.new") }).waitFor();
	await page.waitForFunction(() => document.activeElement?.id === "field-guests-0-company");
	await page.keyboard.type("株式会社青葉製作所");
	await page.keyboard.press("Tab");
	await page.keyboard.type("佐藤 太郎");
	await page.keyboard.press("Tab");
	await page.keyboard.type("taro@guest.example");
	await page.keyboard.press("Enter");
	await page.getByText(ja("admin.appointment.saved_invited")).waitFor();
	await row("佐藤 太郎").getByText("taro@guest.example").waitFor();
	// Near midnight the next half hour is tomorrow's.
	const today = await page.evaluate((zone) => new Date().toLocaleDateString("sv", { timeZone: zone }), office.time_zone);
	const { items } = must(await api.get(`/api/v1/appointments?from=${today}`), 200).json;
	assert.ok(items.some(({ guests }) => guests.some(({ name, company }) => name === "佐藤 太郎" && company === "株式会社青葉製作所")));
});

test("the invitation is taken back within its ten seconds", async () => {
	await page.getByRole("button", { name: ja("admin.appointment.withdraw") }).click();
	await page.getByText(/送信を取り消しました|すでに送信されています/).waitFor();
});

test("a form with faults names them, keeps what was typed, and sends nothing", async () => {
	await open("appointments/new");
	await page.getByLabel(ja("admin.guest.company")).fill("株式会社名無し");
	await page.getByRole("textbox", { name: ja("admin.guest.email") }).fill("no-address");
	await page.getByRole("button", { name: ja("admin.appointment.save_new") }).click();
	const summary = page.locator(".gk-error-summary");
	await summary.getByRole("link", { name: ja("field.name.missing") }).waitFor();
	await summary.getByRole("link", { name: ja("field.email.bad_format") }).waitFor();
	assert.ok(await summary.evaluate((element) => element === document.activeElement));
	await summary.getByRole("link", { name: ja("field.email.bad_format") }).click();
	assert.equal(await page.evaluate(() => document.activeElement?.id), "field-guests-0-email");
	assert.equal(await page.getByLabel(ja("admin.guest.company")).inputValue(), "株式会社名無し");
});

test("what was typed is there again when somebody comes back to it", async () => {
	await page.keyboard.press("Escape");
	await open("today");
	await page.getByText(ja("admin.today.people_inside")).waitFor();
	await open("appointments/new");
	await page.getByText(ja("admin.appointment.restored")).waitFor();
	assert.equal(await page.getByLabel(ja("admin.guest.company")).inputValue(), "株式会社名無し");
	await page.getByRole("button", { name: ja("admin.appointment.start_anew") }).click();
	assert.equal(await page.getByLabel(ja("admin.guest.company")).inputValue(), "");
});

test("guests are read from pasted lines", async () => {
	page.once("dialog", (dialog) => dialog.accept());
	await open("appointments/new");
	await page.reload();
	await page.getByRole("button", { name: ja("admin.appointment.paste"), exact: true }).click();
	await page.getByLabel(ja("admin.appointment.paste_label")).fill("東都銀行 高橋 美咲 misaki@bank.example\n合同会社ミナト 鈴木 一郎");
	await page.getByRole("button", { name: ja("admin.appointment.paste_do") }).click();
	await page.waitForFunction(() => document.querySelectorAll("#field-guests-1-name").length === 1);
	assert.deepEqual(await page.locator("[id$=-name].gk-input").evaluateAll((inputs) => inputs.map((input) => input.value)), ["高橋 美咲", "鈴木 一郎"]);
});

test("a guest is checked in by hand and leaves; the departure can be undone", async () => {
	page.once("dialog", (dialog) => dialog.accept());
	await book("渡邉 百合子");
	await open("today");
	await page.reload();
	await row("渡邉 百合子").getByRole("button", { name: ja("admin.today.check_in") }).click();
	await row("渡邉 百合子").getByText(ja("admin.state.arrived")).waitFor();
	await row("渡邉 百合子").getByRole("button", { name: ja("admin.today.depart") }).click();
	await row("渡邉 百合子").locator('.gk-status:text("退館")').waitFor();
	await page.getByText(ja("admin.today.departed", { name: "渡邉 百合子" })).waitFor();
	await page.keyboard.press("Control+z");
	await row("渡邉 百合子").getByRole("button", { name: ja("admin.today.depart") }).waitFor();
	await until(async () => must(await api.get("/api/v1/visits?state=inside"), 200).json.items.some(({ guest }) => guest === "渡邉 百合子"), "the guest is inside again");
});

test("a name is corrected from the row's menu, by the keyboard", async () => {
	await row("渡邉 百合子").getByRole("button", { name: ja("admin.more_for", { name: "渡邉 百合子" }) }).press("ArrowDown");
	await page.getByRole("menuitem", { name: ja("admin.today.correct") }).press("Enter");
	await page.getByRole("dialog").getByLabel(ja("admin.guest.name")).fill("渡辺 百合子");
	await page.keyboard.press("Enter");
	await row("渡辺 百合子").waitFor();
});

test("what happens elsewhere appears without a reload, and no row moves under the pointer", async () => {
	await row("渡辺 百合子").hover();
	const before = await row("渡辺 百合子").boundingBox();
	const made = await book("新しい 来客");
	await row("新しい 来客").waitFor();
	must(await api.post("/api/v1/check-ins", { guest_id: made.guests[0].id }), 201);
	await row("新しい 来客").getByText(ja("admin.state.arrived")).waitFor();
	assert.equal((await row("渡辺 百合子").boundingBox()).y, before.y);
});

test("a refused action puts the row back and says why beside it", async () => {
	const made = await book("断られる 来客");
	await row("断られる 来客").waitFor();
	await page.route("**/api/v1/check-ins", (route) => route.fulfill({ status: 409, contentType: "application/problem+json", body: JSON.stringify({ type: "/problems/cancelled", title: "x", status: 409 }) }));
	await row("断られる 来客").getByRole("button", { name: ja("admin.today.check_in") }).click();
	await row("断られる 来客").getByRole("alert").getByText(ja("problem.cancelled.title")).waitFor();
	await row("断られる 来客").getByText(ja("admin.state.expected")).waitFor();
	await page.unroute("**/api/v1/check-ins");
	assert.equal(must(await api.get(`/api/v1/appointments/${made.id}`), 200).json.guests[0].visit, null);
});

test("somebody without an appointment is received at the desk", async () => {
	await page.getByRole("button", { name: ja("admin.walk_in.title") }).click();
	const dialog = page.getByRole("dialog");
	await dialog.getByLabel(ja("admin.guest.name")).fill("飛込 次郎");
	await dialog.getByRole("combobox", { name: ja("admin.walk_in.host") }).click();
	await dialog.getByRole("option").first().waitFor();
	await page.keyboard.press("Enter");
	await dialog.getByRole("button", { name: ja("admin.walk_in.send") }).click();
	await row("飛込 次郎").getByText(ja("admin.state.arrived")).waitFor();
});

test("cancelling is undone within its ten seconds", async () => {
	const made = await book("取消 花子");
	await open(`appointments/${made.id}`);
	await page.getByRole("button", { name: ja("admin.appointment.cancel") }).click();
	await page.getByText(ja("admin.appointment.is_cancelled")).waitFor();
	await page.getByRole("button", { name: ja("common.undo"), exact: true }).click();
	await page.getByText(ja("admin.appointment.booked_again")).waitFor();
	assert.equal(must(await api.get(`/api/v1/appointments/${made.id}`), 200).json.state, "booked");
});

test("an appointment is changed; somebody else's change in between is not overwritten", async () => {
	const made = await book("変更 太郎");
	await open(`appointments/${made.id}/edit`);
	await page.getByLabel(ja("admin.appointment.room")).fill("会議室Z");
	must(await api.put(`/api/v1/appointments/${made.id}`, { version: made.version, title: "先に変えた", office_id: office.id, starts_at: made.starts_at, ends_at: made.ends_at, guests: [{ id: made.guests[0].id, name: "変更 太郎" }] }), 200);
	await page.getByRole("button", { name: ja("common.save") }).click();
	await page.getByText(ja("problem.conflict.title")).waitFor();
	assert.equal(await page.getByLabel(ja("admin.appointment.room")).inputValue(), "会議室Z");
	await open(`appointments/${made.id}`);
	await open(`appointments/${made.id}/edit`);
	await page.getByLabel(ja("admin.appointment.room")).fill("会議室Z");
	await page.getByRole("button", { name: ja("common.save") }).click();
	await page.getByText("会議室Z").waitFor();
	assert.equal(must(await api.get(`/api/v1/appointments/${made.id}`), 200).json.room, "会議室Z");
});

test("the pass is shown, and its code and address can be copied", async () => {
	const made = await book("通行 花子");
	await open(`appointments/${made.id}`);
	await page.getByRole("button", { name: ja("admin.pass.show") }).click();
	const dialog = page.getByRole("dialog");
	const code = await dialog.locator(".admin-pass__code").textContent();
	assert.match(code ?? "", /^\d{6}$/);
	await dialog.getByRole("img", { name: ja("admin.pass.alt", { name: "通行 花子" }) }).evaluate((img) => img.decode());
	await dialog.getByRole("button", { name: ja("admin.pass.copy_code") }).click();
	await page.getByText(ja("common.copied")).waitFor();
	assert.equal(await page.evaluate(() => navigator.clipboard.readText()), code);
	await page.keyboard.press("Escape");
	await dialog.waitFor({ state: "detached" });
});

test("records are found by company and saved as CSV", async () => {
	await open("visits");
	await page.getByRole("searchbox").fill("株式会社試験");
	await row("渡辺 百合子").waitFor();
	await page.waitForURL(/q=/);
	await page.getByRole("button", { name: ja("admin.csv.title") }).click();
	const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("dialog").getByRole("button", { name: ja("admin.csv.send") }).click()]);
	const csv = readFileSync(await download.path(), "utf8");
	assert.ok(csv.startsWith("\ufeff") && csv.includes("渡辺 百合子") && csv.includes("\r\n"));
	assert.match(download.suggestedFilename(), /^visits-.*\.csv$/);
	await page.getByRole("searchbox").fill("だれもいない");
	await page.getByText(ja("admin.none_found", { words: "だれもいない" })).waitFor();
	await page.getByRole("button", { name: ja("common.clear") }).click();
	await row("渡辺 百合子").waitFor();
});

test("a tablet is paired: the code is shown, the tablet waits, the administrator approves", async () => {
	await open("devices");
	await page.getByRole("main").getByRole("button", { name: ja("admin.devices.new") }).first().click();
	const dialog = page.getByRole("dialog");
	await dialog.getByLabel(ja("admin.devices.name")).fill("1F 正面入口");
	await page.keyboard.press("Enter");
	await dialog.getByRole("img", { name: ja("admin.pairing.qr") }).waitFor();
	const code = (await dialog.locator(".admin-pairing__code").textContent())?.replace(/\s/g, "") ?? "";
	assert.match(code, /^[A-Z2-7]{16}$/);
	assert.match(await dialog.getByRole("timer").textContent() ?? "", / (9:\d\d|10:00)$/);
	const tablet = new Tablet(house.baseUrl, { ca: house.ca, address: "127.0.0.1" });
	await tablet.pair(code);
	await dialog.getByText(ja("admin.devices.waiting_title", { name: "1F 正面入口" })).waitFor();
	await dialog.getByRole("button", { name: ja("admin.devices.approve") }).click();
	await row("1F 正面入口").waitFor();
	must(await tablet.start(), 201);
	must(await tablet.post("/api/v1/device-reports", { camera: "working", build: "test" }, { key: false }), 204);
	await page.reload();
	await row("1F 正面入口").getByText(ja("admin.devices.is_online")).waitFor();
	await row("1F 正面入口").getByText(ja("admin.devices.camera_working")).waitFor();

	// A call for staff rings today's list, and is answered there.
	await open("today");
	must(await tablet.post("/api/v1/calls", {}), 201);
	const call = page.getByRole("alert").filter({ hasText: "1F 正面入口" });
	await call.getByRole("button", { name: ja("admin.call.answer") }).click();
	await call.waitFor({ state: "detached" });
	assert.equal(must(await api.get("/api/v1/calls"), 200).json.items.length, 0);

	// Revoking asks first and names the thing.
	await open("devices");
	await row("1F 正面入口").getByRole("button", { name: ja("admin.devices.revoke") }).click();
	await page.getByRole("dialog").getByText("1F 正面入口").first().waitFor();
	await page.getByRole("dialog").getByRole("button", { name: ja("common.keep") }).click();
	await row("1F 正面入口").waitFor();
	await row("1F 正面入口").getByRole("button", { name: ja("admin.devices.revoke") }).click();
	await page.getByRole("dialog").getByRole("button", { name: ja("admin.devices.revoke") }).click();
	await row("1F 正面入口").waitFor({ state: "detached" });
	tablet.close();
});

test("an office is made and changed", async () => {
	await open("offices/new");
	await page.getByLabel(ja("admin.offices.name")).fill("大阪支社");
	await page.getByLabel(ja("admin.offices.phone")).fill("06-1234-5678");
	await page.keyboard.press("Enter");
	await page.getByText(ja("admin.offices.saved", { name: "大阪支社" })).waitFor();
	await page.getByRole("dialog").waitFor();
	await open("offices");
	await page.getByRole("link", { name: "大阪支社" }).click();
	await page.getByLabel(ja("admin.offices.guidance")).fill("2階へお進みください");
	await page.getByRole("button", { name: ja("common.save") }).click();
	await page.waitForURL(/#\/offices$/);
	const { items } = must(await api.get("/api/v1/offices"), 200).json;
	assert.equal(items.find(({ name }) => name === "大阪支社").guidance, "2階へお進みください");
});

test("a webhook's secret is shown once", async () => {
	await open("channels");
	await page.getByRole("main").getByRole("button", { name: ja("admin.channels.new") }).first().click();
	const dialog = page.getByRole("dialog");
	await dialog.getByText(ja("admin.channels.kind_webhook_text")).click();
	await dialog.getByLabel(ja("admin.channels.name"), { exact: false }).first().fill("基幹システム");
	await dialog.getByLabel(ja("admin.channels.url")).fill("https://hooks.example/genkan");
	await page.keyboard.press("Enter");
	assert.match(await dialog.locator(".admin-secret").textContent() ?? "", /^whsec_/);
	await dialog.getByRole("button", { name: ja("admin.channels.secret_done") }).click();
	await row("基幹システム").getByText("hooks.example").waitFor();
	assert.doesNotMatch(await page.locator("main").innerText(), /whsec_/);
	await row("基幹システム").getByRole("button", { name: ja("admin.channels.test") }).click();
	await page.getByRole("button", { name: ja("admin.channels.see_deliveries") }).click();
	await row(ja("admin.topic.channel_test")).waitFor();
});

test("the kept mails are shown as their receivers see them, without scripts", async () => {
	await book("郵便 花子", { guest: { email: "hanako@guest.example" } });
	await open("outbox");
	const mail = page.getByRole("link").filter({ hasText: "hanako@guest.example" });
	await mail.waitFor({ timeout: 30_000 });
	await mail.click();
	const frame = page.frameLocator("iframe");
	await frame.getByText("郵便 花子").first().waitFor();
	const picture = frame.locator("img").first();
	assert.match(await picture.getAttribute("src") ?? "", /^blob:/);
	assert.ok(await picture.evaluate((img) => img.decode().then(() => img.naturalWidth > 50)));
	assert.equal(await page.locator("iframe").getAttribute("sandbox"), "allow-same-origin allow-popups");
	await page.getByRole("button", { name: ja("admin.outbox.text") }).click();
	await page.locator(".admin-outbox__text").getByText("郵便 花子").waitFor();
});

test("shortcuts help, and can be turned off", async () => {
	await open("today");
	await page.keyboard.press("?");
	await page.getByRole("dialog", { name: ja("admin.key.help_title") }).waitFor();
	await page.keyboard.press("Escape");
	await page.keyboard.press("Control+k");
	await page.waitForFunction(() => document.activeElement?.matches("dialog input"));
	await page.keyboard.type(ja("admin.settings.title"));
	await page.keyboard.press("Enter");
	await page.getByLabel(ja("admin.settings.single_keys")).uncheck();
	await open("today");
	await page.keyboard.press("n");
	await page.keyboard.press("Control+k");
	await page.getByRole("dialog").waitFor();
	await page.keyboard.press("Escape");
	assert.match(page.url(), /#\/today$/);
	await open("settings");
	await page.getByLabel(ja("admin.settings.single_keys")).check();
});

test("rows are walked with j and k and opened with Enter", async () => {
	await open("appointments");
	await page.getByRole("row").nth(2).waitFor();
	await page.keyboard.press("j");
	await page.keyboard.press("j");
	await page.keyboard.press("k");
	assert.equal(await page.locator("tr[data-current]").evaluate((element) => [...(element.parentElement?.children ?? [])].indexOf(element)), 0);
	await page.keyboard.press("Enter");
	await page.waitForURL(/appointments\/[0-9a-f-]{36}$/);
});

test("on paper stand the list, its time, and nothing else", async () => {
	await open("evacuation");
	await row("渡辺 百合子").waitFor();
	await page.emulateMedia({ media: "print" });
	assert.equal(await page.locator("#admin-nav").isVisible(), false);
	assert.equal(await page.getByRole("button", { name: ja("common.print") }).isVisible(), false);
	assert.ok(await page.getByText("渡辺 百合子").isVisible());
	assert.match(await page.locator(".admin-evacuation__sum").innerText(), /\d\d:\d\d 現在/);
	await page.emulateMedia({ media: "screen" });
});

test("a page that does not exist says so, and leads home", async () => {
	await open("no/such/page");
	await page.getByRole("heading", { name: ja("admin.missing.title") }).waitFor();
	await page.getByRole("link", { name: ja("admin.missing.home") }).click();
	await page.getByRole("heading", { name: ja("admin.today.title") }).waitFor();
});

test("a new member activates the invitation's link, signs in, and sees only the own things", async () => {
	must(await api.post("/api/v1/members", { name: "新人 一郎", email: "shinjin@demo.example", roles: ["member"] }), 201);
	const mail = await until(async () => must(await api.get("/api/v1/outbox"), 200).json.items.find(({ to }) => to.includes("shinjin@demo.example")), "the invitation is kept");
	const plain = partText(leafParts(parseMail(mail.message)).find(({ type }) => type === "text/plain"));
	const [, link] = /\/admin\/(?:ja|en)\/#activate=([A-Z2-7]{32})/.exec(plain) ?? [];
	assert.ok(link, "the mail has the link");
	const member = await person();
	const theirs = await member.newPage();
	await theirs.goto(`${house.baseUrl}/admin/ja/#activate=${link}`);
	await theirs.getByLabel(ja("admin.activation.name")).fill("新人 一郎");
	await theirs.getByLabel(ja("admin.sign_in.email")).fill("shinjin@demo.example");
	await theirs.getByLabel(ja("admin.sign_in.password")).fill("short");
	await theirs.keyboard.press("Enter");
	await theirs.getByRole("alert").getByText(ja("field.password.too_short", { min: 12 })).waitFor();
	await theirs.getByLabel(ja("admin.sign_in.password")).fill("a long enough sentence");
	await theirs.keyboard.press("Enter");
	await theirs.getByRole("heading", { name: ja("admin.sign_in.title") }).waitFor();
	assert.doesNotMatch(theirs.url(), /activate/);
	await signIn(theirs, { tenant: house.demo.tenant, email: "shinjin@demo.example", password: "a long enough sentence" });
	assert.deepEqual(await theirs.getByRole("navigation").getByRole("link").allInnerTexts(), ["today", "appointments", "visits", "settings"].map((name) => ja(`admin.${name}.title`)));
	await theirs.getByText(ja("admin.today.none")).waitFor();
	await theirs.goto(`${house.baseUrl}/admin/ja/#/devices`);
	await theirs.getByRole("heading", { name: ja("admin.missing.title") }).waitFor();
	await member.close();
});

test("allowed networks: a wrong line is named by its number, one's own address is added by a button", async () => {
	await open("networks");
	const list = page.getByRole("textbox", { name: ja("admin.networks.admin"), exact: true });
	const save = page.getByRole("button", { name: ja("common.save") });
	await list.fill("203.0.113.0/24\n\n203.0.113.0/33");
	await save.click();
	await page.locator(".gk-error-summary").getByRole("link", { name: ja("field.admin.bad_format", { line: 2 }) }).click();
	assert.ok(await list.evaluate((element) => element === document.activeElement && element.getAttribute("aria-invalid") === "true"));
	await list.fill("203.0.113.0/24");
	await save.click();
	await page.locator(".gk-error-summary").getByText(ja("problem.locked_out.next", { address: "127.0.0.1" })).waitFor();
	await page.getByRole("button", { name: ja("admin.networks.add_mine") }).click();
	await save.click();
	await page.getByText(ja("admin.networks.saved")).waitFor();
	assert.equal(await list.inputValue(), "203.0.113.0/24\n127.0.0.1");
	const { version } = must(await api.get("/api/v1/settings/networks"), 200).json;
	must(await api.put("/api/v1/settings/networks", { version, admin: [], devices: [], api_keys: [] }), 200);
});

test("an API key is made, shown once, used, and revoked", async () => {
	await open("api-keys");
	await page.getByRole("button", { name: ja("admin.api_keys.new") }).first().click();
	const dialog = page.getByRole("dialog");
	await dialog.getByLabel(ja("admin.api_keys.name")).fill("試験システム");
	await dialog.getByRole("button", { name: ja("admin.api_keys.make") }).click();
	await dialog.getByRole("link", { name: ja("field.scopes.too_few") }).waitFor();
	await dialog.getByLabel(ja("admin.api_keys.scope_offices_read")).check();
	await dialog.getByRole("button", { name: ja("admin.api_keys.make") }).click();
	const token = await dialog.locator(".admin-secret").innerText();
	const asSystem = () => house.client().get("/api/v1/offices", { headers: { authorization: `Bearer ${token.trim()}` } });
	must(await asSystem(), 200);
	await dialog.getByRole("button", { name: ja("admin.channels.secret_done") }).click();
	await row("試験システム").getByRole("button", { name: ja("admin.api_keys.revoke") }).click();
	await page.getByRole("dialog").getByRole("button", { name: ja("admin.api_keys.revoke") }).click();
	await row("試験システム").getByText(ja("admin.api_keys.state_revoked"), { exact: true }).waitFor();
	must(await asSystem(), 401);
});

for (const language of ["ja", "en"])
	for (const colorScheme of ["light", "dark"])
		test(`every page passes axe in ${language}, ${colorScheme}`, async () => {
			const visitor = await person({ colorScheme, locale: language === "ja" ? "ja-JP" : "en-GB" });
			const theirs = await visitor.newPage();
			const found = [];
			const look = async (what) => found.push(...(await violations(theirs)).map((one) => `${what}: ${one}`));
			await theirs.goto(`${house.baseUrl}/admin/${language}/`);
			await theirs.getByRole("heading", { level: 1 }).waitFor();
			await look("sign-in");
			await signIn(theirs, house.demo, language);
			await theirs.addStyleTag({ content: "" }).catch(() => undefined);
			for (const way of PAGES) {
				await theirs.goto(`${house.baseUrl}/admin/${language}/#/${way}`);
				await theirs.getByRole("heading", { level: 1 }).first().waitFor();
				await theirs.waitForLoadState("networkidle");
				await look(way);
			}
			await theirs.goto(`${house.baseUrl}/admin/${language}/#/appointments/new`);
			await theirs.getByRole("button", { name: texts[language]["admin.appointment.save_new"] }).click();
			await theirs.locator(".gk-error-summary").waitFor();
			await look("form with faults");
			await theirs.goto(`${house.baseUrl}/admin/${language}/#/today`);
			await theirs.getByRole("row").nth(1).waitFor();
			await theirs.locator("gk-menu button").first().click();
			await look("menu");
			await theirs.keyboard.press("Escape");
			await theirs.keyboard.press("Control+k");
			await theirs.getByRole("dialog").getByRole("option").first().waitFor();
			await look("commands");
			assert.deepEqual(found, []);
			await visitor.close();
		});

for (const width of [320, 375, 768, 1280])
	test(`nothing scrolls sideways at ${width} pixels`, async () => {
		const visitor = await person({ viewport: { width, height: 800 } });
		const theirs = await visitor.newPage();
		await signIn(theirs, house.demo);
		const wide = [];
		for (const way of PAGES) {
			await theirs.goto(`${house.baseUrl}/admin/ja/#/${way}`);
			await theirs.getByRole("heading", { level: 1 }).first().waitFor();
			await theirs.waitForLoadState("networkidle");
			const scroll = await theirs.evaluate(() => document.documentElement.scrollWidth);
			if (scroll > width) wide.push(`${way}: ${scroll}`);
		}
		assert.deepEqual(wide, []);
		await visitor.close();
	});

test("an ended session asks to sign in again and keeps the place", async () => {
	await open("visits");
	must(await page.evaluate(async () => ({ status: await fetch("/api/v1/sessions/current").then((answer) => answer.json()).then(({ csrf_token }) =>
		fetch("/api/v1/sessions/current", { method: "DELETE", headers: { "X-CSRF-Token": csrf_token } })).then(({ status }) => status) })), 204);
	await page.getByRole("searchbox").fill("a");
	await page.getByText(ja("admin.sign_in.expired")).waitFor();
	assert.match(page.url(), /#\/visits/);
});

test("no script complained, the policy stopped nothing, and nobody else was asked", () => assert.deepEqual(misdeeds, []));
