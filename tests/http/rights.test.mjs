// Who may what: tests/data/rights.tsv says it by hand, and every cell is asked.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startInstallation } from "../lib/installation.mjs";
import { ACTORS, LINES, tableFaults } from "../lib/rights.mjs";
import { ask, newWorld, requestOf } from "../lib/routes.mjs";

/** What a refusal is called in the table. */
const REFUSALS = { 401: ["sign_in_needed"], 403: ["not_allowed"], 404: ["not_found", "unknown_pass"], 409: ["other_office", "not_undoable", "not_inside"], 422: ["invalid"] };

let house, world;
before(async () => {
	house = await startInstallation();
	world = await newWorld(house);
});
after(() => house?.stop());

test("every operation of the API document has its line, and every line its operation", () => assert.deepEqual(tableFaults(LINES), []));

/** "ok", or the status with its problem where it is none of the table's. */
const outcome = (answer, problem) => {
	if (answer.status < 300 || answer.problem !== "" && answer.problem === problem) return "ok";
	return REFUSALS[answer.status]?.includes(answer.problem) ? String(answer.status) : `${answer}`;
};

for (const [operation, object, ...cells] of LINES)
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
