// Rows by the thousand, sealed with a tenant's own keys: tests/load/seed.c
// writes them, psql copies them in.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./installation.mjs";

const sh = (command, args, options) => execFileSync(command, args, { encoding: "utf8", maxBuffer: 1 << 30, stdio: ["pipe", "pipe", "inherit"], ...options });

/** psql as the superuser, past the policies; what it printed. */
export const asSuperuser = (house, sql) => {
	const pg = join(house.var, "state/pg");
	const sockets = readFileSync(join(pg, "sockets"), "utf8").trim();
	return sh(join(root, "scripts/embedded-pg"), ["as", pg, "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", sockets, "-d", "genkan", "-f", "-"],
		{ input: sql });
};

/** Run a program of build/load as the web server would run; work is a directory for it. */
export const asWeb = (house, work, [name, ...args], options) => {
	const bin = join(work, "bin");
	mkdirSync(bin, { recursive: true });
	copyFileSync(join(root, "build/load", name), join(bin, name));
	chmodSync(join(bin, name), 0o755);
	const as = process.getuid() === 0 ? ["chpst", "-u", "genkan:genkan"] : [];
	return sh(join(root, "scripts/genkan-env"), [join(house.var, "env/web"), ...as, join(bin, name), ...args], options);
};

/** Make rows of a kind (see seed.c) and copy them in; the lines it printed. */
export const seed = (house, work, kind, { tenant, office, member, count, days }) => {
	const dir = join(work, "seed");
	mkdirSync(dir, { recursive: true });
	chmodSync(dir, 0o777);
	const printed = asWeb(house, work, ["seed", kind, dir, tenant, office, member, String(count), String(days)]);
	const columns = {
		appointment: "tenant_id, id, office_id, title_cell, starts_at, ends_at, created_by",
		appointment_host: "tenant_id, appointment_id, member_id, position",
		guest: "tenant_id, id, appointment_id, position, name_cell, name_hash, company_cell, pass_cell, pass_hash, page_cell, page_hash, state",
		visit: "tenant_id, id, guest_id, appointment_id, office_id, via, checkin_key, day, arrived_at, state, left_at, left_by",
		visit_host: "tenant_id, visit_id, member_id",
	};
	// Triggers and foreign keys would be asked a million times.
	asSuperuser(house, ["SET session_replication_role = replica;", ...Object.entries(columns).map(([table, names]) =>
		`\\copy ${table} (${names}) FROM '${join(dir, `${table}.copy`)}'`), "ANALYZE;"].join("\n"));
	rmSync(dir, { recursive: true });
	return printed.trim().split("\n");
};
