// Every statement of sql/query under the database role that runs it: prepared,
// planned, and its privileges looked at (which EXPLAIN does and PREPARE does
// not). Who runs what is said here once more, so that a right too many or too
// few shows.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Database } from "../lib/database.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

/** Who runs a statement beside, or instead of, the web server. */
const RUN_BY = [
	{ role: "genkan_owner", only: true, names: /^migration_/ },
	{ role: "genkan_operator", only: true, names: /^(contract_|tenant_key_(retire|rewrap)$|operator_notice_(publish|address|withdraw|page)|operator_(account|session|log|guess)_)/ },
	{ role: "genkan_operator", only: false, names: /^(tenant_find_name|tenant_show|tenant_key_add|operation_log_add)$/ },
	{ role: "genkan_operator", only: true, names: /^operation_verify_/ },
	{ role: "genkan_operator", only: false, names: /^operation_head_list$/ },
	{ role: "genkan_courier", only: true, names: /^operation_(chain_\w+|head_(add|last)|verify_(page|elsewhere))$/ },
	{ role: "genkan_courier", only: true, names: /^(outbox_(claim|next|deliver|keep|retry|release|refuse|drop|reap|expire)|channel_(worked|failed|gone))$/ },
	{ role: "genkan_courier", only: false, names: /^(outbox_add|outbox_guest_waiting|channel_show|tenant_show|tenant_key_(show|count))$/ },
];

/** The statements as scripts/gen-sql reads them. */
const statements = readdirSync(join(root, "sql/query")).filter((f) => f.endsWith(".sql")).flatMap((file) =>
	readFileSync(join(root, "sql/query", file), "utf8").split(/^-- name: /m).slice(1).map((block) => {
		const [name, ...lines] = block.split("\n");
		const args = /^-- args: (.*)$/m.exec(block);
		return {
			name: name.trim(), file,
			args: args ? args[1].split(",").length : 0,
			text: lines.filter((l) => !l.startsWith("--")).join("\n").trim().replace(/;$/, ""),
		};
	}));

const rolesOf = (name) => {
	const found = RUN_BY.filter((r) => r.names.test(name));
	const roles = found.map((r) => r.role);
	return found.some((r) => r.only) ? roles : ["genkan_web", ...roles];
};

/** Utility statements have no plan and no privileges of their own. */
const isPlanned = (s) => /^(SELECT|INSERT|UPDATE|DELETE|WITH|VALUES)\b/.test(s.text);

/** Of all statements under ${role}, the ones that do not plan, and why. */
const wrong = (role, list) => {
	const script = list.map(({ name, text, args }) => `
\\echo @@${name}
PREPARE ${name} AS ${text};
EXPLAIN (COSTS off) EXECUTE ${name}${args > 0 ? `(${Array(args).fill("NULL").join(", ")})` : ""};`).join("\n");
	const said = db.try(`SELECT set_config('app.tenant_id', '00000000-0000-7000-8000-000000000000', false);\n${script}`, role);
	const errors = [];
	let name = "";
	for (const line of said.split("\n")) {
		if (line.startsWith("@@")) name = line.slice(2);
		else if (/ERROR:/.test(line)) errors.push(`${name}: ${line.replace(/.*ERROR:\s*/, "")}`);
	}
	return errors;
};

let db;
before(() => { db = new Database(); });
after(() => db?.stop());

test("there are statements, each of a name of its own", () => {
	assert.ok(statements.length > 50);
	assert.equal(new Set(statements.map((s) => s.name)).size, statements.length);
});

for (const role of ["genkan_web", "genkan_courier", "genkan_operator", "genkan_owner"])
	test(`what ${role} runs, it may run`, () => {
		const list = statements.filter((s) => rolesOf(s.name).includes(role) && isPlanned(s));
		assert.ok(list.length > 0);
		assert.deepEqual(wrong(role, list), []);
	});

test("the operator may run nothing that touches a person", () => {
	const people = statements.filter((s) => /\b(FROM|INTO|UPDATE|JOIN)\s+(member|guest|visit|appointment|outbox|session|device)\b/.test(s.text));
	assert.ok(people.length > 20);
	const may = people.length - wrong("genkan_operator", people).length;
	assert.equal(may, 0);
});

test("only migrations run what has no plan", () => {
	assert.deepEqual(statements.filter((s) => !isPlanned(s) && !s.name.startsWith("migration_")).map((s) => s.name), []);
});

test("no statement names a tenant itself: the scope does", () => {
	for (const s of statements)
		assert.ok(!/tenant_id\s*=\s*\$\d/.test(s.text), `${s.name} takes the tenant as an argument`);
});
