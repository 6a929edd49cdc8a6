// Starts genkan-web alone, with given settings, for tests of what it does with
// bytes.  Tests of the product start everything: ../lib/installation.mjs.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import tls from "node:tls";
import { fileURLToPath } from "node:url";
import { childrenOf } from "../lib/process.mjs";

export const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const binary = process.env.GENKAN_WEB ?? join(root, "build/genkan-web");

/** A port nobody listens on; GENKAN_TEST_PORT gives the first to try. */
let nextPort = Number(process.env.GENKAN_TEST_PORT ?? 21200) + (process.pid % 100) * 100;
export async function freePort() {
	for (;;) {
		const port = nextPort++;
		const free = await new Promise((resolve) => {
			const server = net.createServer();
			server.once("error", () => resolve(false));
			server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
		});
		if (free) return port;
	}
}

/** A key pair and its certificate in ${dir}. */
export function certificate(dir, kind = "ec", name = "localhost") {
	const key = kind === "ec" ? ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"] : ["-newkey", "rsa:2048"];
	execFileSync("openssl", ["req", "-x509", ...key, "-nodes", "-days", "2", "-subj", `/CN=${name}`,
		"-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
		"-keyout", join(dir, "key.pem"), "-out", join(dir, "cert.pem")], { stdio: "ignore" });
}

/** The smallest set of pages that serves the tests. */
function pages(dir) {
	const entries = [];
	const put = (path, name, type, immutable, content) => {
		const file = immutable ? path.slice(1) : `pages/${name}`;
		mkdirSync(dirname(join(dir, file)), { recursive: true });
		writeFileSync(join(dir, file), content);
		entries.push({ path, file, name, type, immutable, listener: "reception", encodings: [] });
	};
	put("/tablet", "tablet.html", "text/html; charset=utf-8", false, "<!doctype html><title>tablet</title>");
	put("/admin/ja/", "admin_ja.html", "text/html; charset=utf-8", false, "<!doctype html><title>admin</title>");
	// Long enough to fill every buffer on the way to a client that reads slowly.
	put("/assets/long-0123456789.txt", "long.txt", "text/plain; charset=utf-8", true, "0123456789abcdef".repeat(640 * 1024));
	writeFileSync(join(dir, "manifest.json"), JSON.stringify(entries));
}

/**
 * A running genkan-web.
 * @param {Record<string, string>} settings without GENKAN_
 * @param {{key?: "ec" | "rsa", assets?: boolean, env?: Record<string, string>, program?: string}} options
 */
