// The rights table, tests/data/rights.tsv, and what must be true of it beside
// the API document and beside the routes of src/web/route.c.
import { readFileSync } from "node:fs";
import { api } from "./api.mjs";
import { isElsewhere, REQUESTS, ROLES } from "./routes.mjs";

const read = (name) => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");

const [head, ...rows] = read("tests/data/rights.tsv").trimEnd().split("\n").map((line) => line.split("\t"));
export const ACTORS = [...ROLES, "device", "api_key", "none"];
/** Each line: operation, whose thing, and a cell for each of ACTORS. */
export const LINES = rows;

const operations = Object.entries(api.paths).flatMap(([path, methods]) => Object.entries(methods).filter(([, o]) => o.operationId).map(([method]) => `${method.toUpperCase()} ${path}`));

/** Whose things the lines of one operation are about: all of one of these. */
const OBJECTS = [[""], ["own office", "other office"], ["own", "own office", "other office"], ["", "a system_admin"], ["", "to system_admin"], ["own", "another's"]];
const SPECIAL = { "DELETE /api/v1/sessions/{id}": 2, "POST /api/v1/members": 2, "PATCH /api/v1/members/{id}": 2, "GET /api/v1/imports/{id}": 2, "POST /api/v1/imports/{id}/confirmation": 2 };

/** What is missing from these lines or stands there without need, in words. */
export const tableFaults = (lines) => {
	const told = new Set(lines.map(([operation]) => operation));
	return [
		...(head.slice(2).join() === ACTORS.join() ? [] : ["the columns are others"]),
		...operations.filter((o) => !told.has(o) && !isElsewhere(o)).map((o) => `${o}: a line is missing`),
		...operations.filter((o) => !(o in REQUESTS) && !isElsewhere(o)).map((o) => `tests/lib/routes.mjs: ${o}: a request is missing`),
		...[...told].filter((o) => !operations.includes(o)).map((o) => `${o}: no such operation`),
		...lines.filter((line) => line.length !== head.length).map(([o]) => `${o}: a cell is missing`),
		...[...told].flatMap((operation) => {
			const objects = lines.filter(([o]) => o === operation).map(([, object]) => object);
			const least = SPECIAL[operation] ?? (/\{id\}/.test(operation) && /appointments|visits/.test(operation) ? 3 : 1);
			return OBJECTS.some((known) => known.join() === objects.join()) && objects.length >= least ? [] : [`${operation}: a line is missing: ${objects.join(", ")}`];
		}),
	];
};

/** The routes as src/web/route.c has them: operation → { credential, roles, scope }, each a set of words or "0". */
export const routesOf = (source = read("src/web/route.c")) => {
	const words = (text) => (text.trim() === "0" ? [] : text.split("|").map((word) => word.trim()));
	const macros = Object.fromEntries([...source.matchAll(/^#define (\w+)[ \t]*(?:\\\n\s*)?(CREDENTIAL_[^\n]*, [^,\n]*, 0)$/gm)].map(([, name, value]) => [name, value]));
	const routes = new Map();
	for (const [, method, path, rights] of source.matchAll(/^\t\{ "([A-Z]+)", "([^"]+)", (.*?), (?:NOTHING|SMALL|LARGE|SHEET|FRAME|FORM), QUEUE_/gm)) {
		const key = /^KEY\((\w+), (\w+)\)$/.exec(rights);
		const [credential, roles, scope] = (key ? `CREDENTIAL_SESSION | CREDENTIAL_KEY, ${key[1]}, ${key[2]}` : macros[rights] ?? rights).split(/,\s*/);
		routes.set(`${method} ${path}`, { credential: words(credential), roles: words(roles), scope: words(scope ?? "?") });
	}
	return routes;
};

/** Right → the roles that have it, as src/domain/role.h says. */
const RIGHTS = Object.fromEntries([...read("src/domain/role.h").matchAll(/^\t(RIGHT_\w+) =\s*([^,]*),$/gm)]
	.map(([, right, roles]) => [right, roles.split("|").map((role) => role.trim().replace("ROLE_", "").toLowerCase())]));

/** What the door answers each of ACTORS before the handler looks: "401", "403" or "ok". */
export const doorOf = ({ credential, roles }) => ACTORS.map((actor) => {
	const open = credential.includes("CREDENTIAL_NONE");
	if (open) return "ok";
	if (actor === "none") return "401";
	if (actor === "device") return credential.includes("CREDENTIAL_DEVICE") ? "ok" : "401";
	if (actor === "api_key") return credential.includes("CREDENTIAL_KEY") ? "ok" : "401";
	if (!credential.some((c) => ["CREDENTIAL_SESSION", "CREDENTIAL_PENDING", "CREDENTIAL_ENROLLING"].includes(c))) return "401";
	if (!credential.includes("CREDENTIAL_SESSION")) return "403";
	return roles.length === 0 || roles.some((right) => RIGHTS[right].includes(actor)) ? "ok" : "403";
});

/** What the table lets each of ACTORS do with the operation at the best: the same words. */
const doorOfTable = (operation, lines) => ACTORS.map((_, i) => {
	const cells = lines.filter(([o]) => o === operation).map((line) => line[2 + i]);
	return cells.every((cell) => cell === "401") ? "401" : cells.every((cell) => cell === "403") ? "403" : "ok";
});

/** Where the routes' rights and the table's differ, in words. */
export const doorFaults = (routes, lines = LINES) => operations.filter((operation) => !isElsewhere(operation)).flatMap((operation) => {
	const route = routes.get(operation);
	if (!route) return [`${operation}: no such route`];
	const [found, told] = [doorOf(route), doorOfTable(operation, lines)];
	return found.join() === told.join() ? [] : [`${operation}: ${ACTORS.filter((_, i) => found[i] !== told[i]).map((actor) => `${actor} ${found[ACTORS.indexOf(actor)]}, in the table ${told[ACTORS.indexOf(actor)]}`).join("; ")}`];
});
