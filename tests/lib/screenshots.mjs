// screenshots DIR: the pictures of the README; see scripts/screenshots.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { must } from "../../scripts/lib/client.mjs";
import { filmOf, startBrowser } from "./browser.mjs";
import { root, startInstallation } from "./installation.mjs";

const to = process.argv[2];
const texts = JSON.parse(readFileSync(join(root, "assets/i18n/ja.json"), "utf8"));
const dir = mkdtempSync("/tmp/genkan-shots-");
mkdirSync(to, { recursive: true });
// Few colours are enough for pages, and keep the repository small.
const shrink = (name) => execFileSync("convert", [join(dir, name), "-resize", "1180x", "-colors", "128", "-strip", "-define",
	"png:compression-level=9", join(to, name)]);

const house = await startInstallation();
let browser;
try {
	const admin = await house.admin();
	const office = await house.office(admin);
	const start = Date.now() + 20 * 60_000;
	const made = must(await admin.post("/api/v1/appointments", {
		title: "共同開発の打合せ", office_id: office.id, room: "会議室A", starts_at: new Date(start).toISOString(),
		ends_at: new Date(start + 3600_000).toISOString(),
		guests: [{ name: "佐々木 健", company: "青葉製作所" }, { name: "高田 由紀", company: "青葉製作所", companions: 1 }],
	}), 201).json;
	const guest = made.guests[0];
	const pass = must(await admin.get(`/api/v1/appointments/${made.id}/guests/${guest.id}/pass.png`), 200).body;
	filmOf(pass, join(dir, "pass.mjpeg"));

	browser = await startBrowser({ film: join(dir, "pass.mjpeg") });
	const tablet = await browser.newPage({ ignoreHTTPSErrors: true, viewport: { width: 1180, height: 820 } });
	const pairing = must(await admin.post("/api/v1/devices", { name: "1階受付", office_id: office.id }), 201).json;
	await tablet.goto(`${house.baseUrl}/tablet#${pairing.code}`);
	await tablet.getByRole("heading", { name: "承認を待っています" }).waitFor();
	must(await admin.post(`/api/v1/devices/${pairing.id}/approval`, undefined, { key: false }), 200);
	await tablet.getByRole("button", { name: "受付をはじめる" }).click();
	await tablet.getByRole("heading", { name: "佐々木 健 様、ようこそ" }).waitFor({ timeout: 60_000 });
	await tablet.screenshot({ path: join(dir, "tablet.png") });

	const page = await browser.newPage({ ignoreHTTPSErrors: true, viewport: { width: 1180, height: 760 } });
	await page.goto(`${house.baseUrl}/admin/ja/`);
	await page.getByLabel(texts["admin.sign_in.tenant"]).fill(house.demo.tenant);
	await page.getByLabel(texts["admin.sign_in.email"]).fill(house.demo.email);
	await page.getByLabel(texts["admin.sign_in.password"]).fill(house.demo.password);
	await page.getByRole("button", { name: texts["admin.sign_in.send"] }).click();
	await page.getByRole("heading", { name: texts["admin.today.title"], level: 1 }).waitFor();
	await page.getByRole("row").filter({ hasText: "高田 由紀" }).waitFor();
	await page.screenshot({ path: join(dir, "administration.png") });
	for (const name of ["tablet.png", "administration.png"]) shrink(name);
	admin.close();
} finally {
	await browser?.close();
	await house.stop();
	rmSync(dir, { recursive: true, force: true });
}
