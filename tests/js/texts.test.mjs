// The catalogs and those who use them agree.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { fillText, isTextKey, t, tn, useTexts } from "../../assets/shared/text.mjs";

const assets = join(dirname(fileURLToPath(import.meta.url)), "../../assets");
const languages = readdirSync(join(assets, "i18n")).map((name) => name.replace(/\.json$/, ""));
const catalogs = Object.fromEntries(languages.map((language) => [language, JSON.parse(readFileSync(join(assets, `i18n/${language}.json`), "utf8"))]));
const areas = readdirSync(assets, { withFileTypes: true }).filter((entry) => entry.isDirectory() && readdirSync(join(assets, entry.name)).includes(`${entry.name}.area.json`)).map(({ name }) => name);
const sources = (folder) => readdirSync(join(assets, folder)).filter((name) => name.endsWith(".mjs")).map((name) => [`${folder}/${name}`, readFileSync(join(assets, folder, name), "utf8")]);
const used = (text) => [...text.matchAll(/\btn?\(\s*"([a-z][a-z0-9_.]*)"/g)].map((match) => match[1]);

test("every catalog has every key of the Japanese one, and no other", () => {
	for (const language of languages) assert.deepEqual(Object.keys(catalogs[language]).sort(), Object.keys(catalogs.ja).sort(), language);
});

test("no text of the English catalog is left in Japanese", () => {
	const names = /^language$|\u3013/;
	const left = Object.entries(catalogs.en).filter(([key, text]) => /[\u3040-\u30ff\u4e00-\u9fff]/.test(text) && !names.test(key)).map(([key]) => key);
	assert.deepEqual(left.filter((key) => /^(admin|common|field|problem)\./.test(key)), []);
});

for (const area of areas) test(`every text the scripts of ${area} name is in its bundle`, () => {
	const { texts = [], script } = JSON.parse(readFileSync(join(assets, area, `${area}.area.json`), "utf8"));
	if (!script) return;
	const missing = [];
	for (const [name, text] of sources(area))
		for (const key of used(text))
			if (!(key in catalogs.ja) || !texts.some((prefix) => key === prefix || key.startsWith(prefix))) missing.push(`${name}: ${key}`);
	assert.deepEqual(missing, []);
});

test("every text the admin page has is named somewhere", () => {
	const all = [...sources("admin"), ...sources("component"), ...sources("shared")].map(([, text]) => text).join("\n") + readFileSync(join(assets, "admin/admin.html"), "utf8") + readFileSync(join(assets, "admin/admin.area.json"), "utf8");
	const unused = Object.keys(catalogs.ja).filter((key) => /^(admin|common)\./.test(key)).filter((key) => {
		if (all.includes(key.replace(/_one$/, ""))) return false;
		// Keys that are put together: admin.state.${state}.
		const parts = key.split(".");
		return !all.includes(`${parts.slice(0, -1).join(".")}.\${`) && !all.includes(`${parts.slice(0, -1).join(".")}.${parts.at(-1).split("_")[0]}_\${`) && !all.includes(`\${kind}_text`);
	});
	assert.deepEqual(unused, []);
});

test("a text has its values filled in, and keeps a placeholder nobody fills", () => {
	assert.equal(fillText("{name} and {other}", { name: "Sato" }), "Sato and {other}");
});

test("a number takes the singular where the language has one", () => {
	useTexts("en", { "a": "{n} people", "a_one": "{n} person" });
	assert.deepEqual([tn("a", 1), tn("a", 2), tn("a", 1234)], ["1 person", "2 people", "1,234 people"]);
	useTexts("ja", { "a": "{n}名", "a_one": "{n}名" });
	assert.equal(tn("a", 1), "1名");
});

test("a key that is missing shows itself, and inherited names are no keys", () => {
	useTexts("en", {});
	assert.equal(t("no.such"), "no.such");
	assert.equal(isTextKey("constructor"), false);
});
