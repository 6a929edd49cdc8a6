// The table of rights and the routes' own say the same; a line that is taken
// from either, or a right that is changed, is noticed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { doorFaults, doorOf, LINES, routesOf, tableFaults } from "../lib/rights.mjs";
import { isElsewhere, REQUESTS } from "../lib/routes.mjs";

const source = readFileSync(new URL("../../src/web/route.c", import.meta.url), "utf8");
const routes = routesOf();

test("every operation has its lines, and every line its operation", () => assert.deepEqual(tableFaults(LINES), []));

test("any one line less is noticed", () => {
	assert.ok(LINES.length > 130);
	const unseen = LINES.filter((line) => tableFaults(LINES.filter((other) => other !== line)).length === 0);
	assert.deepEqual(unseen, []);
});

test("any one line twice, or without a cell, is noticed", () => {
	const unseen = LINES.filter((line) => tableFaults([...LINES, line]).length === 0 || tableFaults(LINES.map((other) => (other === line ? line.slice(0, -1) : other))).length === 0);
	assert.deepEqual(unseen, []);
});

test("each route lets in whom the table lets in", () => {
	assert.equal(routes.size, [...source.matchAll(/^\t\{ "[A-Z]+", "\//gm)].length);
	assert.deepEqual(doorFaults(routes), []);
});

test("any one route less is noticed", () => {
	for (const operation of routes.keys()) {
		if (isElsewhere(operation)) continue;
		const without = new Map(routes);
		without.delete(operation);
		assert.deepEqual(doorFaults(without), [`${operation}: no such route`]);
	}
});

test("any other right on any one route is noticed, where it lets in somebody else", () => {
	const kinds = [...new Map([...routes.values()].map((rights) => [doorOf(rights).join(), rights])).values()];
	assert.ok(kinds.length > 8);
	let n = 0;
	for (const operation of Object.keys(REQUESTS))
		for (const rights of kinds) {
			if (doorOf(rights).join() === doorOf(routes.get(operation)).join()) continue;
			const faults = doorFaults(new Map(routes).set(operation, rights));
			assert.equal(faults.length, 1, operation);
			assert.ok(faults[0].startsWith(`${operation}: `));
			n++;
		}
	assert.ok(n > 800);
});

test("any one cell that lets in somebody else is noticed", () => {
	for (const line of LINES)
		for (let i = 2; i < line.length; i++) {
			const lines = LINES.filter(([operation]) => operation === line[0]);
			// Of several lines the door shows only the most that one of them allows; the requests of tests/http/rights.test.mjs show the rest.
			if (lines.length > 1 && lines.some((other) => other !== line && !["401", "403"].includes(other[i]))) continue;
			const other = ["401", "403"].includes(line[i]) ? "ok" : "403";
			assert.notDeepEqual(doorFaults(routes, LINES.map((l) => (l === line ? l.with(i, other) : l))), [], `${line[0]} ${i}`);
		}
});
