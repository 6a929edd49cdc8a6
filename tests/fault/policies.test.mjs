// Each policy of a running installation's own database is taken away, one at a
// time: the walk of the routes turns red, and green again when it is back; and
// each is opened: another company's rows show.  Which policies there are, the
// catalogue says.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createPolicy, isClosed, openPolicy, POLICIES, TABLES } from "../lib/catalogue.mjs";
import { api } from "../lib/api.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { ask, newWorld, requestOf, REQUESTS } from "../lib/routes.mjs";
import { asSuperuser } from "../lib/seed.mjs";
import { until } from "../lib/smtp.mjs";

/** Of what no request of the walk says anything: its rows are counted, as all are below. */
const UNSEEN = {
	privacy_code: "a guest's forms carry a grant of their page, and have tests of their own",
	reencryption: "no route shows it; web's keeper moves cells by it",
	tenant_key: "web keeps a company's keys for an hour",
};

/** A mail has to go out for it; all who are in the worlds have come by it. */
const MAILED = ["POST /api/v1/activations"];

let house, ours, theirs, all, operations;
before(async () => {
	house = await startInstallation({ GENKAN_TENANT_RATE: "0", GENKAN_LOG_HEAD_SECONDS: "1" });
	const roles = ["reception", "system_admin"];
	[ours, theirs] = [await newWorld(house, { roles }), await newWorld(house, { roles })];
	for (const world of [ours, theirs]) {
		assert.equal((await walked(world, Object.keys(REQUESTS))).wrong, undefined);
		// And of what no request leaves.
		await house.ctl("tenant", "plan", world.tenant.name, "--plan", "x", "--members", "1000000");
		world.tenant.sql(`INSERT INTO recovery_code (tenant_id, member_id, code_hash) SELECT tenant_id, id, '' FROM member;
			INSERT INTO privacy_code (tenant_id, id, guest_id, code_hash, expires_at) SELECT tenant_id, gen_random_uuid(), id, '', now() FROM guest LIMIT 1;
			INSERT INTO reencryption (tenant_id, state, ended_at) SELECT tenant_id, 'done', now() FROM tenant`);
		await until(() => world.tenant.sql("SELECT count(*) FROM operation_head") !== "0", "a head of the log");
	}
	// What becomes of the log by itself says nothing of policies.
	await house.sv("stop", "courier");
	const rows = (query) => JSON.parse(house.psql(`SELECT json_agg(r) FROM (${query}) AS r`));
	all = rows(POLICIES);
	isClosed({ tables: rows(TABLES), policies: all });
	operations = Object.keys(REQUESTS).filter((operation) => !MAILED.includes(operation));
});
after(() => house?.stop());

/** Where an answer says something, each list being as good as one of its items. */
const places = (value, at = "") => {
	if (value === null || value === 0 || value === false || value === "") return [];
	if (typeof value !== "object") return [at];
	return Object.entries(value).flatMap(([name, inner]) => places(inner, `${at}/${Array.isArray(value) ? "*" : name}`));
};

/** What the owner of what an operation is about gets: what is wrong with it, "" if nothing is, and what it says. */
const asked = async (world, operation) => {
	const [method, path] = operation.split(" ");
	const device = JSON.stringify(api.paths[path][method.toLowerCase()].security ?? []).includes("device");
	const actor = device ? world.actors.device : world.actors.system_admin;
	try {
		const request = await requestOf(world, operation, "own office", actor);
		// Guesses are counted, also those of a test.
		if (/totp|recovery|enrolment/.test(operation)) world.tenant.sql("DELETE FROM guess");
		const answer = await ask(request.client ?? actor.client, request);
		const good = answer.status < 300 || answer.problem === request.problem || operation === "POST /api/v1/sessions/current/totp";
		return { wrong: good ? "" : `${answer}`, says: method === "GET" ? places(answer.json ?? {}) : [] };
	} catch (error) {
		return { wrong: error.message, says: [] }; // not even what it is about could be made
	}
};

