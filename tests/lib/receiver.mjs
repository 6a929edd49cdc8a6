// A real HTTPS receiver of webhooks and chats beside a test, with an authority
// of its own; each path answers as it is told to.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";

const openssl = (dir, ...words) => execFileSync("openssl", words, { cwd: dir, stdio: "ignore" });

/** Keys and certificates in ${dir}: ca.pem, localhost.pem and, by nobody known, stranger.pem. */
const certificates = (dir) => {
	const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
	openssl(dir, "req", "-x509", ...key, "-days", "2", "-subj", "/CN=test authority", "-keyout", "ca.key", "-out", "ca.pem");
	openssl(dir, "req", ...key, "-subj", "/CN=localhost", "-keyout", "localhost.key", "-out", "localhost.csr",
		"-addext", "subjectAltName=DNS:localhost");
	openssl(dir, "x509", "-req", "-in", "localhost.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
		"-copy_extensions", "copy", "-out", "localhost.pem");
	openssl(dir, "req", "-x509", ...key, "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
		"-keyout", "stranger.key", "-out", "stranger.pem");
};

const listen = (server) => new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));

/** @param {{ways?: Record<string, (req: any, res: any, body: string) => void>}} [options] by path; else 200 */
export const startReceiver = async ({ ways = {} } = {}) => {
	const dir = mkdtempSync("/tmp/genkan-receiver-");
	chmodSync(dir, 0o711); // courier has a user of its own, and reads ca.pem
	certificates(dir);
	const requests = [];
	const answer = (port) => (req, res) => {
		const parts = [];
		req.on("data", (part) => parts.push(part));
		req.on("error", () => {});
		req.on("end", () => {
			const body = Buffer.concat(parts).toString("utf8");
			requests.push({ port, path: req.url, method: req.method, headers: req.headers, body });
			(ways[req.url] ?? ((_req, r) => r.end("ok")))(req, res, body);
		});
	};
	const pair = (name) => ({ key: readFileSync(join(dir, `${name}.key`)), cert: readFileSync(join(dir, `${name}.pem`)) });
	const servers = { known: createServer(pair("localhost"), answer("known")), hidden: createServer(pair("localhost"), answer("hidden")),
		stranger: createServer(pair("stranger"), answer("stranger")) };
	const connections = { known: 0, hidden: 0, stranger: 0 };
	const ports = {};
	for (const [name, server] of Object.entries(servers)) {
		server.on("connection", () => connections[name]++);
		ports[name] = await listen(server);
	}
	return {
		ways, requests, connections,
		url: (path, name = "known", host = "localhost") => `https://${host}:${ports[name]}${path}`,
		/** What an installation needs to reach it: "hidden" is on a port that is not allowed. */
		settings: {
			GENKAN_OUTGOING_CA: join(dir, "ca.pem"),
			GENKAN_OUTGOING_ALLOW: `127.0.0.1/32:${ports.known},127.0.0.1/32:${ports.stranger}`,
		},
		to: (path) => requests.filter((r) => r.path === path),
		stop: async () => {
			for (const server of Object.values(servers)) {
				server.closeAllConnections();
				await new Promise((done) => server.close(done));
			}
			rmSync(dir, { recursive: true });
		},
	};
};
