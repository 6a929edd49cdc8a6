// The figures of the budgets; see scripts/bench.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { startInstallation, root } from "../../tests/lib/installation.mjs";
import { photograph } from "./camera.mjs";
import { must, newKey } from "./client.mjs";

const seconds = Number(process.env.GENKAN_BENCH_SECONDS ?? 60);
const runs = Number(process.env.GENKAN_BENCH_RUNS ?? 3);
const rows = Number(process.env.GENKAN_BENCH_ROWS ?? 1_000_000);
const pictures = process.env.GENKAN_BENCH_PICTURES ?? "";
const connections = 16;

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const sh = (file, args, options = {}) => execFileSync(file, args, { encoding: "utf8", maxBuffer: 1 << 30, ...options });

const results = [];
/** @param {{name: string, ours: number, unit: string, reference?: number, ratio?: number, goal: string, met: boolean, why?: string}} row */
const put = (row) => {
	results.push(row);
	const n = (x) => x === undefined ? "-" : x >= 100 ? x.toFixed(0) : x.toPrecision(3);
	console.log([row.name, `${n(row.ours)} ${row.unit}`, row.reference === undefined ? "-" : `${n(row.reference)} ${row.unit}`,
		n(row.ratio), row.goal, row.met ? "met" : "short"].join(", "));
	if (row.why) console.log(`#   ${row.why}`);
};

/** What every row may use: one installation, one office, one tablet. */
class Stage {
	async open() {
		this.work = mkdtempSync("/tmp/genkan-bench-");
		chmodSync(this.work, 0o755);
		this.house = await startInstallation({ GENKAN_JOB_THREADS: "8", GENKAN_WORKERS: "2" });
		this.admin = await this.house.admin();
		this.office = must(await this.admin.post("/api/v1/offices", {
			name: "計測", phone: "1", time_zone: this.zone(), opens_at: "00:00", closes_at: "23:59", early_minutes: 1440,
		}), 201).json;
		this.member = must(await this.admin.get("/api/v1/sessions/current"), 200).json.member;
		this.tenant = this.house.psql("SELECT tenant_id FROM tenant_name WHERE name = 'demo'");
		this.tablet = await this.house.tablet(this.admin, this.office.id, "bench");
	}

	/** A zone where it is about noon: no midnight falls into a measurement. */
	zone() {
		const east = 12 - new Date().getUTCHours();
		return east === 0 ? "Etc/GMT" : `Etc/GMT${east > 0 ? "-" : "+"}${Math.abs(east)}`;
	}

	async close() {
		this.admin?.close();
		this.tablet?.close();
		await this.house?.stop();
		rmSync(this.work, { recursive: true, force: true });
	}

	/** psql as the superuser, for loading past the policies. */
	load(sql) {
		const pg = join(this.house.var, "state/pg");
		const sockets = readFileSync(join(pg, "sockets"), "utf8").trim();
		return sh(join(root, "scripts/embedded-pg"), ["as", pg, "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", sockets, "-d", "genkan", "-f", "-"],
			{ input: sql });
	}

	/** Make rows with tests/load/seed.c and copy them in; returns what it printed. */
	seed(kind, count, days) {
		const dir = join(this.work, "seed");
		mkdirSync(dir, { recursive: true });
		chmodSync(dir, 0o777);
		const web = process.getuid() === 0 ? ["chpst", "-u", "genkan:genkan"] : [];
		const printed = sh(join(root, "scripts/genkan-env"), [join(this.house.var, "env/web"), ...web, join(this.work, "bin-seed"),
			kind, dir, this.tenant, this.office.id, this.member.id, String(count), String(days)]);
		const columns = {
			appointment: "tenant_id, id, office_id, title_cell, starts_at, ends_at, created_by",
			appointment_host: "tenant_id, appointment_id, member_id, position",
			guest: "tenant_id, id, appointment_id, position, name_cell, name_hash, company_cell, pass_cell, pass_hash, page_cell, page_hash, state",
			visit: "tenant_id, id, guest_id, appointment_id, office_id, via, checkin_key, day, arrived_at, state, left_at, left_by",
			visit_host: "tenant_id, visit_id, member_id",
		};
		// Triggers and foreign keys would be asked a million times.
		this.load(["SET session_replication_role = replica;", ...Object.entries(columns).map(([table, names]) =>
			`\\copy ${table} (${names}) FROM '${join(dir, `${table}.copy`)}'`), "ANALYZE;"].join("\n"));
		rmSync(dir, { recursive: true });
		return printed.trim().split("\n");
	}

