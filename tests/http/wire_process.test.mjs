// Starting, stopping, dying: one test for each of Kore's defects about
// processes that src/web/kore/ mends.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { alive, answered, binary, connect, get, silentDatabase, sleep, startWeb, status, until } from "./harness.mjs";

const exists = (pid) => { try { process.kill(pid, 0); return !/^\S+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8")); } catch { return false; } };

async function with_web(settings, run, options) {
	const database = await silentDatabase();
	const web = await startWeb({ DB: database.dsn, ...settings }, options);
	try {
		await run(web, database);
	} finally {
		database.stop();
		if (web.child.exitCode === null && web.child.signalCode === null) await web.stop();
	}
}

/** Requests that wait for the database, on as many connections. */
async function atWork(web, database, n) {
	const waiting = database.waiting();
	const all = [];
	for (let i = 0; i < n; i++) {
		const c = await connect(web, "tls");
		await c.send(get("/readyz"));
		all.push(c);
	}
	await until(() => database.waiting() >= waiting + n);
	return all;
}

test("0020 a stop refuses new clients and answers those who wait", () => with_web({}, async (web, database) => {
	const waiting = await atWork(web, database, 3);
	const idle = await connect(web, "tls");
	const half = await connect(web, "tls");
	await half.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n");
	await sleep(100);
	web.child.kill("SIGTERM");
	await until(() => idle.closed);
	await until(async () => {
		try {
			const c = await connect(web, "tls");
			c.end();
			return false;
		} catch (e) { return e.code === "ECONNREFUSED"; }
	});
	await half.send("\r\n");
	assert.equal(status(await answered(half)), 200);
	assert.ok(waiting.every((c) => !c.closed && c.text === ""));
	database.release();
	for (const c of waiting) {
		assert.equal(status(await answered(c)), 503);
		assert.match(c.text, /^connection: close/m);
	}
	assert.equal(await web.exited, 0);
}));

test("0020 a stop lets a long answer end", () => with_web({}, async (web) => {
	const c = await connect(web, "tls");
	c.socket.pause();
	await c.send(get("/assets/long-0123456789.txt"));
	await until(() => c.socket.readableLength > 0);
	web.child.kill("SIGTERM");
	await until(() => web.log().includes("drain"));
	await sleep(500);
	c.socket.resume();
	await until(() => c.closed);
	assert.ok(c.text.length > 640 * 1024 * 16, `${c.text.length}`);
	assert.equal(await web.exited, 0);
}));

test("0019 a stop is not forgotten over a child that ends or a reload", () => with_web({}, async (web) => {
	const [first] = web.workers();
	process.kill(web.child.pid, "SIGSTOP");
	process.kill(web.child.pid, "SIGTERM");
	process.kill(first, "SIGKILL");
	process.kill(web.child.pid, "SIGUSR1");
	process.kill(web.child.pid, "SIGCONT");
	assert.equal(await Promise.race([web.exited, sleep(28000).then(() => "still there")]), 0);
}));

test("0021 a stop ends though a worker hangs", () => with_web({}, async (web) => {
	for (const pid of web.workers()) process.kill(pid, "SIGSTOP");
	web.child.kill("SIGTERM");
	assert.equal(await Promise.race([web.exited, sleep(28000).then(() => "still there")]), 0);
}));

test("0022 messages reach a worker born later once, and nobody dies of those to the dead", () => with_web({ WORKERS: "3" }, async (web) => {
	const parent = web.child.pid;
	for (let i = 0; i < 4; i++) {
		const dying = web.workers()[0];
		process.kill(dying, "SIGKILL");
		await until(() => web.workers().length === 3 && !web.workers().includes(dying));
		await until(() => alive(web));
	}
	// A reload sends each worker its certificate: as many copies as servers.
	const many = [];
	for (let i = 0; i < 30; i++) many.push(alive(web));
	assert.ok((await Promise.all(many)).every(Boolean));
	web.child.kill("SIGUSR1");
	await until(() => web.lines().filter((l) => /loading certificates/.test(l.what ?? "")).length >= 2);
	for (let i = 0; i < 20; i++) assert.ok(await alive(web));
	assert.equal(web.child.pid, parent);
	assert.equal(web.child.exitCode, null);
	assert.equal(web.workers().length, 3);
}));

test("0023 no worker outlives its parent, and the ports are free at once", () => with_web({}, async (web) => {
	const all = [...web.workers(), web.keymgr()];
	web.child.kill("SIGKILL");
	await until(() => all.every((pid) => !exists(pid)));
	await until(async () => {
		try {
			(await connect(web, "plain")).end();
			return false;
		} catch (e) { return e.code === "ECONNREFUSED"; }
	});
}));

test("0024 no system call of the C library is forbidden: traced, there is no violation", () => with_web({ SECCOMP_TRACE: "yes", DB: "host=localhost port=1 dbname=genkan user=genkan_web connect_timeout=2" }, async (web) => {
	for (const path of ["/healthz", "/readyz", "/metrics", "/tablet", "/admin/ja/", "/nothing", "/assets/long-0123456789.txt"]) {
		const c = await connect(web, "tls");
		await c.send(get(path));
		await answered(c, 30000);
		c.end();
	}
	assert.match(web.log(), /seccomp tracing enabled/);
	assert.deepEqual(web.lines().filter((l) => /violation/.test(l.what ?? "")).map((l) => l.what), []);
}));

test("0025 0026 a worker that a violation ends is replaced, ever later if that goes on", () => with_web({ WORKERS: "1" }, async (web) => {
	const [pid] = web.workers();
	// Forbidden for us, and made by another thread than the first: "chmod".
	violate(pid);
	await until(() => web.lines().some((l) => /sandbox violation/.test(l.what ?? "")));
	await until(async () => (await alive(web)) && web.workers()[0] !== pid);
	// Ten deaths in a row: 100 + 200 + ... ms, so never a storm.
	const started = Date.now();
	for (let i = 0; i < 5; i++) {
		const dying = await until(() => web.workers()[0]);
		process.kill(dying, "SIGKILL");
		await until(() => web.workers().length === 1 && web.workers()[0] !== dying);
	}
	const restarts = () => web.lines().filter((l) => /^restarting worker/.test(l.what ?? "")).length;
	await until(() => restarts() >= 6);
	assert.equal(restarts(), 6);
	assert.ok(Date.now() - started >= 200 + 400 + 800 + 1600 + 3200, `${Date.now() - started} ms`);
	await until(() => alive(web));
}));

/** Makes a job thread of ${pid} call chmod(2), through the debugger. */
function violate(pid) {
	const tids = execFileSync("ls", [`/proc/${pid}/task`], { encoding: "utf8" }).trim().split("\n").map(Number).filter((t) => t !== pid);
	execFileSync("python3", ["-c", `
import ctypes, os, struct, sys
tid = int(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long
assert libc.ptrace(16, tid, None, None) == 0, os.strerror(ctypes.get_errno())  # ATTACH
os.waitpid(tid, 0x40000000)                                                  # __WALL
regs = ctypes.create_string_buffer(27 * 8)
assert libc.ptrace(12, tid, None, regs) == 0                                 # GETREGS
r = list(struct.unpack("27Q", regs.raw))
rip, text = r[16], None
# A "syscall" instruction: the thread waits in one, two bytes back.
r[16] = rip - 2; r[10] = 90; r[15] = 2**64 - 1                               # chmod
regs = ctypes.create_string_buffer(struct.pack("27Q", *r))
assert libc.ptrace(13, tid, None, regs) == 0                                 # SETREGS
libc.ptrace(17, tid, None, None)                                             # DETACH
`, `${tids[0]}`]);
}

test("a setting that Kore's configuration cannot hold refuses the start", async () => {
	await assert.rejects(startWeb({ STATE_DIR: "/tmp/with space" }), /cannot stand in Kore's configuration/);
	await assert.rejects(startWeb({ BASE_URL: "http://localhost" }), /must begin with https/);
	await assert.rejects(startWeb({ WORKERS: "0" }), /GENKAN_WORKERS/);
	await assert.rejects(startWeb({ ASSETS_DIR: "/nonexistent" }), /no built pages/);
});

// The template is ours and compiled in, so each fault is written over a copy of the program.
for (const [what, right, wrong, said] of [
	["a directive it does not know", "http_server_version genkan\n", "http_server_versiom genkan\n", /line \d+ of the configuration: unknown: http_server_versiom/],
	["a line without a value", "http_hsts_enable 0\n", "http_hsts_enable_0\n", /line \d+ of the configuration: no value: http_hsts_enable_0/],
	["a block that stays open", "web_redirect\n?HTTP_PORT }\n", "web_redirect\n?HTTP_PORT #\n", /the configuration ends inside a block/],
])
	test(`0029 ${what} refuses the start`, async () => {
		const dir = mkdtempSync(join(tmpdir(), "g-http-"));
		try {
			const program = join(dir, "genkan-web"), bytes = readFileSync(binary);
			const at = bytes.indexOf(right);
			assert.ok(at > 0 && bytes.indexOf(right, at + 1) < 0, "the template has it, once");
			bytes.write(wrong, at);
			writeFileSync(program, bytes, { mode: 0o755 });
			const started = await startWeb({}, { program }).then((web) => web.stop().then(() => "it starts"), (error) => error.message);
			assert.match(started, said);
		} finally { rmSync(dir, { recursive: true }); }
	});

test("0030 every line of the log is one JSON object", () => with_web({}, async (web) => {
	assert.ok(await alive(web));
	process.kill(web.workers()[0], "SIGKILL");
	await until(() => web.lines().some((l) => /^restarting worker/.test(l.what ?? "")));
	assert.deepEqual(web.lines().filter((l) => l.raw !== undefined), []);
	assert.ok(web.lines().every((l) => l.program === "web" && l.at && l.level));
}));

test("0028 the environment and the arguments stay as they were", () => with_web({}, async (web) => {
	for (const pid of [...web.workers(), web.keymgr()]) {
		assert.match(readFileSync(`/proc/${pid}/cmdline`, "latin1"), /genkan-web\0$/);
		if (process.getuid?.() === 0) assert.match(readFileSync(`/proc/${pid}/environ`, "latin1"), /GENKAN_RUN_DIR=/);
		else assert.throws(() => readFileSync(`/proc/${pid}/environ`), /EACCES/);
	}
}));

test("workers and key manager are not root, are confined, and cannot gain rights", () => with_web({}, async (web) => {
	for (const pid of [...web.workers(), web.keymgr()]) {
		const said = readFileSync(`/proc/${pid}/status`, "utf8");
		assert.match(said, /^Seccomp:\t2$/m);
		assert.match(said, /^NoNewPrivs:\t1$/m);
		// Without root there is nobody else to become.
		if (process.getuid?.() === 0) assert.doesNotMatch(said, /^Uid:\t0\t/m);
		assert.match(said, /^CapEff:\t0+$/m);
	}
}));