/** Those whose path names the table, and all others. */
const likely = (table) => {
	const words = table.split("_").map((word) => word.replace(/y$|e?s$/, ""));
	const fits = (operation) => words.filter((word) => operation.includes(word)).length;
	return [operations.filter(fits).sort((a, b) => fits(b) - fits(a)), operations.filter((operation) => !fits(operation))];
};

/** Ask one after the other until something is wrong: what, and what was said until then. */
const walked = async (world, order) => {
	const said = new Map();
	for (const operation of order) {
		const { wrong, says } = await asked(world, operation);
		if (wrong) return { operation, wrong, said };
		said.set(operation, new Set(says));
	}
	return { said };
};

/** What the walk without the policy shows: a request that goes wrong, or an answer that says less. */
const withoutPolicy = async (policy, order) => {
	house.psql(`DROP POLICY ${policy.policy} ON ${policy.table}`);
	const found = await walked(ours, order);
	house.psql(createPolicy(policy));
	if (found.wrong) return found;
	for (const [operation, then] of found.said) {
		if (!operation.startsWith("GET ")) continue;
		const place = (await asked(ours, operation)).says.find((one) => !then.has(one));
		if (place) return { operation, wrong: `no ${place}` };
	}
	return undefined;
};

test("without any one policy the walk is red, and with it green again", async (t) => {
	const unseen = [], left = [];
	for (const policy of all.filter((p) => p.permissive === "PERMISSIVE" && p.roles.join() === "public" && !(p.table in UNSEEN))) {
		const [first, rest] = likely(policy.table);
		const found = await withoutPolicy(policy, first) ?? await withoutPolicy(policy, rest);
		if (!found) {
			unseen.push(policy.name);
			continue;
		}
		t.diagnostic(`${policy.name}: ${found.operation}: ${found.wrong.slice(0, 100)}`);
		const { wrong } = await asked(ours, found.operation);
		if (wrong) left.push(`${policy.name}: ${found.operation}: ${wrong}`);
	}
	assert.deepEqual(left, []);
	assert.deepEqual(unseen, []);
	assert.equal((await walked(ours, operations)).wrong, undefined);
	assert.deepEqual(JSON.parse(house.psql(`SELECT json_agg(r) FROM (${POLICIES}) AS r`)), all);
});

test("without any one policy web sees nothing of its own company; with it open, another's", () => {
	const mine = all.filter((p) => p.permissive === "PERMISSIVE" && p.roles.join() === "public");
	// The owner of the tables looks where web may not.
	const readable = new Set(asSuperuser(house, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND has_any_column_privilege('genkan_web', oid, 'SELECT')").trim().split("\n"));
	const script = mine.flatMap(({ table, ...p }) => {
		const role = readable.has(table) ? "genkan_web" : "genkan_owner";
		const count = (name) => `SET LOCAL ROLE ${role};
			SELECT '${table} ${name} ' || count(*) FILTER (WHERE tenant_id = '${ours.tenant.id}') || ' ' || count(*) FILTER (WHERE tenant_id <> '${ours.tenant.id}') FROM ${table};
			RESET ROLE;`;
		return ["", `DROP POLICY ${p.policy} ON ${table};`, `${openPolicy({ table, ...p })};`].map((change, i) => `BEGIN;
			DO $$ BEGIN PERFORM set_config('app.tenant_id', '${ours.tenant.id}', true); END $$;
			${change}\n${count(["closed", "dropped", "opened"][i])}\nROLLBACK;`);
	});
	const counts = {};
	for (const line of asSuperuser(house, script.join("\n")).trim().split("\n")) {
		const [table, how, own, foreign] = line.split(" ");
		(counts[table] ??= {})[how] = [Number(own), Number(foreign)];
	}
	assert.equal(Object.keys(counts).length, mine.length);
	const empty = [], wrong = [];
	for (const [table, { closed, dropped, opened }] of Object.entries(counts)) {
		if (closed[0] === 0 || opened[1] === 0) empty.push(table);
		if (closed[1] !== 0 || dropped[0] + dropped[1] !== 0 || opened[0] !== closed[0]) wrong.push(`${table}: ${JSON.stringify({ closed, dropped, opened })}`);
	}
	assert.deepEqual(wrong, []);
	assert.deepEqual(empty, [], "a row of each company in each of these is missing from the walk");
});