	/** One HTTP request as load.c wants it. */
	raw(method, path, headers, body = Buffer.alloc(0)) {
		const { base, cookies } = this.tablet;
		const head = [`${method} ${path} HTTP/1.1`, `host: ${base.host}`, `origin: ${base.origin}`,
			`cookie: ${[...cookies].map(([n, v]) => `${n}=${v}`).join("; ")}`, "accept: application/json",
			...Object.entries(headers).map(([n, v]) => `${n}: ${v}`), `content-length: ${body.length}`, "", ""].join("\r\n");
		const whole = Buffer.concat([Buffer.from(head), Buffer.from(body)]);
		return Buffer.concat([Buffer.from(`${whole.length}\n`), whole]);
	}

	checkIn(pass) {
		return this.raw("POST", "/api/v1/check-ins", { "content-type": "application/json", "idempotency-key": newKey() },
			Buffer.from(JSON.stringify({ pass })));
	}

	/** Send requests with load.c. */
	drive(requests, rate = 0, time = seconds) {
		const { base } = this.tablet;
		const done = spawnSync(join(root, "build/load/load"), [base.hostname, base.port, join(this.house.var, "cert.pem"),
			String(connections), String(rate), String(time)], { input: Buffer.concat(requests), encoding: "utf8", maxBuffer: 1 << 24 });
		if (done.status !== 0) throw new Error(`load: ${done.stderr}`);
		return JSON.parse(done.stdout);
	}

	/** The tablet's session lasts 15 minutes. */
	async refresh() {
		must(await this.tablet.start(), 201);
	}
}

const stage = new Stage();

/** The sum of the proportional set sizes of every Genkan program, in MB. */
const memory = () => {
	let kb = 0;
	for (const pid of readdirSync("/proc").filter((p) => /^\d+$/.test(p))) {
		try {
			if (!readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith(join(stage.house.var, "state/app/bin")) &&
			    !sh("readlink", [`/proc/${pid}/exe`]).startsWith(join(stage.house.var, "state/app/bin"))) continue;
			kb += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0);
		} catch { /* it has ended, or is a kernel thread */ }
	}
	return kb / 1024;
};

