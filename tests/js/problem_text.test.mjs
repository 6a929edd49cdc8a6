// What people read when something is refused.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fieldFaultText, Problem, problemNext, problemTitle } from "../../assets/shared/problem.mjs";
import { useTexts } from "../../assets/shared/text.mjs";

const read = (name) => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");
const catalogs = { ja: JSON.parse(read("assets/i18n/ja.json")), en: JSON.parse(read("assets/i18n/en.json")) };
const names = [...read("src/web/problem.def").matchAll(/^PROBLEM\(([a-z_]+),/gm)].map((match) => match[1]);
const errors = [...read("src/web/request.h").match(/enum field_error \{[^}]*\}/)[0].matchAll(/FIELD_([A-Z_]+?),/g)].map((match) => match[1].toLowerCase());

test("every problem of the server says what happened and what to do, in each language", () => {
	assert.ok(names.length > 30);
	for (const [language, catalog] of Object.entries(catalogs))
		for (const name of names) for (const part of ["title", "next"]) assert.ok(catalog[`problem.${name}.${part}`], `${language}: problem.${name}.${part}`);
});

test("every complaint about a field has its words", () => {
	assert.ok(errors.length > 10);
	for (const catalog of Object.values(catalogs)) for (const name of errors) assert.ok(catalog[`field.${name}`], name);
});

test("no text blames or speaks in the language of machines", () => {
	for (const [key, text] of Object.entries(catalogs.ja)) if (/^(problem|field)\./.test(key)) assert.doesNotMatch(text, /無効|不正|エラー/, key);
	for (const [key, text] of Object.entries(catalogs.en)) if (/^field\./.test(key)) assert.doesNotMatch(text, /invalid|please|sorry|error/i, key);
});

test("a problem's times and places stand in its words", () => {
	useTexts("ja", catalogs.ja);
	const fault = new Problem("too_early", 409, { from: "2026-11-20T14:00:00+09:00" });
	assert.equal(problemTitle(fault, () => "14:00"), "受付は 14:00 から始まります");
	assert.equal(problemTitle(new Problem("other_office", 409, { office: "大阪" })), "このQRは別の拠点（大阪）のご予約です");
});

test("a fault shows its incident number", () => {
	useTexts("en", catalogs.en);
	assert.match(problemNext(new Problem("fault", 500, { incident: "K7QX" })), /K7QX/);
});

test("a problem of a newer server is told in the server's words", () => {
	assert.equal(problemTitle(new Problem("from_the_future", 409, { title: "Something new" })), "Something new");
});

test("a field's complaint is about that field where there are such words", () => {
	useTexts("ja", catalogs.ja);
	assert.equal(fieldFaultText({ pointer: "/guests/2/email", name: "bad_format" }), catalogs.ja["field.email.bad_format"]);
	assert.equal(fieldFaultText({ pointer: "/room", name: "too_long" }), catalogs.ja["field.too_long"]);
	assert.equal(fieldFaultText({ pointer: "/x", name: "never_heard" }), catalogs.ja["field.bad_format"]);
});
