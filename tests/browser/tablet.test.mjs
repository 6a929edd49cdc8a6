// The reception tablet in Chromium, against the real server: without a camera
// (the keypad stands in), and with one for what only the camera meets.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { screens } from "../../assets/tablet/tablet_flow.mjs";
import { must } from "../../scripts/lib/client.mjs";
import { noonZone } from "../../scripts/lib/noon_zone.mjs";
import { filmOf, startBrowser, violations } from "../lib/browser.mjs";
import { book, wrongCode } from "../lib/guest.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { activeTenant } from "../lib/tenant.mjs";

const texts = Object.fromEntries(["ja", "en"].map((language) => [language, JSON.parse(readFileSync(new URL(`../../assets/i18n/${language}.json`, import.meta.url), "utf8"))]));
const speaker = (language) => (key, values = {}) => texts[language][key].replace(/\{([a-z_]+)\}/g, (_, name) => values[name] ?? "");
const t = speaker("ja");
const SIZES = { ja: { width: 1280, height: 800 }, en: { width: 800, height: 1280 } };
const PHONE = "03-1234-5678";

const dir = mkdtempSync("/tmp/genkan-tablet-");
let house, ours, admin, office, browser, page, opened, reports = 0;
/** What no screen may ever do. */
const misdeeds = [];

const open = async (where = browser) => {
	const made = await (await where.newContext({ ignoreHTTPSErrors: true, viewport: SIZES.ja, hasTouch: true })).newPage();
	made.setDefaultTimeout(30_000);
	// Chromium reports every refusal of the server; the rest is ours.
	made.on("console", (message) => message.type() === "error" && !/Failed to load resource/.test(message.text()) && misdeeds.push(message.text()));
	made.on("pageerror", (error) => misdeeds.push(String(error)));
	return made;
};
const button = (name, where = page) => where.getByRole("button", { name, exact: true });
const heading = (name, where = page) => where.getByRole("heading", { name, level: 1, exact: true }).waitFor();
const home = async (say = t, where = page) => {
	await button(say("tablet.home"), where.locator("footer")).click();
	await where.locator("main:is([data-screen=keypad], [data-screen=scan])").waitFor();
};
const type = async (code, where = page) => {
	for (const digit of code) await button(digit, where).click();
};
/** A guest of an appointment of their own, with pass and code. */
const expect = async (name) => {
	const made = await book(admin, office, { guests: [{ name, company: "株式会社青葉製作所" }] });
	return { ...made.guests[0], appointment: made.id };
};
const visitsOf = async (guest) => must(await admin.get("/api/v1/visits?limit=200"), 200).json.items.filter((visit) => visit.guest === guest);
const approve = async (device) => must(await admin.post(`/api/v1/devices/${device.id}/approval`, undefined, { key: false }), 200);
const pairing = async (name) => must(await admin.post("/api/v1/devices", { name, office_id: office.id }), 201).json;
/** Pair ${where} and wait for the staff's tap. */
const pair = async (name, where) => {
	const device = await pairing(name);
	await where.goto(`${house.baseUrl}/tablet#${device.code}`);
	await heading(t("tablet.approval.title"), where);
	await approve(device);
	await button(t("tablet.setup.start"), where).waitFor();
};
const picture = async (name, where = page) => process.env.GENKAN_TEST_PICTURES && where.screenshot({ path: join(process.env.GENKAN_TEST_PICTURES, `tablet_${name}.png`) });

/** From now on the server does what it is asked, and its answers get lost. */
const lose = (what, { where = page, method = "POST", once = false } = {}) => {
	let lost = 0;
	return where.route(`**/api/v1/${what}`, async (route) => {
		if (route.request().method() !== method || (once && lost > 0)) return route.fallback();
		lost++;
		await route.fetch();
		await route.abort();
	});
};
const find = (where = page) => where.unrouteAll({ behavior: "wait" });
const lost = (say = t, where = page) => heading(say("tablet.away.title"), where);

/** Type a code, and start over without an answer. */
const typeInVain = async (code) => {
	await lose("check-ins");
	await type(code);
	await lost();
	await find();
	await home();
};

