// A whole Genkan for a test: real programs, real database, real key service,
// started by scripts/run in a directory of its own.
import { execFile, execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Client, must } from "../../scripts/lib/client.mjs";
import { newTablet } from "../../scripts/lib/tablet.mjs";

const { compareAnswers } = await import("./api.mjs").catch((error) => {
	throw error.code === "ERR_MODULE_NOT_FOUND" ? new Error(`run "npm --prefix tests ci" first (${error.message})`) : error;
});
compareAnswers(Client);

export const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const run = promisify(execFile);

/** A TCP port nobody listens on now. */
export const freePort = () => new Promise((resolve, reject) => {
	const server = createServer();
	server.on("error", reject);
	server.listen(0, "127.0.0.1", () => {
		const { port } = server.address();
		server.close(() => resolve(port));
	});
});

/**
 * Start an installation. GENKAN_TEST_VAR names a running one to use instead
 * (when no settings are asked for); that one is not stopped.
 * @param {Record<string, string>} [settings] GENKAN_* for scripts/run
 */
export const startInstallation = async (settings) => {
	if (!settings && process.env.GENKAN_TEST_VAR) return new Installation(process.env.GENKAN_TEST_VAR, true);
	const dir = mkdtempSync("/tmp/genkan-test-");
	chmodSync(dir, 0o755);
	const env = { PATH: process.env.PATH, HOME: process.env.HOME, GENKAN_VAR: join(dir, "var"), ...settings };
	env.GENKAN_HTTPS_PORT ??= String(await freePort());
	env.GENKAN_OPERATOR_PORT ??= String(await freePort());
	if (process.env.GENKAN_TEST_BUILD) env.GENKAN_TEST_BUILD = process.env.GENKAN_TEST_BUILD;
	try {
		// scripts/run leaves daemons behind: their output must not hold ours open.
		await new Promise((resolve, reject) => {
			const child = spawn(join(root, "scripts/run"), ["--detach"], { env, stdio: ["ignore", "ignore", "pipe"] });
			let said = "";
			child.stderr.on("data", (part) => { said += part; });
			child.on("error", reject);
			child.on("exit", (code) => {
				child.stderr.destroy();
				if (code === 0) resolve(undefined);
				else reject(new Error(`scripts/run failed (${code}):\n${said}`));
			});
		});
	} catch (error) {
		rmSync(dir, { recursive: true, force: true });
		throw error;
	}
	return new Installation(env.GENKAN_VAR, false, env);
};

export class Installation {
	/** Of a restored one, whose demonstration tenant is another's, demo.json is missing. */
	constructor(dir, borrowed, env = { PATH: process.env.PATH, GENKAN_VAR: dir }) {
		this.var = dir;
		this.borrowed = borrowed;
		this.env = env;
		this.demo = existsSync(join(dir, "demo.json")) ? JSON.parse(readFileSync(join(dir, "demo.json"), "utf8")) : undefined;
		this.baseUrl = this.demo?.base_url ?? `https://localhost:${env.GENKAN_HTTPS_PORT}`;
		this.port = Number(new URL(this.baseUrl).port || 443);
		this.ca = readFileSync(join(dir, "cert.pem"));
	}

	/** Where the operator's own listener is. */
	get operatorUrl() {
		const read = (name) => readFileSync(join(this.var, "env/operator", name), "utf8").trim();
		return read("GENKAN_OPERATOR_URL");
	}

	client(options) {
		return new Client(this.baseUrl, { ca: this.ca, address: "127.0.0.1", ...options });
	}

	/** A client signed in as the demonstration's administrator. */
	async admin(options) {
		const client = this.client(options);
		await client.signIn(this.demo);
		return client;
	}

	async office(admin) {
		return must(await admin.get("/api/v1/offices"), 200).json.items[0];
	}

	tablet(admin, officeId, name = "test") {
		return newTablet(admin, officeId, name, { ca: this.ca, address: "127.0.0.1" });
	}

	/** Rows of a statement run as the owner; separated by | and newline. */
	psql(sql) {
		// An argument has 128 KiB at most.
		const how = sql.length < 32 * 1024 ? ["-c", sql] : ["-1", "-v", "ON_ERROR_STOP=1", "-f", "-"];
		return execFileSync(join(root, "scripts/psql"), ["-XAtq", ...how], { env: this.env, encoding: "utf8", input: sql }).trim();
	}

	/** sv("stop", "decode"): what runit's sv does to one program. */
	async sv(action, name) {
		await run("sv", ["-w", "30", action, join(this.var, "service", name)]);
	}

	pid(name) {
		return Number(readFileSync(join(this.var, "service", name, "supervise/pid"), "utf8"));
	}

	log(name) {
		const file = join(this.var, "log", name, "current");
		return existsSync(file) ? readFileSync(file, "utf8") : "";
	}

	/** genkan ctl ARGUMENT... */
	async ctl(...args) {
		return (await run(join(root, "scripts/genkan-env"),
			[join(this.var, "env/ctl"), join(this.var, "state/app/bin/genkan"), "ctl", ...args])).stdout;
	}

	async stop() {
		if (this.borrowed) return;
		await run(join(root, "scripts/run"), ["--stop"], { env: this.env });
		const found = this.env.GENKAN_TEST_BUILD ? this.sanitizers() : [];
		rmSync(dirname(this.var), { recursive: true, force: true });
		if (found.length > 0) throw new Error(`the sanitizers found:\n${found.join("\n")}`);
	}

	/** What ASan and UBSan said of us in any log; Kore's few start-up blocks are not freed. */
	sanitizers() {
		return ["web", "operator", "courier", "kms", "decode"].flatMap((name) => {
			const dir = join(this.var, "log", name);
			return readdirSync(dir).filter((f) => /^(current|@)/.test(f)).flatMap((f) =>
				readFileSync(join(dir, f), "utf8").split(/^(?==+$|==\d+==|.*runtime error:)/m).filter((report) =>
					/runtime error:|ERROR: AddressSanitizer/.test(report) ||
					(/LeakSanitizer/.test(report) && / in \w+ (base|db|ipc|gen|domain|courier|kms|decode|sandbox)\//.test(report))));
		});
	}
}