export async function startWeb(settings = {}, options = {}) {
	const dir = mkdtempSync(join(tmpdir(), "g-http-"));
	const https = await freePort();
	const http = await freePort();
	for (const name of ["run", "state", "assets"]) mkdirSync(join(dir, name));
	certificate(join(dir, "state"), options.key);
	pages(join(dir, "assets"));
	const env = {
		PATH: process.env.PATH,
		// A process that may not be dumped cannot be searched for leaks.
		ASAN_OPTIONS: "detect_leaks=0:detect_stack_use_after_return=1",
		UBSAN_OPTIONS: "print_stacktrace=1",
		GENKAN_RUN_DIR: join(dir, "run"),
		GENKAN_STATE_DIR: join(dir, "state"),
		GENKAN_ASSETS_DIR: join(dir, "assets"),
		GENKAN_BASE_URL: `https://localhost:${https}`,
		GENKAN_HTTPS_PORT: `${https}`,
		GENKAN_HTTP_PORT: `${http}`,
		GENKAN_WORKERS: "2",
		GENKAN_JOB_THREADS: "4",
		GENKAN_USER: "nobody",
		GENKAN_KEYMGR_USER: "nobody",
		GENKAN_DB: "host=/nonexistent dbname=genkan user=genkan_web",
		GENKAN_KMS_ACCESS_KEY: "genkan-web",
		GENKAN_KMS_SECRET_KEY: "secret",
		...Object.fromEntries(Object.entries(settings).map(([k, v]) => [`GENKAN_${k}`, v])),
		...options.env,
	};
	if (process.getuid?.() === 0) execFileSync("sh", ["-c", `chmod 755 ${dir}; chown -R nobody ${dir}/state ${dir}/run`]);
	let log = "";
	const child = spawn(options.program ?? binary, [], { env, stdio: ["ignore", "pipe", "pipe"] });
	child.stdout.on("data", (d) => { log += d; });
	child.stderr.on("data", (d) => { log += d; });
	const exited = new Promise((resolve) => child.once("exit", (code, signal) => resolve(signal ?? code)));
	const web = {
		dir, https, http, child, exited, env,
		ca: readFileSync(join(dir, "state/cert.pem")),
		log: () => log,
		/** The log's lines as objects; what is no JSON as { raw }. */
		lines: () => log.split("\n").filter(Boolean).map((l) => { try { return JSON.parse(l); } catch { return { raw: l }; } }),
		workers: () => childrenOf(child.pid, "[wrk"),
		keymgr: () => childrenOf(child.pid, "[keymgr")[0],
		stop: async () => {
			child.kill("SIGTERM");
			const how = await Promise.race([exited, sleep(30000).then(() => "hangs")]);
			if (how === "hangs") child.kill("SIGKILL");
			rmSync(dir, { recursive: true, force: true });
			const report = /^.*(?:AddressSanitizer|runtime error|UndefinedBehavior)[\s\S]{0,3000}/m.exec(log);
			if (report) throw new Error(report[0]);
			return how;
		},
	};
	await until(async () => {
		if (child.exitCode !== null) throw new Error(`genkan-web does not start:\n${log}`);
		return (await ask(web, "tls", get("/healthz"))).startsWith("HTTP/1.1 200");
	}, 20000).catch((e) => {
		child.kill("SIGKILL");
		rmSync(dir, { recursive: true, force: true });
		throw new Error(`${e.message}\n${log}`);
	});
	return web;
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until ${what} gives something true; the limit is for hanging. */
export async function until(what, limit = 20000) {
	const end = Date.now() + limit;
	for (;;) {
		let value;
		try { value = await what(); } catch (e) { if (/does not start/.test(e.message)) throw e; }
		if (value) return value;
		if (Date.now() > end) throw new Error(`waited ${limit} ms in vain for ${what}`);
		await sleep(20);
	}
}

/** The two ways in: how a request's bytes reach the same parser. */
export const ways = ["plain", "tls"];

/** A raw connection: .send(bytes), .text so far, .closed, .end(). */
export async function connect(web, way, options = {}) {
	const port = way === "tls" ? web.https : web.http;
	const socket = way === "tls" ?
		tls.connect({ host: "127.0.0.1", port, servername: "localhost", ca: web.ca, checkServerIdentity: () => undefined, ...options }) :
		net.connect({ host: "127.0.0.1", port });
	const c = { socket, text: "", closed: false, error: undefined,
		send: (bytes) => new Promise((resolve) => socket.write(bytes, "latin1", resolve)),
		end: () => socket.destroy() };
	socket.on("data", (d) => { c.text += d.toString("latin1"); });
	socket.on("error", (e) => { c.error = e; });
	socket.on("close", () => { c.closed = true; });
	await new Promise((resolve, reject) => {
		socket.once(way === "tls" ? "secureConnect" : "connect", resolve);
		socket.once("error", reject);
	});
	return c;
}

/** The whole answer to ${bytes}: its head and its body of Content-Length. */
export async function ask(web, way, bytes, limit = 10000) {
	const c = await connect(web, way);
	try {
		await c.send(bytes);
		await answered(c, limit);
		return c.text;
	} finally { c.end(); }
}

/** Waits for one whole answer (or the end) on a connection. */
export async function answered(c, limit = 10000) {
	await until(() => whole(c.text) || c.closed, limit);
	return c.text;
}

function whole(text) {
	const end = text.indexOf("\r\n\r\n");
	if (end < 0) return false;
	const length = /^content-length: (\d+)/im.exec(text.slice(0, end));
	return text.length >= end + 4 + Number(length?.[1] ?? 0);
}

export const status = (text) => Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0);
export const get = (path, headers = "") => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;

/** Does the server still answer others, at once? */
export const alive = async (web) => status(await ask(web, "tls", get("/healthz"), 5000)) === 200;

/**
 * Something that looks like PostgreSQL and never answers, so that a request
 * stays at work until release(): /readyz asks the database.
 */
export async function silentDatabase() {
	const sockets = new Set();
	const server = net.createServer((s) => {
		sockets.add(s);
		s.on("error", () => {});
		s.on("close", () => sockets.delete(s));
	});
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	// A test that failed before it came to stop() must end all the same.
	server.unref();
	const { port } = /** @type {net.AddressInfo} */ (server.address());
	return {
		dsn: `host=127.0.0.1 port=${port} dbname=genkan user=genkan_web sslmode=disable gssencmode=disable`,
		/** How many requests (and listeners) wait for it. */
		waiting: () => sockets.size,
		release: () => { for (const s of sockets) s.destroy(); },
		stop: () => { for (const s of sockets) s.destroy(); server.close(); },
	};
}