/** Fill the form of a guest without an appointment and choose the host. */
const walkIn = async (name, say = t, where = page) => {
	await where.getByLabel(say("tablet.walk_in.company")).fill("株式会社ふらり");
	await where.getByLabel(say("tablet.walk_in.name")).fill(name);
	await button(say("tablet.walk_in.more"), where).click();
	await where.getByLabel(say("tablet.walk_in.host")).fill("管理");
	await where.locator(".gk-hosts").getByRole("button", { name: "管理 太郎" }).click();
};

before(async () => {
	house = await startInstallation();
	ours = await activeTenant(house);
	admin = await ours.signedIn();
	// Outside the opening hours the tablet rests.
	office = await ours.office(admin, { name: "本社", phone: PHONE, guidance: "3階へお進みください", time_zone: noonZone() });
	browser = await startBrowser();
	page = await open();
	page.on("request", (request) => { if (request.url().endsWith("/device-reports")) reports++; });
	await page.addInitScript(() => {
		const counted = (prototype, name, what) => {
			const real = prototype[name];
			prototype[name] = function (...given) { globalThis.asked.push(what(...given)); return real.apply(this, given); };
		};
		globalThis.asked = [];
		counted(AudioContext.prototype, "resume", () => "sound");
		counted(OscillatorNode.prototype, "start", () => "tone");
		counted(WakeLock.prototype, "request", (kind) => `awake ${kind}`);
	});
	await pair("本社1階", page);
});
after(async () => {
	await browser?.close();
	admin?.close();
	await house?.stop();
	rmSync(dir, { recursive: true, force: true });
});

const asked = () => page.evaluate(() => globalThis.asked);

test("the staff's tap asks for sound and for a screen that stays on; without a camera the keypad is there", async () => {
	assert.deepEqual(await asked(), []);
	await button(t("tablet.setup.start")).click();
	await heading(t("tablet.keypad.title"));
	opened = Date.now();
	assert.deepEqual((await asked()).sort(), ["awake screen", "sound"]);
	assert.equal(await page.getByRole("alert").count(), 0, "nobody is bothered with the camera");
});

test("a wrong code is refused in words with what to do next, and the next code is taken", async () => {
	await type(wrongCode());
	const refusal = page.getByRole("alert");
	await refusal.getByRole("heading", { name: t("problem.unknown_code.title") }).waitFor();
	assert.ok((await refusal.innerText()).includes(t("problem.unknown_code.next")));
	await button(t("tablet.keypad.open")).click();
	await type((await expect("佐藤 太郎")).code);
	await heading(t("tablet.welcome.title", { guest: "佐藤" }));
});

test("the welcome says who was told and what to do, is heard, and goes home by itself", async () => {
	const words = await page.getByRole("status").innerText();
	assert.ok(words.includes(t("tablet.welcome.told", { hosts: "管理 太郎" })) && words.includes("3階へお進みください"), words);
	assert.ok((await asked()).includes("tone"));
	await heading(t("tablet.keypad.title"));
	assert.equal(await page.getByText("佐藤").count(), 0);
	assert.deepEqual((await visitsOf("佐藤 太郎")).map(({ state, via }) => `${state} ${via}`), ["arrived code"]);
});

test("a check-in is undone from its welcome", async () => {
	await type((await expect("高田 由紀")).code);
	await button(t("tablet.welcome.undo")).click();
	await heading(t("tablet.undone.title"));
	assert.deepEqual((await visitsOf("高田 由紀")).map(({ state }) => state), ["undone"]);
	await home();
});

test("an undoing whose answer was lost is still one", async () => {
	await type((await expect("大野 誠")).code);
	await lose("check-ins/*", { method: "DELETE", once: true });
	await button(t("tablet.welcome.undo")).click();
	await heading(t("tablet.undone.title"));
	assert.deepEqual((await visitsOf("大野 誠")).map(({ state }) => state), ["undone"]);
	await home();
	await find();
});

test("a guest without an appointment says who they are and whom they see, and is on record", async () => {
	await button(t("tablet.walk_in.open")).click();
	await button(t("tablet.walk_in.submit")).click();
	await page.getByText(t("tablet.walk_in.name_missing")).waitFor();
	await page.getByText(t("tablet.walk_in.host_missing")).waitFor();
	await walkIn("飛込 三郎");
	await button(t("tablet.walk_in.submit")).click();
	await heading(t("tablet.welcome.title", { guest: "飛込 三郎" }));
	const [visit, ...more] = await visitsOf("飛込 三郎");
	assert.deepEqual([more.length, visit.state, visit.via, visit.company, visit.people, visit.hosts[0].name], [0, "arrived", "walk_in", "株式会社ふらり", 2, "管理 太郎"]);
	await home();
});

