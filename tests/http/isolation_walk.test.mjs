// Every route, walked with another company's ids: each request is right for its
// owner; sent byte for byte by another company's people, tablet and key, it is
// answered as if nobody had such ids, and not one row of the owner's changes.
import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { must, newKey } from "../../scripts/lib/client.mjs";
import { api } from "../lib/api.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { ask, newWorld, requestOf, REQUESTS } from "../lib/routes.mjs";

let house, theirs, ours, walk, hidden;
before(async () => {
	house = await startInstallation({});
	theirs = await newWorld(house, { roles: ["system_admin"] });
	ours = await newWorld(house);
	const chief = theirs.actors.system_admin;
	walk = [];
	for (const operation of Object.keys(REQUESTS)) {
		const device = JSON.stringify(securityOf(operation)).includes("device");
		const actor = device ? theirs.actors.device : chief;
		const request = await requestOf(theirs, operation, "own office", actor);
		walk.push({ operation, request, owner: request.client ?? actor.client });
	}
	hidden = [theirs.tenant.id, theirs.tenant.tag, theirs.tenant.name, theirs.here.id, theirs.there.id, theirs.chiefId, chief.memberId,
		...walk.flatMap(({ request }) => identifiers(request))];
	// What is under way would change rows by itself, as the house does daily.
	await house.sv("stop", "courier");
});
after(() => house?.stop());

const securityOf = (operation) => {
	const [method, path] = operation.split(" ");
	return api.paths[path][method.toLowerCase()].security ?? [{ session: [] }];
};
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const base32 = (n) => Array.from(randomBytes(n), (byte) => BASE32[byte & 31]).join("");

/** The ids of a request, wherever they stand. */
const identifiers = ({ path, what }) => [...`${path} ${JSON.stringify(what.json ?? {})}`.matchAll(UUID)].map(([id]) => id);

/** The same request with the words of it changed. */
const altered = ({ method, path, what }, change, key = what.key) => ({ method, path: change(path), what: { ...what, key,
	...(what.json && { json: JSON.parse(change(JSON.stringify(what.json))) }),
	...(what.headers && { headers: JSON.parse(change(JSON.stringify(what.headers))) }) } });

/** Without a credential the tag or the name says whose it is: the other's secret under our name. */
const underOurName = (request) => altered(request, (text) =>
	text.replaceAll(theirs.tenant.tag, ours.tenant.tag).replaceAll(theirs.tenant.name, ours.tenant.name));

/** The same with ids and secrets that nobody has. */
const nobodys = (request, tag) => altered(request, (text) => text.replace(UUID, () => randomUUID().replace(/-4/, "-7"))
	.replace(/(?<![a-z0189+])[A-Z2-7]{10,}(?![a-z0189+=])/g, (secret) => (secret.startsWith(tag) ? tag + base32(secret.length - 6) : base32(secret.length)))
	.replace(/"email":"[^"@]+@/, () => `"email":"${base32(8).toLowerCase()}@`), request.what.key && newKey());

/** What an answer says, without the number of the request itself. */
const said = (answer) => {
	const { instance, ...rest } = answer.json ?? {};
	return `${answer.status} ${answer.json ? JSON.stringify(rest) : answer.body}`;
};

/** A digest of each of a company's tables, but for what the house and courier note there whenever they like. */
const digests = (world) => Object.fromEntries(world.tenant.sql(`
	SELECT c.relname || ' ' || (xpath('//d/text()', query_to_xml(format(
	           'SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), %L)) AS d FROM %I t', '', c.relname), false, true, '')))[1]
	  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
	 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relrowsecurity
	   AND c.relname NOT IN ('retention', 'operation_link', 'operation_head') ORDER BY 1`).split("\n").map((line) => line.split(" ")));

test("another company's ids are as unknown as random ones, to every role, to a tablet and to a key; no row changes", async () => {
	const before = digests(theirs), wrong = [];
	assert.ok(Object.keys(before).length > 25);
	for (const { operation, request } of walk) {
		// Codes are counted, whoever's they are.
		if (operation.includes("/sessions/current/")) ours.tenant.sql("DELETE FROM guess WHERE tenant_id = current_setting('app.tenant_id')::uuid");
		const open = securityOf(operation).length === 0;
		const ids = identifiers(request).length > 0;
		for (const [name, { client }] of Object.entries(ours.actors)) {
			if (open && name !== "none") continue;
			if (name === "none" && !open || operation === "DELETE /api/v1/sessions/current") continue;
			const sent = open ? underOurName(request) : request;
			const answer = await ask(client, sent);
			if (answer.status >= 500) wrong.push(`${operation} as ${name}: ${answer}`);
			// Our own log names what we asked for.
			for (const word of operation.startsWith("GET /api/v1/operations") ? [] : hidden)
				if (answer.body.includes(word) && !`${sent.path} ${JSON.stringify(sent.what.json)}`.includes(word)) wrong.push(`${operation} as ${name} shows ${word}`);
			if (!ids && answer.status < 400) continue; // our own, then
			if (answer.status < 400) wrong.push(`${operation} as ${name}: ${answer}`);
			const other = await ask(client, nobodys(sent, ours.tenant.tag));
			if (said(other) !== said(answer)) wrong.push(`${operation} as ${name}: ${said(answer)} but for nobody's ${said(other)}`);
		}
	}
	assert.deepEqual(wrong, []);
	assert.deepEqual(digests(theirs), before);
});

test("a cursor of another company's leads nowhere but into one's own list", async () => {
	const lists = Object.entries(api.paths).filter(([, { get }]) => JSON.stringify(get?.parameters ?? []).includes("parameters/After")).map(([path]) => path);
	assert.ok(lists.length >= 5);
	let cursors = 0;
	for (const path of lists.filter((p) => !p.includes("{"))) {
		const { next } = must(await theirs.chief.get(`${path}?limit=1`), 200).json;
		if (next === null) continue;
		cursors++;
		const answer = await ours.chief.get(`${path}?after=${encodeURIComponent(next)}`);
		assert.ok(answer.status < 500, `${path}: ${answer}`);
		for (const word of hidden) assert.ok(!answer.body.includes(word), `${path} shows ${word}`);
	}
	assert.ok(cursors >= 3);
});

test("each of these requests was right: its owner gets what it asks for", async () => {
	const wrong = [];
	for (const { operation, request, owner } of walk) {
		const answer = await ask(owner, request);
		if (answer.status >= 300 && answer.problem !== (request.problem ?? "") && operation !== "POST /api/v1/sessions/current/totp") wrong.push(`${operation}: ${answer}`);
	}
	assert.deepEqual(wrong, []);
});
