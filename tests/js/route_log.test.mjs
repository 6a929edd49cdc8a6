// What the operation log gets of each route, read from the sources: a line that
// names no route is a name misspelt, and a write that is quiet has a reason.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const source = (name) => readFileSync(new URL(`../../src/web/${name}.c`, import.meta.url), "utf8");
const routes = new Set([...source("route").matchAll(/^\t\{ "([A-Z]+)", "([^"]+)",/gm)].map(([, method, path]) => `${method} ${path}`));
const lines = [...source("route_log").matchAll(/^\t\{ "([A-Z]+)", "([^"]+)", ROUTE_(WRITES|SHOWS|QUIET), "([^"]+)", (\w+) \},$/gm)]
	.map(([, method, path, kind, action, why]) => ({ route: `${method} ${path}`, method, kind, action, why }));

test("every line of the log's table names a route, once, and an action the database takes", () => {
	assert.ok(lines.length > 60);
	assert.deepEqual(lines.filter(({ route }) => !routes.has(route)).map(({ route }) => route), []);
	assert.equal(new Set(lines.map(({ route }) => route)).size, lines.length);
	for (const { action } of lines) assert.match(action, /^[a-z_]+\.[a-z_]+$/);
});

test("quiet is quiet for a reason; of what is not a GET only an offer of a factor and a tablet's report are", () => {
	for (const { kind, why, route } of lines) assert.equal(kind === "QUIET", why !== "NULL", route);
	assert.deepEqual(lines.filter(({ method, kind }) => method !== "GET" && kind === "QUIET").map(({ route }) => route).sort(),
		["POST /api/v1/device-reports", "POST /api/v1/sessions/current/totp-enrolment"]);
});