test("a walk-in that the server refuses comes back as it was typed, with what is wrong beside the field", async () => {
	const gone = await ours.member(admin, ["member"], "退職 五郎");
	await button(t("tablet.walk_in.open")).click();
	await page.getByLabel(t("tablet.walk_in.company")).fill("株式会社ふらり");
	await page.getByLabel(t("tablet.walk_in.name")).fill("飛込\u202E 六郎");
	await button(t("tablet.walk_in.more")).click();
	await page.getByLabel(t("tablet.walk_in.host")).fill("退職");
	await page.locator(".gk-hosts").getByRole("button", { name: "退職 五郎" }).click();
	ours.sql(`UPDATE member SET state = 'disabled' WHERE id = '${gone.id}'`);
	await button(t("tablet.walk_in.submit")).click();
	await page.getByText(t("field.unclean")).waitFor();
	assert.equal(await page.getByLabel(t("tablet.walk_in.company")).inputValue(), "株式会社ふらり");
	assert.ok(await page.getByText(t("tablet.walk_in.people_count", { people: 2 })).isVisible());
	await page.getByLabel(t("tablet.walk_in.name")).fill("飛込 六郎");
	await button(t("tablet.walk_in.submit")).click();
	await page.getByText(t("field.not_found")).waitFor();
	assert.equal(await page.getByLabel(t("tablet.walk_in.name")).inputValue(), "飛込 六郎");
	await button(t("tablet.walk_in.host_change")).click();
	await page.getByLabel(t("tablet.walk_in.host")).fill("管理");
	await page.locator(".gk-hosts").getByRole("button", { name: "管理 太郎" }).click();
	await button(t("tablet.walk_in.submit")).click();
	await heading(t("tablet.welcome.title", { guest: "飛込 六郎" }));
	const [visit, ...more] = await visitsOf("飛込 六郎");
	assert.deepEqual([more.length, visit.company, visit.people, visit.hosts[0].name], [0, "株式会社ふらり", 2, "管理 太郎"]);
	await home();
});

test("a walk-in whose answer was lost is tried again under its key: one visit, one notice", async () => {
	await button(t("tablet.walk_in.open")).click();
	await walkIn("再送 四郎");
	await lose("walk-ins");
	await button(t("tablet.walk_in.submit")).click();
	await lost();
	assert.ok((await page.getByRole("alert").innerText()).includes(PHONE));
	await find();
	await button(t("tablet.away.retry")).click();
	await heading(t("tablet.welcome.title", { guest: "再送 四郎" }));
	const visits = await visitsOf("再送 四郎");
	assert.equal(visits.length, 1);
	assert.equal(ours.sql(`SELECT count(*) FROM outbox WHERE visit_id = '${visits[0].id}' AND topic = 'visit.arrived' AND kind = 'mail'`), "1");
	await home();
});

test("a code typed anew after a lost answer gets its welcome, and only then is in already", async () => {
	const guest = await expect("一条 一");
	await typeInVain(guest.code);
	await type(guest.code);
	await heading(t("tablet.welcome.title", { guest: "一条" }));
	await home();
	await type(guest.code);
	await heading(t("tablet.already_in.title"));
	await home();
	assert.equal((await visitsOf(guest.name)).length, 1);
});

test("who comes after a lost answer is welcome as themselves", async () => {
	const [one, two] = [await expect("二宮 二"), await expect("三田 三")];
	await typeInVain(one.code);
	await type(two.code);
	await heading(t("tablet.welcome.title", { guest: "三田" }));
	await home();
	for (const { name } of [one, two]) assert.equal((await visitsOf(name)).length, 1, name);
});

test("the staff's bell rings at reception and shows the number to call; unheard, it shows the number too", async () => {
	await button(t("tablet.call")).click();
	await heading(t("tablet.called.title"));
	await page.getByText(PHONE, { exact: true }).waitFor();
	const calls = must(await admin.get("/api/v1/calls"), 200).json.items;
	assert.deepEqual(calls.map(({ device }) => device), ["本社1階"]);
	await home();
	await page.route("**/api/v1/calls", (route) => route.abort());
	await button(t("tablet.call")).click();
	await heading(t("tablet.called.failed"));
	await page.getByText(PHONE, { exact: true }).waitFor();
	await find();
	await home();
});

