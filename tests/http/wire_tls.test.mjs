// TLS under OpenSSL 3: keys stay with the key manager, certificates change on a
// signal, and a bad pair changes nothing.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import tls from "node:tls";
import { alive, answered, certificate, connect, get, startWeb, status, ask, until } from "./harness.mjs";

for (const key of /** @type {("ec" | "rsa")[]} */ (["ec", "rsa"])) {
	let web;
	test(`0001 0003 ${key} key`, async (t) => {
		web = await startWeb({}, { key });
		try {
			for (const version of /** @type {tls.SecureVersion[]} */ (["TLSv1.2", "TLSv1.3"])) {
				await t.test(`${version} completes its handshake`, async () => {
					const c = await connect(web, "tls", { minVersion: version, maxVersion: version });
					assert.equal(c.socket.getProtocol(), version);
					await c.send(get("/healthz"));
					await until(() => c.text.includes("alive"));
					c.end();
				});
			}
			await t.test("TLS 1.1 is refused", async () => {
				await assert.rejects(connect(web, "tls", { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }));
			});
			await t.test("a cipher without forward secrecy is refused", async () => {
				await assert.rejects(connect(web, "tls", { maxVersion: "TLSv1.2", ciphers: "AES128-GCM-SHA256" }));
			});
			await t.test("no worker has the private key in its memory", () => {
				// Who is not root may not even look.
				if (process.getuid?.() !== 0) return assert.throws(() => readFileSync(`/proc/${web.workers()[0]}/environ`), /EACCES/);
				const pem = readFileSync(join(web.dir, "state/key.pem"), "utf8");
				const secret = privateNumber(pem, key);
				assert.ok(holds(web.keymgr(), secret), "the key manager has it, or this test looks for nothing");
				for (const pid of web.workers()) assert.equal(holds(pid, secret), false, `worker ${pid}`);
			});
			await t.test("many handshakes at once all complete", async () => {
				const all = await Promise.all(Array.from({ length: 60 }, () => ask(web, "tls", get("/healthz"))));
				assert.ok(all.every((text) => status(text) === 200));
			});
		} finally { await web.stop(); }
	});
}

/** The bytes of the secret number, as they stand in memory in either order. */
function privateNumber(pem, kind) {
	const der = execFileSync("openssl", [kind === "ec" ? "ec" : "rsa", "-text", "-noout"], { input: pem, encoding: "utf8", stdio: ["pipe", "pipe", "ignore"] });
	const hex = /(?:priv|privateExponent):\s*((?:\s*[0-9a-f]{2}:?)+)/.exec(der)[1].replace(/[\s:]/g, "");
	const bytes = Buffer.from(hex.replace(/^00/, ""), "hex");
	return [bytes.subarray(0, 32), Buffer.from(bytes).reverse().subarray(0, 32)];
}

function holds(pid, needles) {
	const script = `
import sys
pid, needles = sys.argv[1], [bytes.fromhex(n) for n in sys.argv[2:]]
with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
    for line in maps:
        r = line.split()
        if not r[1].startswith("rw"): continue
        a, b = (int(x, 16) for x in r[0].split("-"))
        if b - a > 1 << 28: continue  # a sanitizer's shadow
        try:
            mem.seek(a); data = mem.read(b - a)
        except OSError: continue
        if any(n in data for n in needles): print("found"); break
`;
	return execFileSync("python3", ["-c", script, `${pid}`, ...needles.map((n) => n.toString("hex"))], { encoding: "utf8" }).includes("found");
}

