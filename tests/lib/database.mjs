// A fresh, migrated database of its own for a test, without any program.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const embedded = (...args) => execFileSync(join(root, "scripts/embedded-pg"), args,
	{ encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim();

export class Database {
	constructor() {
		this.parent = mkdtempSync("/tmp/genkan-test-pg-");
		chmodSync(this.parent, 0o755);
		this.dir = join(this.parent, "c");
		embedded("new", this.dir, `postgres=${userInfo().username}`);
	}

	conninfo(role = "genkan_owner") {
		return embedded("conninfo", this.dir, role);
	}

	/** What psql prints for ${sql} as ${role}; throws with its message. */
	run(sql, role) {
		try {
			return execFileSync("psql", [this.conninfo(role), "-XAtq", "-v", "ON_ERROR_STOP=1", "-f", "-"],
				{ input: sql, encoding: "utf8", stdio: ["pipe", "pipe", "pipe"], maxBuffer: 64 << 20 }).trim();
		} catch (error) {
			throw new Error(error.stderr.trim());
		}
	}

	/** Everything psql says about a script that may fail here and there. */
	try(sql, role) {
		const done = spawnSync("sh", ["-c", 'exec psql "$1" -XAtq -f - 2>&1', "sh", this.conninfo(role)],
			{ input: sql, encoding: "utf8", maxBuffer: 64 << 20 });
		return done.stdout;
	}

	/** The rows of a query as objects. */
	rows(sql, role) {
		return JSON.parse(this.run(`SELECT coalesce(json_agg(r), '[]') FROM (${sql}) AS r`, role));
	}

	stop() {
		embedded("stop", this.dir);
		rmSync(this.parent, { recursive: true, force: true });
	}
}
