// The figures of the budgets; see scripts/bench.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { startInstallation, root } from "../../tests/lib/installation.mjs";
import { asSuperuser, asWeb, seed } from "../../tests/lib/seed.mjs";
import { startSmtp } from "../../tests/lib/smtp.mjs";
import { activeTenant } from "../../tests/lib/tenant.mjs";
import { photograph } from "./camera.mjs";
import { must, newKey } from "./client.mjs";
import { noonZone } from "./noon_zone.mjs";
import { Cost, memoryOf, syncTimes } from "./bench_cost.mjs";
import { Sql } from "./bench_sql.mjs";

const seconds = Number(process.env.GENKAN_BENCH_SECONDS ?? 60);
const runs = Number(process.env.GENKAN_BENCH_RUNS ?? 3);
const rows = Number(process.env.GENKAN_BENCH_ROWS ?? 1_000_000);
const pictures = process.env.GENKAN_BENCH_PICTURES ?? [join(root, "../shared/qr")].find(existsSync) ?? "";
const connections = 16;
const FRAMES = 500;
const ARRIVALS = 300;
const PAGES = 60;
const TOLD = 20;

const total = (list) => list.reduce((sum, x) => sum + x, 0);
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const sh = (file, args, options = {}) => execFileSync(file, args, { encoding: "utf8", maxBuffer: 1 << 30, ...options });

const n = (x) => x === undefined ? "-" : x >= 100 ? x.toFixed(0) : x.toPrecision(3);
const each = (list) => list.map(n).join(", ");

const results = [];
/**
 * A row must say, from what was measured, where its time or memory goes: who reads that it is short wants to know why.
 * @param {{name: string, ours: number, unit: string, reference?: number, ratio?: number, goal: string, met: boolean, measured?: string, why: string[]}} row
 *	measured: how often or long, where it is not as the conditions say
 */
const put = (row) => {
	if (!row.why?.some((line) => line)) throw new Error(`${row.name}: nothing says why`);
	results.push(row);
	console.log([row.name, `${n(row.ours)} ${row.unit}`, row.reference === undefined ? "-" : `${n(row.reference)} ${row.unit}`,
		n(row.ratio), row.goal, row.met ? "met" : "short"].join(", "));
	for (const line of [row.measured && `measured: ${row.measured}`, ...row.why]) if (line) console.log(`#   ${line}`);
};

/** The subject of a mail of ours, whose words are base64. */
const subjectOf = (raw) => Buffer.concat([.../^Subject:(?:.*\r\n[ \t])*.*/m.exec(raw.toString("latin1"))[0].matchAll(/=\?utf-8\?b\?([^?]*)\?=/gi)]
	.map(([, word]) => Buffer.from(word, "base64"))).toString("utf8");

/** What every row may use: one installation, one office, one tablet. */
class Stage {
	async open() {
		this.work = mkdtempSync("/tmp/genkan-bench-");
		chmodSync(this.work, 0o755);
		this.house = await startInstallation({ GENKAN_JOB_THREADS: "8", GENKAN_WORKERS: "2", GENKAN_TENANT_RATE: "0" });
		await this.prepare();
		await this.age();
	}

	async prepare() {
		this.admin = await this.house.admin();
		this.office = must(await this.admin.post("/api/v1/offices", {
			name: "計測", phone: "1", time_zone: noonZone(), opens_at: "00:00", closes_at: "23:59", early_minutes: 1440,
		}), 201).json;
		this.member = must(await this.admin.get("/api/v1/sessions/current"), 200).json.member;
		this.tenant = this.house.psql("SELECT tenant_id FROM tenant_name WHERE name = 'demo'");
		this.tablet = await this.house.tablet(this.admin, this.office.id, "bench");
	}

	async close() {
		this.admin?.close();
		this.tablet?.close();
		await this.house?.stop();
		rmSync(this.work, { recursive: true, force: true });
	}

	/** Nothing yet; see Cost. */
	cost() {
		return new Cost(this.house);
	}

	/** psql as the superuser, for loading past the policies. */
	load(sql) {
		return asSuperuser(this.house, sql);
	}

	/** Run a program of build/load as the web server would run. */
	web(command, options) {
		return asWeb(this.house, this.work, command, options);
	}