test("0001 0002 certificates change on a signal, without a restart", async (t) => {
	const web = await startWeb();
	after(() => web.stop());
	const shown = async () => {
		const c = await new Promise((resolve, reject) => {
			const s = tls.connect({ host: "127.0.0.1", port: web.https, rejectUnauthorized: false }, () => resolve(s));
			s.once("error", reject);
		});
		const { subject } = c.getPeerCertificate();
		c.destroy();
		return subject.CN;
	};
	const before = web.workers();

	await t.test("a new pair is shown", async () => {
		certificate(join(web.dir, "state"), "rsa", "second");
		execFileSync("chmod", ["a+r", join(web.dir, "state/key.pem")]);
		web.child.kill("SIGUSR1");
		await until(async () => (await shown()) === "second");
	});
	for (const [what, spoil] of /** @type {[string, () => void][]} */ ([
		["a torn certificate", () => writeFileSync(join(web.dir, "state/cert.pem"), "-----BEGIN CERTIFICATE-----\ntorn")],
		["a key of another certificate", () => {
			const cert = readFileSync(join(web.dir, "state/cert.pem"));
			certificate(join(web.dir, "state"), "ec", "third");
			writeFileSync(join(web.dir, "state/cert.pem"), cert);
		}],
		["no files at all", () => execFileSync("rm", ["-f", join(web.dir, "state/cert.pem"), join(web.dir, "state/key.pem")])],
	]))
		await t.test(`${what} changes nothing`, async () => {
			spoil();
			const said = web.lines().filter((l) => /kept the old/.test(l.what ?? "")).length;
			web.child.kill("SIGUSR1");
			await until(() => web.lines().filter((l) => /kept the old/.test(l.what ?? "")).length > said);
			assert.equal(await shown(), "second");
			assert.equal(web.child.exitCode, null);
		});
	await t.test("nobody was restarted for it", () => assert.deepEqual(web.workers(), before));
	await t.test("a worker born later shows it too", async () => {
		certificate(join(web.dir, "state"), "ec", "fourth");
		execFileSync("chmod", ["a+r", join(web.dir, "state/key.pem")]);
		web.child.kill("SIGUSR1");
		await until(async () => (await shown()) === "fourth");
		process.kill(web.workers()[0], "SIGKILL");
		await until(() => web.workers().length === 2);
		for (let i = 0; i < 10; i++) assert.equal(await shown(), "fourth");
		web.ca = readFileSync(join(web.dir, "state/cert.pem"));
		assert.ok(await alive(web));
	});
});

/**
 * In the place of libssl's: the first record of four bytes cannot be read, for
 * a reason that passes. Of its own accord OpenSSL says this too rarely to wait for.
 */
const LATER = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <unistd.h>
#include <openssl/ssl.h>
static const SSL *told;
static int due;
int SSL_read(SSL *ssl, void *buf, int len)
{
	if (told == NULL && SSL_peek(ssl, buf, len) == 4) {
		told = ssl;
		due = 1;
		return -1;
	}
	return ((int (*)(SSL *, void *, int))dlsym(RTLD_NEXT, "SSL_read"))(ssl, buf, len);
}
int SSL_get_error(const SSL *ssl, int n)
{
	if (!due || ssl != told)
		return ((int (*)(const SSL *, int))dlsym(RTLD_NEXT, "SSL_get_error"))(ssl, n);
	due = 0;
	if (write(2, "read later\\n", 11) != 11)
		return SSL_ERROR_SSL;
	errno = EAGAIN;
	return SSL_ERROR_SYSCALL;
}
`;

test("0027 a read to be tried later while nothing is being sent ends no worker", async () => {
	const dir = mkdtempSync(join(tmpdir(), "g-http-"));
	const later = join(dir, "later.so");
	execFileSync("cc", ["-shared", "-fPIC", "-x", "c", "-o", later, "-"], { input: LATER });
	const web = await startWeb({ WORKERS: "1" }, { env: { LD_PRELOAD: later, ASAN_OPTIONS: "detect_leaks=0:verify_asan_link_order=0" } });
	try {
		const [worker] = web.workers();
		const c = await connect(web, "tls");
		await c.send("GET ");
		await until(() => web.log().includes("read later"));
		await c.send(get("/healthz").slice(4));
		assert.equal(status(await answered(c)), 200);
		c.end();
		assert.deepEqual(web.workers(), [worker]);
	} finally {
		await web.stop();
		rmSync(dir, { recursive: true });
	}
});