test("English is a tap away, keeps the step, and is gone with the guest", async () => {
	const en = speaker("en");
	await type("12");
	await button("English").click();
	await heading(en("tablet.keypad.title"));
	assert.equal(await page.locator("html").getAttribute("lang"), "en");
	await button(en("tablet.keypad.clear")).click();
	await type((await expect("Smith John")).code);
	await heading(en("tablet.welcome.title", { guest: "John" }));
	await home(en);
	await heading(t("tablet.keypad.title"));
	assert.equal(await page.locator("html").getAttribute("lang"), "ja");
});

test("a tablet without a camera reports with its heartbeat, not all the time", () => {
	const beats = (Date.now() - opened) / 10_000;
	assert.ok(reports <= beats + 3, `${reports} reports in ${beats} beats`);
});

/** The screen is there, nothing of it is cut off, and axe finds nothing wrong with it. */
const look = async (screen, name, where) => {
	await where.locator(`main[data-screen=${screen}]`).waitFor();
	const cut = await where.evaluate(() => {
		// The ring of a result runs for eight seconds.
		for (const one of document.getAnimations()) if (one.effect.getComputedTiming().endTime < Infinity) one.finish();
		const stage = document.querySelector("main");
		return [Math.max(0, document.documentElement.scrollWidth - innerWidth), stage.scrollHeight - stage.clientHeight];
	});
	await picture(name, where);
	assert.deepEqual(cut, [0, 0], `${name}: px too wide, too high`);
	assert.deepEqual(await violations(where), [], name);
};

for (const language of ["ja", "en"]) {
	test(`axe finds nothing on any screen, ${language}, ${SIZES[language].width} × ${SIZES[language].height}`, async () => {
		const say = speaker(language);
		const seen = new Set();
		const where = await open();
		const see = (screen, name = screen) => { seen.add(screen); return look(screen, `${name}_${language}`, where); };
		const speak = () => button(say(`tablet.language.${language}`), where).click();
		const press = (key, ...more) => button(say(key, ...more), where).click();
		await where.setViewportSize(SIZES[language]);
		// Results stay while they are looked at; idling comes when it is due.
		await where.addInitScript(() => {
			const later = globalThis.setTimeout;
			globalThis.pace = { 8000: 120_000, 20_000: 120_000 };
			globalThis.setTimeout = (what, ms, ...more) => later(what, globalThis.pace[ms] ?? ms, ...more);
		});

		const device = await pairing(`受付 ${language}`);
		await where.goto(`${house.baseUrl}/tablet`);
		await heading(t("tablet.pairing.title"), where);
		await speak();
		await press("tablet.pairing.submit");
		await where.getByRole("alert").waitFor();
		await see("pairing");
		await where.getByLabel(say("tablet.pairing.code")).fill(device.code);
		await press("tablet.pairing.submit");
		await see("approval");
		await approve(device);
		await where.locator("main[data-screen=setup]").waitFor();
		await speak();
		await see("setup");
		await press("tablet.setup.start");
		await where.locator("main[data-screen=keypad]").waitFor();
		await speak();
		await see("keypad");

		await type(wrongCode(), where);
		await see("refused");
		await press("tablet.keypad.open");
		const guest = await expect("佐々木 健");
		await type(guest.code, where);
		await see("welcome");
		await press("tablet.welcome.undo");
		await see("undone");
		await home(say, where);
		await speak();
		await type(guest.code, where);
		await where.locator("main[data-screen=welcome]").waitFor();
		await home(say, where);
		await speak();
		await type(guest.code, where);
		await see("already_in");
		await press("tablet.already_in.call");
		await see("called");
		await home(say, where);
		await speak();
		await type(guest.code, where);
		await press("tablet.already_in.leave");
		await see("goodbye");
		await home(say, where);
		await speak();

		await press("tablet.walk_in.open");
		await see("walk_in", "walk_in_empty");
		await press("tablet.walk_in.submit");
		await where.getByText(say("tablet.walk_in.name_missing")).waitFor();
		await see("walk_in");
		await walkIn(`見学 ${language}`, say, where);
		await see("walk_in", "walk_in_filled");
		let answer;
		const wait = new Promise((done) => { answer = done; });
		await where.route("**/api/v1/walk-ins", async (route) => { await wait; await route.abort(); });
		await press("tablet.walk_in.submit");
		await see("asking");
		answer();
		await see("away");
		await find(where);
		await press("tablet.away.retry");
		await where.locator("main[data-screen=welcome]").waitFor();
		await home(say, where);
		await speak();

		await where.evaluate(() => { globalThis.pace[45_000] = 50; });
		await type("1", where);
		await see("leaving");
		await where.evaluate(() => { delete globalThis.pace[45_000]; });
		await press("tablet.leaving.stay");
		await home(say, where);

		// In the office it is about noon.
		const now = must(await admin.get(`/api/v1/offices/${office.id}`), 200).json;
		const hours = async (opens_at, closes_at) => {
			const { version } = must(await admin.get(`/api/v1/offices/${office.id}`), 200).json;
			must(await admin.put(`/api/v1/offices/${office.id}`, { name: now.name, phone: now.phone, guidance: now.guidance, time_zone: now.time_zone, early_minutes: now.early_minutes, version, opens_at, closes_at }), 200);
		};
		await hours("01:00", "02:00");
		await where.locator("main[data-screen=closed]").waitFor();
		await speak();
		await see("closed");
		await hours(now.opens_at, now.closes_at);
		await heading(t("tablet.keypad.title"), where);
		assert.deepEqual(screens.filter((screen) => !["starting", "scan"].includes(screen) && !seen.has(screen)), []);
		await where.context().close();
	});
}

