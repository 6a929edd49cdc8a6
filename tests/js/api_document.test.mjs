// The API document itself, and what compares the answers with it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { api, fault, operatorDocument, problems, templateOf } from "../lib/api.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const answer = (status, json, type = "application/json") => ({
	status, json, headers: { "content-type": type }, body: Buffer.from(json === undefined ? "" : JSON.stringify(json)),
	get problem() { return json?.type?.slice("/problems/".length) ?? ""; },
});
const problem = (name, status, more) => answer(status, { type: `/problems/${name}`, title: "x", status, ...more }, "application/problem+json");
const department = { version: 1, id: "0190a3c2-0000-7000-8000-00000000000a", name: "x", members: 1 };

test("operations have names of their own, and the names are the handlers'", () => {
	const names = Object.values(api.paths).flatMap((path) => Object.values(path)).map((operation) => operation.operationId).filter(Boolean);
	assert.equal(new Set(names).size, names.length);
	const handlers = readFileSync(join(root, "src/web/handler.h"), "utf8");
	for (const name of names) assert.match(handlers, new RegExp(`\\b${name}\\b`), name);
});

/** [method, path, handler] of each line of a table of routes. */
const tableOf = (file) => [...readFileSync(join(root, "src/web", file), "utf8").matchAll(/^\t\{ "([A-Z]+)", "([^"]+)",.* (web_\w+) \},$/gm)].map(([, ...line]) => line);

test("the operator's document has each route of its table with its handler, and no other", () => {
	const operations = Object.entries(operatorDocument.api.paths).flatMap(([path, methods]) =>
		Object.entries(methods).map(([method, { operationId }]) => [method.toUpperCase(), path, operationId]));
	const table = tableOf("operator_route.c");
	assert.ok(table.length > 25);
	assert.deepEqual(operations.map(String).sort(), table.map(String).sort());
});

test("both documents list every problem there is, and no other", () => {
	const types = [...problems.keys()].map((name) => `/problems/${name}`).sort();
	for (const document of [api, operatorDocument.api]) assert.deepEqual(document.components.schemas.Problem.properties.type.enum.toSorted(), types);
});

test("no handler stands in both tables but those that say how the server is", () => {
	const ours = new Set(tableOf("route.c").map(([, , handler]) => handler));
	assert.deepEqual(tableOf("operator_route.c").map(([, , handler]) => handler).filter((handler) => ours.has(handler)).sort(),
		["web_health_show", "web_metrics_show", "web_ready_show"]);
});

test("an answer as described is right", () => {
	assert.equal(fault("POST", "/api/v1/departments", answer(201, department)), "");
	assert.equal(fault("GET", "/api/v1/departments", answer(200, { items: [department], next: null })), "");
	assert.equal(fault("DELETE", "/api/v1/sessions/current", answer(204, undefined)), "");
	assert.equal(fault("POST", "/api/v1/departments", problem("not_allowed", 403)), "");
	assert.equal(fault("GET", "/api/v1/nothing", problem("not_found", 404)), "");
	assert.equal(fault("PUT", "/api/v1/departments", problem("method_not_allowed", 405)), "");
});

test("an answer that the document does not describe is found", () => {
	const { members, ...lacking } = department;
	for (const [method, path, wrong] of [
		["POST", "/api/v1/departments", answer(201, lacking)],
		["POST", "/api/v1/departments", answer(201, { ...department, members: "1" })],
		["POST", "/api/v1/departments", answer(201, { ...department, id: "1" })],
		["POST", "/api/v1/departments", answer(200, department)],
		["POST", "/api/v1/departments", answer(201, department, "text/html")],
		["DELETE", "/api/v1/sessions/current", answer(204, {})],
		["GET", "/api/v1/nothing", answer(200, {})],
		["POST", "/api/v1/departments", problem("no_such_problem", 403)],
		["POST", "/api/v1/departments", problem("not_allowed", 404)],
		["POST", "/api/v1/departments", problem("invalid", 422, { errors: [{ pointer: "/name" }] })],
	]) assert.notEqual(fault(method, path, wrong), "", `${method} ${path} ${wrong.status}`);
	assert.equal(members, 1);
});

test("an address finds the most exact path", () => {
	assert.equal(templateOf("/api/v1/sessions/current?x=1"), "/api/v1/sessions/current");
	assert.equal(templateOf("/api/v1/visits.csv"), "/api/v1/visits.csv");
	assert.equal(templateOf("/api/v1/visits/abc"), "/api/v1/visits/{id}");
	assert.equal(templateOf("/v/ABC/pass.png"), "/v/{token}/pass.png");
	assert.equal(templateOf("/api/v1"), "");
});

test("each problem has a title and a next step in every language", () => {
	assert.ok(problems.size > 30);
	for (const language of ["ja", "en"]) {
		const texts = JSON.parse(readFileSync(join(root, `assets/i18n/${language}.json`), "utf8"));
		for (const name of problems.keys())
			for (const part of ["title", "next"]) assert.ok(texts[`problem.${name}.${part}`]?.length > 0, `${language}: problem.${name}.${part}`);
	}
});
