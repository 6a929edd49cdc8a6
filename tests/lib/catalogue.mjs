// What the database's catalogue must say of tables and policies.  A table or
// policy that is not closed must be named here, with the reason.
import assert from "node:assert/strict";

/** Tables without a tenant of their own. */
export const OPEN_TABLES = {
	public_notice: "what the operator tells everybody, the status page too; nothing of a tenant",
	schema_migration: "which migrations were applied; nothing of a tenant",
	operation_mark: "how far the chain of all logs has been read: one number",
	tenant_name: "public short name and tag, looked up before a tenant is known",
};
/** The operator's own, which no other role has a right to. */
export const OPERATORS_TABLES = Object.fromEntries(["operator", "operator_guess", "operator_kept", "operator_log", "operator_recovery_code", "operator_session"]
	.map((table) => [table, "whoever runs the installation; nothing of a tenant but its id"]));
Object.assign(OPEN_TABLES, OPERATORS_TABLES);
/** Policies by which the operator sees all tenants' rows at once, and changes none. */
export const OPERATORS_LISTS = ["contract.operator_list", "tenant.operator_list", "tenant_notice.operator_list"];
/** Policies beside tenant_only. */
export const OPEN_POLICIES = {
	"operation.courier_chain": "courier links what is new in every tenant; a row is ids and a cell it cannot open",
	"operation_head.courier_chain": "courier sees in which tenant an hour has passed; hashes only",
	"operation_link.courier_chain": "courier goes on where each tenant's chain ends; hashes only",
	"operation_link.courier_link": "and appends to it",
	"outbox.courier_claim": "courier finds what is due in every tenant; the payload is a cell",
};
/** Policies that take away more than tenant_only does. */
export const NARROWER = {
	"network_rule.operator_clears": "the operator empties a rule by which a company has locked itself out, and writes none",
	"activation.operator_first": "the operator hands out a tenant's first activation, and no second one later",
	"activation.operator_first_only": "the operator ends invitations of a first administrator that nobody has used, and changes no other",
	"tenant_key.replaced_only": "web deletes only keys that were replaced, of the uses whose cells can all be moved",
	...Object.fromEntries(["appointment", "guest", "outbox", "visit"].map((table) =>
		[`${table}.retention_only`, "web deletes only what is older than the shortest period one can choose"])),
};
/** Policies that replace tenant_only for one role. */
const ROLE_TABLES = ["tenant", "tenant_name"];
const TENANT_ONLY = "(tenant_id = (current_setting('app.tenant_id'::text))::uuid)";

export const TABLES = `
	SELECT c.oid::int, c.relname AS name, c.relkind AS kind, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
	       EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND a.attnotnull) AS has_tenant
	  FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')`;
export const POLICIES = `
	SELECT tablename AS table, policyname AS policy, tablename || '.' || policyname AS name, permissive, roles, cmd, qual, with_check
	  FROM pg_policies WHERE schemaname = 'public' ORDER BY 1, 2`;

/** Every table of a tenant has forced row-level security. */
export const tablesAreClosed = (tables) => {
	assert.ok(tables.length > 20);
	for (const t of tables) {
		assert.ok(["r", "p"].includes(t.kind), `${t.name} is a view or foreign table: name it here and say why it is safe`);
		if (t.name in OPEN_TABLES) continue;
		assert.ok(t.has_tenant, `${t.name} has no tenant_id`);
		assert.ok(t.enabled && t.forced, `${t.name} is not closed`);
	}
};

/** Every policy compares the tenant and nothing else, and every table has one. */
export const policiesCompareTheTenant = (tables, policies) => {
	const closed = new Set();
	for (const p of policies) {
		if (p.name in OPEN_POLICIES) {
			assert.deepEqual(p.roles, ["genkan_courier"], p.name);
			continue;
		}
		if (OPERATORS_LISTS.includes(p.name)) {
			assert.deepEqual([p.roles.join(), p.cmd, p.permissive, p.qual], ["genkan_operator", "SELECT", "PERMISSIVE", "true"], p.name);
			continue;
		}
		if (p.name in NARROWER) {
			assert.equal(p.permissive, "RESTRICTIVE", p.name);
			assert.notDeepEqual([p.qual ?? "true", p.with_check ?? "true"], ["true", "true"], `${p.name} restricts nothing`);
			continue;
		}
		if (ROLE_TABLES.includes(p.table) && p.roles.join() === "genkan_operator") continue;
		assert.equal(p.qual, TENANT_ONLY, p.name);
		assert.ok(p.with_check === null || p.with_check === TENANT_ONLY, p.name);
		closed.add(p.table);
	}
	for (const t of tables) if (!(t.name in OPEN_TABLES)) assert.ok(closed.has(t.name), `${t.name} has no policy`);
	for (const name of [...Object.keys(OPEN_POLICIES), ...Object.keys(NARROWER), ...OPERATORS_LISTS]) assert.ok(policies.some((p) => p.name === name), `${name} is gone`);
};

/** All that is to be held of the two. */
export const isClosed = ({ tables, policies }) => {
	tablesAreClosed(tables);
	policiesCompareTheTenant(tables, policies);
};

/** The statement that makes a policy as the catalogue shows it. */
export const createPolicy = (p) => `CREATE POLICY ${p.policy} ON ${p.table} AS ${p.permissive} FOR ${p.cmd} TO ${p.roles.join(", ")}` +
	`${p.qual === null ? "" : ` USING (${p.qual})`}${p.with_check === null ? "" : ` WITH CHECK (${p.with_check})`}`;

/** And one that lets it pass everything, for everybody. */
export const openPolicy = (p) => `ALTER POLICY ${p.policy} ON ${p.table} TO public` +
	`${p.qual === null ? "" : " USING (true)"}${p.with_check === null ? "" : " WITH CHECK (true)"}`;

/**
 * What the catalogue says after each of the changes, of which none lasts:
 * ${run} is handed a script for psql and returns what that prints.
 */
export const catalogueAfter = (run, changes) => {
	const json = (query) => `SELECT coalesce(jsonb_agg(r), '[]') FROM (${query}) AS r;`;
	const lines = run(changes.map((change) => `BEGIN;\n${change};\n${json(TABLES)}\n${json(POLICIES)}\nROLLBACK;`).join("\n"))
		.split("\n").filter((line) => line.startsWith("[")).map((line) => JSON.parse(line));
	assert.equal(lines.length, 2 * changes.length);
	return changes.map((change, i) => ({ change, tables: lines[2 * i], policies: lines[2 * i + 1] }));
};
