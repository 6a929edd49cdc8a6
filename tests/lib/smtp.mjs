// A real mail server with TLS and AUTH beside a test.
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { readMail } from "../../scripts/lib/camera.mjs";
import { freePort } from "./installation.mjs";

/** Wait until ${look} finds something; the limit is for hanging. */
export const until = async (look, what, seconds = 60) => {
	for (let i = 0; i < seconds * 10; i++) {
		const found = await look();
		if (found) return found;
		await new Promise((done) => setTimeout(done, 100));
	}
	throw new Error(`never: ${what}`);
};

/** @param {{password?: string}} [options] */
export const startSmtp = async ({ password = "correct horse" } = {}) => {
	const dir = mkdtempSync("/tmp/genkan-smtp-");
	chmodSync(dir, 0o755); // courier reads the certificate under a user of its own
	chmodSync(dir, 0o711); // courier has a user of its own, and reads cert.pem
	const [cert, key] = [join(dir, "cert.pem"), join(dir, "key.pem")];
	const port = await freePort();

	execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
		"-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert], { stdio: "ignore" });
	let child;
	const answered = () => new Promise((ready, failed) => {
		child.stdout.once("data", ready);
		child.once("exit", (code) => failed(new Error(`smtp server ended: ${code}`)));
	});
	const start = () => {
		child = spawn("/usr/bin/python3", ["-W", "ignore", new URL("smtp_server.py", import.meta.url).pathname,
			String(port), cert, key, "genkan", password, dir], { stdio: ["pipe", "pipe", "inherit"] });
		return answered();
	};
	const end = async () => {
		const ended = new Promise((done) => child.once("exit", done));
		child.kill();
		await ended;
	};
	await start();
	const all = () => readdirSync(dir).filter((name) => name.endsWith(".eml")).sort().map((name) => {
		const raw = readFileSync(join(dir, name));
		return { raw, at: statSync(join(dir, name)).mtimeMs, envelope: JSON.parse(readFileSync(join(dir, name.replace(".eml", ".json")), "utf8")) };
	});
	return {
		port, dir,
		/** What an installation needs to send through it. */
		settings: {
			GENKAN_MAIL_TRANSPORT: "smtp", GENKAN_MAIL_HOST: "localhost", GENKAN_MAIL_PORT: String(port),
			GENKAN_MAIL_USER: "genkan", GENKAN_MAIL_PASSWORD: password, GENKAN_MAIL_CA: cert,
			GENKAN_MAIL_FROM: "reception@genkan.example", GENKAN_OUTGOING_ALLOW: `127.0.0.1/32:${port}`,
		},
		all,
		/** The next mail to that address, read by Python's MIME reader. */
		mailTo: (address, seconds) => until(() => {
			const found = all().findLast(({ envelope }) => envelope.to.includes(address));
			return found && { ...found, ...readMail(found.raw) };
		}, `a mail to ${address}`, seconds),
		/** Give ${answer} ("550 no") to that recipient, or take them again. */
		refuse: async (address, answer) => {
			const done = answered();
			child.stdin.write(answer ? `refuse ${address} ${answer}\n` : `accept ${address}\n`);
			await done;
		},
		/** Away for a while, and back on the same port with the same mails. */
		pause: end,
		resume: start,
		stop: async () => {
			if (child.exitCode === null && child.signalCode === null) await end();
			if (existsSync(dir)) rmSync(dir, { recursive: true });
		},
	};
};
