// Who may what: tests/data/rights.tsv says it by hand, and every cell is asked.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { api } from "../lib/api.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { ask, isElsewhere, newWorld, requestOf, REQUESTS } from "../lib/routes.mjs";

const [head, ...lines] = readFileSync(new URL("../data/rights.tsv", import.meta.url), "utf8").trimEnd().split("\n").map((line) => line.split("\t"));
const ACTORS = head.slice(2);
const operations = Object.entries(api.paths).flatMap(([path, methods]) => Object.entries(methods).filter(([, o]) => o.operationId).map(([method]) => `${method.toUpperCase()} ${path}`));

/** What a refusal is called in the table. */
const REFUSALS = { 401: ["sign_in_needed"], 403: ["not_allowed"], 404: ["not_found", "unknown_pass"], 409: ["other_office", "not_undoable", "not_inside"], 422: ["invalid"] };

/** Whose things a line is about: all of one of these. */
const OBJECTS = [[""], ["own office", "other office"], ["own", "own office", "other office"], ["", "a system_admin"], ["", "to system_admin"], ["own", "another's"]];
const SPECIAL = { "DELETE /api/v1/sessions/{id}": 2, "POST /api/v1/members": 2, "PATCH /api/v1/members/{id}": 2, "GET /api/v1/imports/{id}": 2, "POST /api/v1/imports/{id}/confirmation": 2 };

let house, world;
before(async () => {
	house = await startInstallation();
	world = await newWorld(house);
});
after(() => house?.stop());

test("every operation of the API document has its line, and every line its operation", () => {
	assert.deepEqual(ACTORS, ["member", "reception", "operations_admin", "account_admin", "system_admin", "device", "api_key", "none"]);
	const told = new Set(lines.map(([operation]) => operation));
	assert.deepEqual(operations.filter((o) => !told.has(o) && !isElsewhere(o)), [], "tests/data/rights.tsv: a line for each of these is missing");
	assert.deepEqual(operations.filter((o) => !(o in REQUESTS) && !isElsewhere(o)), [], "tests/lib/routes.mjs: a request for each of these is missing");
	assert.deepEqual([...told].filter((o) => !operations.includes(o)), [], "tests/data/rights.tsv: no such operation");
	for (const line of lines) assert.equal(line.length, head.length, line[0]);
	for (const operation of told) {
		const objects = lines.filter(([o]) => o === operation).map(([, object]) => object);
		assert.ok(OBJECTS.some((known) => known.join() === objects.join()), `tests/data/rights.tsv: ${operation}: ${objects.join(", ")}`);
		assert.ok(objects.length >= (SPECIAL[operation] ?? (/\{id\}/.test(operation) && /appointments|visits/.test(operation) ? 3 : 1)), `tests/data/rights.tsv: ${operation}: a line is missing`);
	}
});

/** "ok", or the status with its problem where it is none of the table's. */
const outcome = (answer, problem) => {
	if (answer.status < 300 || answer.problem !== "" && answer.problem === problem) return "ok";
	return REFUSALS[answer.status]?.includes(answer.problem) ? String(answer.status) : `${answer}`;
};

for (const [operation, object, ...cells] of lines)
	test(`${operation}${object && `, ${object}`}`, async () => {
		const found = [], shared = {};
		for (const [i, name] of ACTORS.entries()) {
			const actor = world.actors[name];
			// What nobody gets, nobody can use up.
			const request = cells[i] === "ok" || object === "own" ? await requestOf(world, operation, object, actor)
				: shared[name === "device"] ??= await requestOf(world, operation, object, actor);
			found.push(outcome(await ask(request.client ?? actor.client, request), request.problem));
		}
		assert.deepEqual(Object.fromEntries(ACTORS.map((name, i) => [name, found[i]])), Object.fromEntries(ACTORS.map((name, i) => [name, cells[i]])));
	});