test("a pass whose answer was lost gets its welcome, and somebody else's key is in nobody's way", async () => {
	const [shown, typed] = [await expect("鏡 花子"), await expect("先客 五郎")];
	filmOf(must(await admin.get(`/api/v1/appointments/${shown.appointment}/guests/${shown.id}/pass.png`), 200).body, join(dir, "pass.mjpeg"));
	const second = await startBrowser({ film: join(dir, "pass.mjpeg") });
	try {
		const camera = await open(second);
		// The first answer that tells of a check-in is lost, and all after it.
		let made = false;
		await camera.route("**/api/v1/scans?*", async (route) => {
			const response = await route.fetch();
			made ||= response.status() === 201;
			await (made ? route.abort() : route.fulfill({ response }));
		});
		await pair("本社2階", camera);
		await button(t("tablet.setup.start"), camera).click();
		await lost(t, camera);
		assert.equal((await visitsOf(shown.name)).length, 1);
		await find(camera);
		await button(t("tablet.away.retry"), camera).click();
		await heading(t("tablet.welcome.title", { guest: shown.name }), camera);
		assert.equal((await visitsOf(shown.name)).length, 1);

		// The phone is away; another guest types a code and leaves without an answer.
		await camera.route("**/api/v1/scans?*", (route) => route.fulfill({ status: 204 }));
		await button(t("tablet.welcome.undo"), camera).click();
		await heading(t("tablet.undone.title"), camera);
		await home(t, camera);
		for (const language of ["ja", "en"]) {
			await button(t(`tablet.language.${language}`), camera).click();
			await camera.setViewportSize(SIZES[language]);
			await look("scan", `scan_${language}`, camera);
		}
		await button(t("tablet.language.ja"), camera).click();
		await button(t("tablet.keypad.open"), camera).click();
		await lose("check-ins", { where: camera });
		await type(typed.code, camera);
		await lost(t, camera);
		ours.sql(`UPDATE visit SET arrived_at = arrived_at - interval '61 seconds' WHERE guest_id = '${typed.id}'`);
		await find(camera);
		await home(t, camera);
		const result = camera.locator("main:is([data-screen=welcome], [data-screen=refused]) h1");
		assert.equal(await result.innerText(), t("tablet.welcome.title", { guest: shown.name }));
		assert.deepEqual((await visitsOf(shown.name)).map(({ state }) => state).sort(), ["arrived", "undone"]);
		assert.equal((await visitsOf(typed.name)).length, 1);

		// Without a decoder there is the keypad, and with it again the camera.
		await home(t, camera);
		await house.sv("stop", "decode");
		await camera.locator("main[data-screen=keypad]").waitFor();
		await house.sv("start", "decode");
		await camera.locator("main:is([data-screen=welcome], [data-screen=already_in], [data-screen=refused])").waitFor();
	} finally {
		await second.close();
	}
});

test("no screen complained", () => assert.deepEqual(misdeeds, []));