	/** Make rows with tests/load/seed.c and copy them in; returns what it printed. */
	seed(kind, count, days) {
		return seed(this.house, this.work, kind, { tenant: this.tenant, office: this.office.id, member: this.member.id, count, days });
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
	drive(requests, rate = 0, time = seconds, sockets = connections) {
		const { base } = this.tablet;
		const done = spawnSync(join(root, "build/load/load"), [base.hostname, base.port, join(this.house.var, "cert.pem"),
			String(sockets), String(rate), String(time)], { input: Buffer.concat(requests), encoding: "utf8", maxBuffer: 1 << 24 });
		if (done.status !== 0) throw new Error(`load: ${done.stderr}`);
		return JSON.parse(done.stdout);
	}

	/** The export's own query by COPY, its cells opened: what must be done at the least. */
	copyCommand(from, to) {
		const query = readFileSync(join(root, "sql/query/visit.sql"), "utf8").split("-- name: visit_export\n")[1].split(";")[0]
			.replace(/^--.*\n/gm, "").replace(/\n LIMIT .*/, "").replace(/\$1::bigint/, "0").replace(/\$2::uuid/, "'00000000-0000-0000-0000-000000000000'::uuid")
			.replace(/\$3::date/g, `'${from}'::date`).replace(/\$4::date/g, `'${to}'::date`).replace(/\$5::uuid/g, `'${this.office.id}'::uuid`)
			.replace(/\$6::text\[\]/, "ARRAY['arrived','met','left','undone']").replace(/\s+/g, " ");
		const conninfo = sh(join(root, "scripts/embedded-pg"), ["conninfo", join(this.house.var, "state/pg"), "genkan_web"]).trim();
		const as = process.getuid() === 0 ? "chpst -u genkan:genkan" : "";
		copyFileSync(join(root, "build/load/unseal"), join(this.work, "unseal"));
		chmodSync(join(this.work, "unseal"), 0o755);
		writeFileSync(join(this.work, "copy.sql"),
			`SET statement_timeout = 0;\nSELECT set_config('app.tenant_id', '${this.tenant}', false) \\g /dev/null\nCOPY (${query}) TO STDOUT;\n`);
		return `set -o pipefail; psql "${conninfo}" -XqAt -v ON_ERROR_STOP=1 -f ${this.work}/copy.sql | ` +
			`${root}/scripts/genkan-env ${this.house.var}/env/web ${as} ${this.work}/unseal ${this.tenant} ` +
			"guest.name_cell:5:18 guest.kana_cell:5:19 guest.company_cell:5:20 appointment.title_cell:6:21 appointment.room_cell:6:22 " +
			`>${this.work}/reference.csv`;
	}

	/** What has run for some minutes has WAL files to use again; a new one is filled with zeros first, and commits wait. */
	async age() {
		for (let i = 0; i < 28; i++) this.load("SELECT pg_logical_emit_message(true, 'age', ''); SELECT pg_switch_wal()");
		while (this.load("SELECT last_archived_wal >= pg_walfile_name(pg_current_wal_lsn() - 16777216) FROM pg_stat_archiver").trim() !== "t")
			await new Promise((resolve) => setTimeout(resolve, 200));
		this.load("CHECKPOINT");
	}

	/** Until nothing waits for a job thread. */
	async quiet() {
		for (let left = 3000; ; left--) {
			const text = String(must(await this.admin.get("/metrics"), 200).body);
			if ([...text.matchAll(/^genkan_jobs_waiting\S* (\d+)/gm)].every(([, n]) => n === "0")) return;
			if (left === 0) throw new Error("the queues do not empty");
			await new Promise((resolve) => setTimeout(resolve, 100));
		}
	}

	/** So many check-ins a second. The first ones do not count: plans are made anew for what was just loaded. */
	async steady(a_second, ready = async () => {}, cost = this.cost()) {
		const first = Math.ceil(a_second * 5);
		const passes = this.seed("expected", first + Math.ceil(a_second * seconds), 1);
		await ready();
		await this.refresh();
		const requests = passes.map((pass) => this.checkIn(pass));
		this.drive(requests.splice(0, first), a_second, 5);
		const got = cost.of(() => this.drive(requests, a_second));
		if (got.sent !== got.good) throw new Error(`check-ins: ${JSON.stringify(got)}`);
		return got;
	}

	/** Until nothing of an earlier load is left to do: whom nobody meets is told to the reception after three minutes. */
	async idle() {
		for (let left = 900; this.load("SELECT count(*) FROM outbox WHERE state IN ('waiting', 'leased')").trim() !== "0"; left--) {
			if (left === 0) throw new Error("the outbox does not empty");
			await new Promise((resolve) => setTimeout(resolve, 1000));
		}
	}

	/**
	 * The tablet's session lasts 15 minutes. The server has closed connections
	 * that were idle while this process waited for another.
	 */
	async refresh() {
		this.admin.close();
		this.tablet.close();
		must(await this.tablet.start(), 201);
	}
}

const stage = new Stage();

const memory = () => total(Object.values(memoryOf(stage.house)));

const rowsOf = {
	async memory() {
		await new Promise((resolve) => setTimeout(resolve, 3000));
		const by = memoryOf(stage.house);
		const ours = total(Object.values(by));
		put({ name: "memory, all programs idle", ours, unit: "MB", goal: "under 150 MB", met: ours > 0 && ours < 150, measured: "once, 3 s after the start",
			why: [Object.entries(by).map(([name, mb]) => `${name} ${n(mb)} MB`).join(", ")] });
	},

	async start() {
		// Everything is built; only the web server is started anew.
		const times = [], cost = stage.cost();
		const start = async () => {
			await stage.house.sv("start", "web");
			for (;;) {
				const client = stage.house.client({ timeout: 1000 });
				const answer = await client.get("/readyz").catch(() => undefined);
				client.close();
				if (answer?.status === 200) break;
			}
		};
		for (let i = 0; i < runs; i++) {
			await stage.house.sv("stop", "web");
			const from = performance.now();
			await cost.of(start);
			times.push((performance.now() - from) / 1000);
		}
		const ours = median(times);
		put({ name: "start of the web server, built, to first answer", ours, unit: "s", goal: "under 3 s", met: ours < 3, measured: `median of ${runs} starts`,
			why: [`${each(times)} s; processor time each: ${cost.each(runs)}`] });
	},

	async checkins() {
		const rates = [], references = [], runsAtHalf = [];
		const cost = stage.cost(), theirs = stage.cost(), half = stage.cost();
		const kept = `8 KiB are on the disk after ${each(syncTimes(join(stage.house.var, "state")))} ms (median, p99) when nothing else is done`;
		await stage.refresh();
		const spare = stage.seed("expected", 4000, 1);
		// What one check-in says to the database, for pgbench to say again.
		const sql = new Sql(stage);
		await sql.capture("checkin_decide", async () => {
			for (const pass of spare.splice(0, 40)) must(await stage.tablet.checkIn({ pass }), 201);
		});
		const guess = stage.drive(spare.map((p) => stage.checkIn(p)), 0, 4).rate;
		for (let i = 0; i < runs; i++) {
			await stage.refresh();
			const passes = stage.seed("expected", Math.ceil(guess * seconds * 3 + 1000), 1);
			const requests = passes.map((p) => stage.checkIn(p));
			const got = cost.of(() => stage.drive(requests));
			if (got.sent !== got.good || got.sent === passes.length) throw new Error(`check-ins: ${JSON.stringify(got)}`);
			rates.push(got.rate);
			stage.seed("expected", Math.ceil(guess * seconds * 3 + 1000), 1);
			references.push(sql.bench(connections, seconds, theirs));
		}
		const ours = median(rates), reference = median(references);
		put({ name: "check-ins per second over HTTPS", ours, unit: "/s", reference, ratio: ours / reference,
			goal: "at least 0.8", met: ours / reference >= 0.8, why: [
				`over HTTPS: ${each(rates)} /s; all processors: ${cost.shares()}; a check-in: ${cost.each(total(rates) * seconds)}`,
				`pgbench: ${each(references)} /s; all processors: ${theirs.shares()}; a transaction: ${theirs.each(total(references) * seconds)}`, kept] });
		for (let i = 0; i < runs; i++) runsAtHalf.push(await stage.steady(ours / 2, () => stage.idle(), half));
		const p99 = median(runsAtHalf.map((got) => got.p99_ms));
		put({ name: "check-in p99 over HTTPS at half that load", ours: p99, unit: "ms", goal: "under 10 ms", met: p99 < 10, why: [
			...runsAtHalf.map((got) => `${n(got.rate)} /s: p50 ${n(got.p50_ms)}, p90 ${n(got.p90_ms)}, p99 ${n(got.p99_ms)}, at most ${n(got.max_ms)} ms`),
			`all processors: ${half.shares()}; a check-in: ${half.each(total(runsAtHalf.map((got) => got.sent)))}`, kept] });
	},

	async storm() {
		const victim = await activeTenant(stage.house);
		const a_second = 50, calm = [], stormy = [], ratios = [], cost = stage.cost();
		let looked = 0;
		const p99 = async (during) => {
			const got = await stage.steady(a_second, undefined, during);
			if (got.good < a_second * seconds * 0.95) throw new Error(`check-ins: ${JSON.stringify(got)}`);
			return got.p99_ms;
		};
		for (let i = 0; i < runs; i++) {
			await stage.quiet();
			calm.push(await p99());
			// Who storms has machines of their own: here theirs is what has to wait, by itself and against other sessions.
			const child = spawn("nice", ["-n", "19", process.execPath, join(root, "tests/load/guess.mjs"), "--storm",
				JSON.stringify({ dir: stage.house.var, name: victim.name })], { stdio: ["ignore", "pipe", "inherit"], detached: true });
			if (existsSync(`/proc/${child.pid}/autogroup`)) writeFileSync(`/proc/${child.pid}/autogroup`, "19");
			let seen = 0;
			createInterface({ input: child.stdout }).on("line", (line) => { seen = Number(line); });
			const more = async (than) => { while (seen <= than) await new Promise((resolve) => setTimeout(resolve, 100)); };
			try {
				await more(20);
				stormy.push(await p99(cost));
				await more(seen);
				looked += seen;
			} finally {
				child.kill();
			}
			ratios.push(stormy.at(-1) / calm.at(-1));
		}
		const ratio = median(ratios);
		put({ name: "check-in p99 of others while 200 wrong passwords are sent at a time", ours: median(stormy), unit: "ms", reference: median(calm), ratio,
			goal: "at most 1.5", met: ratio <= 1.5, measured: `${runs} times ${seconds} s without the storm, then ${seconds} s in it`, why: [
				`ratios ${each(ratios)}; ${a_second} check-ins a second; ${looked} wrong passwords were looked at`, `all processors in the storm: ${cost.shares()}`] });
	},

	async frames() {
		await stage.refresh();
		const frame = photograph(sh("qrencode", ["-o", "-", "-l", "Q", "-s", "8", "-m", "4", "https://example.test/not-a-pass"], { encoding: "buffer" }));
		const ours = [], alone = [], cost = stage.cost(), theirs = stage.cost();
		let sent = 0;
		const path = join(stage.work, "frame.jpg");
		writeFileSync(path, frame);
		const socket = join(sh("cat", [join(stage.house.var, "env/web/GENKAN_RUN_DIR")]).trim(), "decode/decode.sock");
		for (let i = 0; i < runs; i++) {
			// One in flight, as a tablet has.
			const requests = Array.from({ length: FRAMES }, (_, number) => stage.raw("POST", `/api/v1/scans?frame=${number}`,
				{ "content-type": "image/jpeg", "idempotency-key": newKey() }, frame));
			const got = cost.of(() => stage.drive(requests, 0, seconds, 1));
			if (got.status["204"] !== got.sent) throw new Error(`frames: ${JSON.stringify(got)}`);
			ours.push(got.p50_ms);
			sent += got.sent;
			alone.push(Number(theirs.of(() => stage.web(["frame", socket, path, String(FRAMES)]))));
		}
		const ratio = median(ours) / median(alone);
		put({ name: "frame to answer", ours: median(ours), unit: "ms", reference: median(alone), ratio, goal: "at most 1.3", met: ratio <= 1.3,
			measured: `${runs} times ${n(sent / runs)} frames, one after the other`,
			why: [`over HTTPS: ${each(ours)} ms; processor time a frame: ${cost.each(sent)}`, `alone: ${each(alone)} ms; processor time a frame: ${theirs.each(runs * FRAMES)}`] });
	},

	async pictures() {
		if (!pictures) {
			console.log("# pictures of codes: no folder given (GENKAN_BENCH_PICTURES)");
			return;
		}
		// A false read is a figure here, though a failure there.
		const read = (decode) => JSON.parse(spawnSync(join(root, "scripts/qr-bench"), ["--json", "--decode", join(root, "build", decode), pictures],
			{ encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).stdout.split("\n")[0]);
		const got = read("genkan-decode"), zbar = read("load/zbar");
		put({ name: "pictures of codes read", ours: got.read_percent, unit: "%", reference: zbar.read_percent, ratio: got.read_percent / zbar.read_percent,
			goal: "at least 91 %, no false read", met: got.read_percent >= 91 && got.false_reads === 0, measured: `each of ${got.files} pictures once`,
			why: [`${got.read} of ${got.with_code}, ${got.false_reads} false reads; ZBar with its defaults ${zbar.read}, ${zbar.false_reads} false reads`] });
		const spread = (name, x) => `${name}: median ${x.median_ms}, 95 % under ${x.p95_ms}, at most ${x.max_ms} ms`;
		put({ name: "pictures of codes, decoder CPU, mean", ours: got.mean_ms, unit: "ms", reference: zbar.mean_ms, ratio: got.mean_ms / zbar.mean_ms,
			goal: "at most 20 ms", met: got.mean_ms <= 20, measured: `each of ${got.files} pictures once`, why: [spread("ours", got), spread("ZBar with its defaults", zbar)] });
	},

	async mail() {
		const smtp = await startSmtp();
		let house;
		try {
			house = await startInstallation(smtp.settings);
			const main = new Stage();
			Object.assign(main, { house, work: stage.work });
			await main.prepare();
			const passes = main.seed("expected", ARRIVALS, 1);
			const answered = new Map(), cost = main.cost();
			await cost.of(async () => {
				for (const pass of passes) {
					const answer = must(await main.tablet.checkIn({ pass }), 201);
					answered.set(answer.json.guest, Date.now());
					await new Promise((resolve) => setTimeout(resolve, 100));
				}
			});
			// The mail server writes the envelope before it says 250. Other mails go out meanwhile.
			const arrived = () => smtp.all().filter(({ raw }) => subjectOf(raw).includes("到着しました"));
			for (let i = 0; i < 300 && arrived().length < passes.length; i++) await new Promise((resolve) => setTimeout(resolve, 100));
			const times = arrived();
			const arrivals = [...answered.values()].sort((x, y) => x - y);
			const late = times.map(({ at }) => at).sort((x, y) => x - y).map((at, i) => at - arrivals[i]).sort((x, y) => x - y);
			const p99 = late[Math.floor(late.length * 0.99)] ?? NaN;
			put({ name: "arrival to mail accepted by the SMTP server, p99", ours: p99, unit: "ms", goal: "under 1 s",
				met: late.length === passes.length && p99 < 1000, measured: `${ARRIVALS} arrivals, one every 100 ms, once`, why: [
					`${late.length} of ${passes.length} mails, p50 ${n(median(late))} ms, at most ${n(late.at(-1))} ms`, `processor time an arrival: ${cost.each(passes.length)}`] });
			main.admin.close();
			main.tablet.close();
		} finally {
			await house?.stop();
			await smtp.stop();
		}
	},

	async list() {
		stage.seed("booked", rows, 365);
		await stage.refresh();
		const day = (n) => new Date(Date.now() + n * 86400_000).toISOString().slice(0, 10);
		const path = `/api/v1/appointments?from=${day(30)}&to=${day(60)}&limit=50`;
		const sql = new Sql(stage);
		await sql.capture("appointment_", async () => { for (let i = 0; i < 40; i++) must(await stage.admin.get(path), 200); });
		const ours = [], reference = [], cost = stage.cost();
		await cost.of(async () => {
			for (let i = 0; i < PAGES; i++) {
				const began = performance.now();
				must(await stage.admin.get(path), 200);
				ours.push(performance.now() - began);
			}
		});
		for (let i = 0; i < TOLD; i++) reference.push(sql.psql());
		const ratio = median(ours) / median(reference);
		put({ name: `list page of a tenant with ${rows} appointments`, ours: median(ours), unit: "ms", reference: median(reference), ratio,
			goal: "at most 2, and under 50 ms", met: ratio <= 2 && median(ours) < 50, measured: `median of ${PAGES} pages, one after the other, and of ${TOLD} times in psql`, why: [
				`${n(Math.min(...ours))} to ${n(Math.max(...ours))} ms, psql ${n(Math.min(...reference))} to ${n(Math.max(...reference))} ms`,
				`processor time a page: ${cost.each(PAGES)}`] });
	},

	async csv() {
		stage.seed("visited", rows, 365);
		const day = (n) => new Date(Date.now() + n * 86400_000).toISOString().slice(0, 10);
		// One long answer at a time: the web workers' memory must not grow with it.
		const before = memory();
		const times = [], references = [], cost = stage.cost(), theirs = stage.cost();
		let most = 0;
		const watch = setInterval(() => { most = Math.max(most, memory()); }, 500);
		const out = join(stage.work, "out.csv");
		for (let i = 0; i < runs; i++) {
			const began = performance.now();
			await cost.of(() => spawnSyncQuiet("curl", ["-sS", "--cacert", join(stage.house.var, "cert.pem"), "-o", out, "-b",
				[...stage.admin.cookies].map(([n, v]) => `${n}=${v}`).join("; "), "--max-time", "1800", "--noproxy", "*",
				`${stage.house.baseUrl}/api/v1/visits.csv?from=${day(-400)}&to=${day(1)}&office_id=${stage.office.id}`]));
			times.push((performance.now() - began) / 1000);
			const lines = Number(sh("wc", ["-l", out]).split(" ")[0]);
			if (lines < rows) throw new Error(`the CSV has ${lines} lines`);
			const from = performance.now();
			const command = stage.copyCommand(day(-400), day(1));
			await theirs.of(() => spawnSyncQuiet("bash", ["-c", command]));
			references.push((performance.now() - from) / 1000);
		}
		clearInterval(watch);
		const ratio = median(times) / median(references);
		put({ name: `CSV of ${rows} visits`, ours: median(times), unit: "s", reference: median(references), ratio,
			goal: "at most 1.5, memory flat", met: ratio <= 1.5 && most - before < 50, measured: `median of ${runs} whole files`,
			why: [`memory of all programs grew by ${(most - before).toFixed(1)} MB at most`,
				`export: ${each(times)} s; all processors: ${cost.shares()}`, `reference: ${each(references)} s; all processors: ${theirs.shares()}`] });
	},
};

/** Run a command without holding this process up. */
const spawnSyncQuiet = (file, args) => new Promise((resolve, reject) => {
	const child = spawn(file, args, { stdio: ["ignore", "ignore", "inherit"] });
	child.on("error", reject);
	child.on("exit", (code) => code === 0 ? resolve(undefined) : reject(new Error(`${file} failed: ${code}`)));
});

if (process.argv[2] === "--list") {
	console.log(Object.keys(rowsOf).join("\n"));
	process.exit(0);
}
const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(rowsOf);
const conditions = {};
await stage.open();
try {
	const setting = (name) => stage.load(`SHOW ${name}`).trim();
	Object.assign(conditions, { cores: cpus().length, model: cpus()[0].model.trim(), memory_gib: Math.round(totalmem() / 2 ** 30), load: loadavg()[0],
		fsync: setting("fsync"), synchronous_commit: setting("synchronous_commit"), shared_buffers: setting("shared_buffers"), connections, rows, seconds, runs });
	const { model, memory_gib, load, fsync, synchronous_commit, shared_buffers } = conditions;
	console.log(`# ${cpus().length} x ${model}, ${memory_gib} GiB, load ${load.toFixed(1)}`);
	console.log(`# fsync ${fsync}, synchronous_commit ${synchronous_commit}, shared_buffers ${shared_buffers}, ` +
		`${connections} connections, ${rows} rows, ${seconds} s, median of ${runs}`);
	console.log("# name, ours, reference, ratio, goal, met or short");
	for (const name of chosen) {
		if (!rowsOf[name]) throw new Error(`there is no row ${name}`);
		await rowsOf[name]();
	}
} finally {
	// What was measured before something failed is not lost.
	await stage.close().finally(() => writeFileSync(join(root, "build/bench.json"), `${JSON.stringify({ conditions, results }, null, 2)}\n`));
}
