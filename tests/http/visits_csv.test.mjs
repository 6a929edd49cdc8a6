// The CSV of visits as people open it: in LibreOffice, whatever they choose
// when it asks how. Each cell says what the API says, and none computes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { must } from "../../scripts/lib/client.mjs";
import { body, book } from "../lib/guest.mjs";
import { root, startInstallation } from "../lib/installation.mjs";
import { openInCalc } from "../lib/spreadsheet.mjs";
import { activeTenant } from "../lib/tenant.mjs";

const texts = JSON.parse(readFileSync(join(root, "assets/i18n/ja.json"), "utf8"));
const headings = ["arrived_at", "state", "company", "guest", "kana", "people", "hosts", "office", "title", "room", "via", "late", "met_at", "left_at",
	"left_by", "undone_at", "id"];
const times = new Set(["arrived_at", "met_at", "left_at", "undone_at"]);
const guests = [
	{ name: "山田 太郎", kana: "ヤマダ タロウ", company: "㈱サンプル, \"営業\"部", companions: 11 },
	{ name: "=1+1", company: "+81312345678" },
	{ name: "-2+3", company: "@SUM(A1:A9)" },
	{ name: "＝１＋１", company: "|calc" },
	{ name: "=HYPERLINK(\"https://guest.example\",\"押す\")", company: "'=1+1" },
	{ name: "髙﨑①～", company: "0042" },
	{ name: "𠮷野 é🙂", company: "2026-1-2" },
];

let house, chief, place;
/** Heading -> text by the visit's id, as the API tells it. @type {Map<string, Record<string, string>>} */
let told;
before(async () => {
	house = await startInstallation();
	const t = await activeTenant(house);
	chief = await t.signedIn();
	place = await t.office(chief, { name: "本社 \"別館\", 3階", closes_at: "23:59" });
	const device = await t.tablet(chief, place.id);
	const appointment = await book(chief, place, { title: "2026/3/4", room: "0301", guests });
	const visits = [];
	for (const { pass } of appointment.guests) visits.push(must(await device.checkIn({ pass }), 201).json);
	must(await chief.patch(`/api/v1/visits/${visits[0].id}`, { version: 1, state: "met" }), 200);
	must(await chief.post(`/api/v1/visits/${visits[1].id}/departure`, undefined, { key: false }), 200);
	must(await device.delete(`/api/v1/check-ins/${visits[2].id}`, { headers: { "x-undo-secret": visits[2].undo_secret } }), 204);
	const { items } = must(await chief.get("/api/v1/visits"), 200).json;
	told = new Map(items.map((v) => [v.id, asWritten(v, appointment.room)]));
	assert.equal(told.size, guests.length);
	device.close();
});
after(async () => {
	chief?.close();
	await house?.stop();
});

const moment = (time) => time ? time.slice(0, 19).replace("T", " ") : "";
const defused = (text) => /^[ '\u3000]*[=+\-@|\t＝＋－＠]/u.test(text) ? `'${text}` : text;
/** The cells that say a visit. */
const asWritten = (v, room) => ({
	arrived_at: moment(v.arrived_at), state: texts[`csv.state_${v.state}`], company: defused(v.company), guest: defused(v.guest), kana: v.kana ?? "",
	people: String(v.people), hosts: v.hosts.map((h) => h.name).join(", "), office: v.office, title: v.title, room, via: texts[`csv.via_${v.via}`],
	late: v.late ? texts["csv.late_yes"] : "", met_at: moment(v.met_at), left_at: moment(v.left_at), left_by: v.left_by ? texts[`csv.left_by_${v.left_by}`] : "",
	undone_at: moment(v.undone_at), id: v.id,
});

/**
 * What a cell becomes. A CSV has no types: what looks like a number or a day
 * is a text only for who wants quoted fields to be texts.
 */
const becomes = (heading, text, { quotedAsText, special }) => {
	if (text === "") return ["empty", ""];
	if (!quotedAsText && /^\d+$/.test(text)) return ["float", String(Number(text))];
	if (special && times.has(heading)) return ["date", text.replace(" ", "T")];
	if (special && /^\d{4}[-/]\d[-/]\d$/.test(text)) return ["date", text.replace(/[-/]/g, "-0")];
	return ["string", text];
};

const choices = {
	"as it is offered": {},
	"quoted fields as text": { quotedAsText: true },
	"special numbers detected, formulas evaluated": { special: true, formulas: true },
};

test("this reader computes what is not defused, and reads quotes, commas and lines", () => {
	const rows = openInCalc("\ufeff\"=1+1\",\"a, \"\"b\"\"\nc\"\r\n", { formulas: true });
	assert.deepEqual(rows, [[["float", "2", "of:=1+1"], ["string", "a, \"b\"\nc", ""]]]);
});

for (const encoding of /** @type {("utf-8" | "cp932")[]} */ (["utf-8", "cp932"])) {
	for (const [what, choice] of Object.entries(choices)) {
		test(`${encoding}, ${what}: every cell says what the API says, and none computes`, async () => {
			const file = must(await chief.get(`/api/v1/visits.csv?encoding=${encoding}`), 200).body;
			const [first, ...rows] = openInCalc(file, { encoding, ...choice });
			assert.deepEqual(first, headings.map((heading) => ["string", texts[`csv.${heading}`], ""]));
			assert.equal(rows.length, told.size);
			const known = (text) => encoding === "cp932" ? text.replace(/[𠮷é🙂]/gu, "〓") : text;
			for (const row of rows) {
				const cells = told.get(row.at(-1)[1]);
				assert.ok(cells, `a visit ${row.at(-1)[1]}`);
				assert.deepEqual(row, headings.map((heading) => [...becomes(heading, known(cells[heading]), choice), ""]));
			}
		});
	}
}

test("no cell has two lines or a tab: such names are refused", async () => {
	for (const name of ["二行\n目", "欄\t欄"]) {
		const answer = await chief.post("/api/v1/appointments", body(place, { title: name, room: name, guests: [{ name, company: name }] }));
		assert.deepEqual(answer.json.errors.map((e) => `${e.pointer} ${e.name}`).sort(),
			["/guests/0/company unclean", "/guests/0/name unclean", "/room unclean", "/title unclean"]);
	}
});