const rowsOf = {
	async memory() {
		await new Promise((resolve) => setTimeout(resolve, 3000));
		const ours = memory();
		put({ name: "memory, all programs idle", ours, unit: "MB", goal: "under 150 MB", met: ours > 0 && ours < 150 });
	},

	async start() {
		// Everything is built; only the web server is started anew.
		const times = [];
		for (let i = 0; i < runs; i++) {
			await stage.house.sv("stop", "web");
			const from = performance.now();
			await stage.house.sv("start", "web");
			for (;;) {
				const client = stage.house.client({ timeout: 1000 });
				const answer = await client.get("/readyz").catch(() => undefined);
				client.close();
				if (answer?.status === 200) break;
			}
			times.push((performance.now() - from) / 1000);
		}
		const ours = median(times);
		put({ name: "start of the web server, built, to first answer", ours, unit: "s", goal: "under 3 s", met: ours < 3 });
	},

	async checkins() {
		const rates = [], references = [], p99 = [];
		// Enough passes for every second of every run at any rate we can hope for.
		const guess = await (async () => {
			await stage.refresh();
			const passes = stage.seed("expected", 4000, 1);
			return stage.drive(passes.map((p) => stage.checkIn(p)), 0, 5).rate;
		})();
		for (let i = 0; i < runs; i++) {
			await stage.refresh();
			const passes = stage.seed("expected", Math.ceil(guess * seconds * 1.5 + 1000), 1);
			const got = stage.drive(passes.map((p) => stage.checkIn(p)));
			if (got.sent !== got.good) throw new Error(`check-ins were refused: ${JSON.stringify(got)}`);
			rates.push(got.rate);
			references.push(stage.reference(stage.seed("expected", Math.ceil(guess * seconds * 2 + 1000), 1)));
		}
		const ours = median(rates), reference = median(references);
		put({ name: "check-ins per second over HTTPS", ours, unit: "/s", reference, ratio: ours / reference,
			goal: "at least 0.8", met: ours / reference >= 0.8 });
		for (let i = 0; i < runs; i++) {
			await stage.refresh();
			const passes = stage.seed("expected", Math.ceil(ours / 2 * seconds), 1);
			const got = stage.drive(passes.map((p) => stage.checkIn(p)), ours / 2);
			if (got.sent !== got.good) throw new Error(`check-ins were refused: ${JSON.stringify(got)}`);
			p99.push(got.p99_ms);
		}
		put({ name: "check-in p99 over HTTPS at half that load", ours: median(p99), unit: "ms", goal: "under 10 ms", met: median(p99) < 10 });
	},

	async frames() {
		await stage.refresh();
		const frame = photograph(sh("qrencode", ["-o", "-", "-l", "Q", "-s", "8", "-m", "4", "https://example.test/not-a-pass"], { encoding: "buffer" }));
		const ours = [], alone = [];
		const path = join(stage.work, "frame.jpg");
		writeFileSync(path, frame);
		for (let i = 0; i < runs; i++) {
			const request = (n) => stage.raw("POST", `/api/v1/scans?frame=${n}`, { "content-type": "image/jpeg", "idempotency-key": newKey() }, frame);
			// One in flight, as a tablet has.
			const client = spawnSync(join(root, "build/load/load"), [stage.tablet.base.hostname, stage.tablet.base.port,
				join(stage.house.var, "cert.pem"), "1", "0", String(Math.min(seconds, 20))],
			{ input: Buffer.concat(Array.from({ length: 2000 }, (_, n) => request(n))), encoding: "utf8" });
			const got = JSON.parse(client.stdout);
			if (got.status["204"] !== got.sent) throw new Error(`frames were refused: ${client.stdout}`);
			ours.push(got.p50_ms);
			alone.push(Number(sh(join(stage.work, "bin-frame"), [join(stage.house.var, "run_dir"), path, "500"])));
		}
		put({ name: "frame to answer", ours: median(ours), unit: "ms", reference: median(alone), ratio: median(ours) / median(alone),
			goal: "at most 1.3", met: median(ours) / median(alone) <= 1.3 });
	},

	async list() {
		stage.seed("booked", rows, 365);
		const from = new Date(Date.now() + 30 * 86400_000).toISOString().slice(0, 10);
		const to = new Date(Date.now() + 60 * 86400_000).toISOString().slice(0, 10);
		const ours = [];
		for (let i = 0; i < 50; i++) {
			const began = performance.now();
			must(await stage.admin.get(`/api/v1/appointments?from=${from}&to=${to}&limit=50`), 200);
			ours.push(performance.now() - began);
		}
		const reference = stage.sameQuery("appointment_list", 50);
		put({ name: `list page of a tenant with ${rows} appointments`, ours: median(ours), unit: "ms", reference,
			ratio: reference && median(ours) / reference, goal: "at most 2, and under 50 ms",
			met: median(ours) < 50 && (!reference || median(ours) / reference <= 2) });
	},
};

export { put, rowsOf, stage };

if (process.argv[2] === "--list") {
	console.log(Object.keys(rowsOf).join("\n"));
	process.exit(0);
}
