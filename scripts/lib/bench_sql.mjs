// What the programs say to the database for one request, captured from the
// server's own log, to be said again without them: by pgbench or psql.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../tests/lib/installation.mjs";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export class Sql {
	constructor(stage) {
		this.stage = stage;
		this.conninfo = execFileSync(join(root, "scripts/embedded-pg"), ["conninfo", join(stage.house.var, "state/pg"), "genkan_web"],
			{ encoding: "utf8" }).trim();
	}

	/** Log everything while ${work} makes two equal requests; keep the transactions that name a statement so. */
	async capture(mark, work) {
		const { stage } = this;
		const log = (on) => stage.load(["log_statement", "log_parameter_max_length", "log_error_verbosity"].map((name, i) =>
			`ALTER ROLE genkan_web ${on ? `SET ${name} = ${["'all'", "-1", "'default'"][i]}` : `RESET ${name}`};`).join("\n"));
		log(true);
		await stage.house.sv("restart", "web");
		await this.ready();
		const before = stage.house.log("postgres").length;
		await work();
		const text = stage.house.log("postgres").slice(before);
		log(false);
		await stage.house.sv("restart", "web");
		await this.ready();

		/** @type {Map<string, {name: string, sql: string, args: (string | null)[]}[]>} */
		const open = new Map();
		const done = [];
		// A line that starts with a tab goes on from the line before.
		for (const line of text.replace(/\n\t/g, "\u0001").split("\n")) {
			const entry = /UTC \[(\d+)\] (LOG|DETAIL): {2}(.*)$/.exec(line);
			if (!entry) continue;
			const [, pid, kind, said] = entry;
			const list = open.get(pid) ?? [];
			open.set(pid, list);
			const plain = said.replace(/\u0001/g, "\n");
			if (kind === "DETAIL") {
				const args = [];
				for (const [, n, value] of plain.matchAll(/\$(\d+) = (NULL|'(?:[^']|'')*')/g))
					args[Number(n) - 1] = value === "NULL" ? null : value.slice(1, -1).replaceAll("''", "'");
				if (list.length > 0) list.at(-1).args = args;
				continue;
			}
			const statement = /^(?:statement|execute ([^:]+)): ([\s\S]*)$/.exec(plain);
			if (!statement) continue;
			const sql = statement[2].trim().replace(/;$/, "");
			if (/^BEGIN/i.test(sql)) list.length = 0;
			list.push({ name: statement[1] ?? "", sql, args: [] });
			// What follows a COMMIT belongs to it: it is said in the same breath.
			if (/^ROLLBACK/i.test(sql) || statement[1] === "db_notify") {
				if (list.some((s) => s.name.startsWith(mark))) done.push([...list]);
				list.length = 0;
			}
		}
		// The first ones also fetched keys and prepared; later ones do not.
		const shape = (list) => list.map((s) => s.name).join(" ");
		const last = done.filter((list) => list.length === Math.min(...done.map((l) => l.length)));
		[this.one, this.other] = last.filter((list) => shape(list) === shape(last.at(-1))).slice(-2);
		if (!this.other) throw new Error(`the log has ${done.length} transactions with ${mark}, none twice`);
	}

	async ready() {
		for (let i = 0; i < 300; i++) {
			const client = this.stage.house.client({ timeout: 2000 });
			const answer = await client.get("/readyz").catch(() => undefined);
			client.close();
			if (answer?.status === 200) return;
			await new Promise((resolve) => setTimeout(resolve, 100));
		}
		throw new Error("the web server does not answer");
	}

	#literal(value) {
		return value === null ? "NULL" : `'${value.replaceAll("'", "''")}'`;
	}

	/** The transaction with its own values. */
	#said(one) {
		return one.map(({ sql, args }) => `${sql.replace(/\$(\d+)\b/g, (_, n) => this.#literal(args[Number(n) - 1] ?? null))};`).join("\n");
	}

	/** How long the transaction takes in psql, ms. */
	psql() {
		const file = join(this.stage.work, "said.sql");
		writeFileSync(file, `\\timing on\n${this.#said(this.one)}\n`);
		const out = execFileSync("psql", [this.conninfo, "-XqAt", "-v", "ON_ERROR_STOP=1", "-f", file], { encoding: "utf8", maxBuffer: 1 << 28 });
		return [...out.matchAll(/^Time: ([\d.]+) ms/gm)].reduce((sum, [, ms]) => sum + Number(ms), 0);
	}

	/**
	 * Say the transaction again and again with pgbench; transactions per second.
	 * What differed between the two requests is made anew each time: ids and
	 * keys at random; the guest's pass and id from those who are expected.
	 * @param {import("./bench_cost.mjs").Cost} cost of pgbench, without what comes before
	 */
	bench(clients, seconds, cost) {
		const { stage, one, other } = this;
		stage.load(`
			SET client_min_messages = warning;
			DROP TABLE IF EXISTS bench_guest;
			CREATE UNLOGGED TABLE bench_guest AS
			  SELECT row_number() OVER () AS n, g.id, g.pass_hash FROM guest g
			   WHERE g.pass_hash IS NOT NULL AND NOT EXISTS (SELECT FROM visit v WHERE v.guest_id = g.id)
			     AND g.appointment_id IN (SELECT id FROM appointment WHERE office_id = '${stage.office.id}'
			                               AND starts_at < now() + interval '2 hours');
			ALTER TABLE bench_guest ADD PRIMARY KEY (n);
			GRANT SELECT ON bench_guest TO genkan_web;
			ANALYZE bench_guest;`);
		const known = new Set(stage.load("SELECT id FROM guest UNION ALL SELECT pass_hash::text::uuid FROM guest WHERE false").trim().split("\n"));
		const hashes = new Set(stage.load("SELECT pass_hash FROM guest WHERE pass_hash IS NOT NULL").trim().split("\n"));
		const fresh = new Map();
		const lines = [
			"\\set r1 random(0, 281474976710655)", "\\set r2 random(0, 4294967295)",
			"\\set n :n + 1", "\\set i :n * :clients + :client_id",
		];
		if (one.length !== other.length) throw new Error("the two requests said different things");
		one.forEach(({ sql, args }, at) => {
			lines.push(`${sql.replace(/\$(\d+)\b/g, (_, n) => {
				const value = args[Number(n) - 1] ?? null;
				if (value === (other[at].args[Number(n) - 1] ?? null) || value === null) return this.#literal(value);
				if (hashes.has(value)) return "(SELECT pass_hash FROM bench_guest WHERE n = :i::bigint)";
				if (known.has(value)) return "(SELECT id FROM bench_guest WHERE n = :i::bigint)";
				if (!fresh.has(value)) fresh.set(value, fresh.size);
				const k = fresh.get(value);
				if (UUID.test(value)) return `('0000${String(k).padStart(4, "0")}-0000-7000-8000-' || lpad(to_hex(:r1::bigint), 12, '0'))::uuid`;
				// A hash or a key must differ each time; a cell only be as long.
				if (/^\\x[0-9a-f]{64}$/.test(value)) return `decode(lpad(to_hex(:r1::bigint) || to_hex(:r2::bigint), 64, '${k % 10}'), 'hex')`;
				if (/^[A-Za-z0-9_-]{8,64}$/.test(value)) return `('k${k}-' || to_hex(:r1::bigint) || '-' || to_hex(:r2::bigint))`;
				return this.#literal(value);
			}).replace(/\n/g, " ")};`);
		});
		const file = join(stage.work, "checkin.pgbench");
		writeFileSync(file, `${lines.join("\n")}\n`);
		const out = cost.of(() => execFileSync("/usr/lib/postgresql/15/bin/pgbench", ["-n", "-M", "prepared", "-c", String(clients), "-j", "2", "-T", String(seconds),
			"-D", "n=0", "-D", `clients=${clients}`, "-f", file, this.conninfo], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }));
		const failed = /number of failed transactions: (\d+)/.exec(out)?.[1] ?? "0";
		if (failed !== "0") throw new Error(out);
		const made = stage.load("SELECT count(*) FROM visit WHERE guest_id IN (SELECT id FROM bench_guest)").trim();
		const processed = Number(/number of transactions actually processed: (\d+)/.exec(out)[1]);
		if (Number(made) < processed * 0.99) throw new Error(`pgbench made ${made} visits in ${processed} transactions`);
		return Number(/tps = ([\d.]+)/.exec(out)[1]);
	}
}
