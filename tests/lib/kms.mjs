// A key service of its own for a test: the real program in a fresh directory,
// and clients of it: the AWS SDK, the AWS command line, and a signer of our own
// that can spoil anything.
import { execFile, execFileSync, spawn } from "node:child_process";
import { createHash, createHmac } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { KMSClient } from "@aws-sdk/client-kms";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const program = join(root, process.env.GENKAN_BUILD ?? "build", "genkan");
const run = promisify(execFile);

export const region = "ap-northeast-1";
export const jsonType = "application/x-amz-json-1.1";

const freePort = () => new Promise((resolve, reject) => {
	const server = createServer();
	server.on("error", reject);
	server.listen(0, "127.0.0.1", () => {
		const { port } = server.address();
		server.close(() => resolve(port));
	});
});

export class KeyService {
	/** @param {(principals: any[]) => any[]} [edit] changes the principals before the start */
	static async start(edit) {
		const service = new KeyService();
		service.dir = mkdtempSync("/tmp/genkan-kms-");
		for (const name of ["run", "state", "copy"]) mkdirSync(join(service.dir, name), { mode: 0o700 });
		service.port = await freePort();
		service.init();
		const file = join(service.dir, "principals.json");
		service.principals = JSON.parse(readFileSync(file, "utf8"));
		if (edit) {
			service.principals = edit(service.principals);
			writeFileSync(file, JSON.stringify(service.principals));
		}
		await service.launch();
		return service;
	}

	/**
	 * One without a ring, which passes everything on to another.
	 * @param {Record<string, string>} settings GENKAN_KMS_FORWARD and what belongs to it
	 */
	static async startForwarding(settings) {
		const service = new KeyService();
		service.dir = mkdtempSync("/tmp/genkan-kms-");
		for (const name of ["run", "state"]) mkdirSync(join(service.dir, name), { mode: 0o700 });
		service.port = await freePort();
		service.forward = settings;
		service.init();
		service.principals = JSON.parse(readFileSync(join(service.dir, "principals.json"), "utf8"));
		await service.launch();
		return service;
	}

	get env() {
		const ring = this.forward ?? {
			GENKAN_KMS_RING_COPY: join(this.dir, "copy/ring"),
			GENKAN_KMS_PASSPHRASE: "the passphrase of a test",
		};
		return {
			...ring,
			PATH: process.env.PATH,
			GENKAN_RUN_DIR: join(this.dir, "run"),
			GENKAN_STATE_DIR: join(this.dir, "state"),
			GENKAN_KMS_PRINCIPALS: join(this.dir, "principals.json"),
			GENKAN_KMS_TCP: `127.0.0.1:${this.port}`,
		};
	}

	get ring() { return join(this.dir, "state/ring"); }
	get copy() { return join(this.dir, "copy/ring"); }
	get socket() { return join(this.dir, "run/kms/kms.sock"); }
	get endpoint() { return `http://127.0.0.1:${this.port}`; }

	init() {
		return execFileSync(program, ["kms", "init"], { env: this.env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
	}

	/** Start the program and wait until it says it is ready. */
	launch() {
		this.said ??= "";
		const from = this.said.length;
		return new Promise((resolve, reject) => {
			this.child = spawn(program, ["kms"], { env: this.env, stdio: ["ignore", "ignore", "pipe"] });
			this.exited = new Promise((done) => this.child.on("exit", (code, signal) => done({ code, signal })));
			this.child.stderr.setEncoding("utf8");
			this.child.stderr.on("data", (text) => {
				this.said += text;
				if (this.said.includes('"kms.ready"', from)) resolve(this);
			});
			this.exited.then(({ code, signal }) => reject(new Error(`genkan kms ended (${code ?? signal}):\n${this.said.slice(from)}`)));
		});
	}

	/** How it ended; asked nicely, it ends well (and leaks nothing). */
	async kill(signal = "SIGKILL") {
		this.child.kill(signal);
		const ended = await this.exited;
		if (signal === "SIGTERM" && ended.code !== 0) throw new Error(`genkan kms ended (${ended.code ?? ended.signal}):\n${this.said}`);
		return ended;
	}

	async stop() {
		const runs = this.child.exitCode === null && this.child.signalCode === null;
		try {
			if (runs) await this.kill("SIGTERM");
		} finally {
			rmSync(this.dir, { recursive: true, force: true });
		}
	}

	/** The lines of its audit log. */
	audit() {
		return readFileSync(join(this.dir, "state/audit.log"), "utf8").trim().split("\n").map((line) => JSON.parse(line));
	}

	principal(name) {
		return this.principals.find((principal) => principal.name === name);
	}

	/** The AWS SDK as one of the principals. */
	sdk(name = "test") {
		const { access_key: accessKeyId, secret_key: secretAccessKey } = this.principal(name);
		return new KMSClient({ region, endpoint: this.endpoint, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 });
	}

	/** aws kms ARGUMENT...; the parsed answer, or an error with its type. */
	async aws(args, name = "test") {
		const { access_key: AWS_ACCESS_KEY_ID, secret_key: AWS_SECRET_ACCESS_KEY } = this.principal(name);
		const env = {
			PATH: process.env.PATH, HOME: this.dir, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
			AWS_DEFAULT_REGION: region, AWS_EC2_METADATA_DISABLED: "true", AWS_MAX_ATTEMPTS: "1", AWS_PAGER: "",
		};
		// Debian's, where it is installed.
		const command = existsSync("/usr/bin/aws") ? "/usr/bin/aws" : "aws";
		try {
			const { stdout } = await run(command, ["kms", "--endpoint-url", this.endpoint, "--output", "json", ...args], { env, timeout: 60000 });
			return stdout.trim() ? JSON.parse(stdout) : {};
		} catch (error) {
			const type = /An error occurred \((\w+)\)/.exec(error.stderr ?? "")?.[1];
			throw type ? Object.assign(new Error(error.stderr), { name: type }) : error;
		}
	}

	/**
	 * A request signed here, to look at or to spoil before it is sent.
	 * @param {string} operation
	 * @param {unknown} body text, or what JSON.stringify takes
	 * @param {{principal?: string, date?: Date, region?: string, service?: string, headers?: Record<string, string>, unsigned?: string[]}} [options]
	 */
	sign(operation, body, options = {}) {
		const { access_key: accessKey, secret_key: secret } = this.principal(options.principal ?? "test");
		const text = typeof body === "string" ? body : JSON.stringify(body);
		const date = (options.date ?? new Date()).toISOString().replace(/[-:]|\.\d+/g, "");
		const scope = [date.slice(0, 8), options.region ?? region, options.service ?? "kms", "aws4_request"];
		const headers = {
			host: "kms.local", "content-type": jsonType, "x-amz-date": date,
			"x-amz-target": `TrentService.${operation}`, ...options.headers,
		};
		const names = Object.keys(headers).filter((name) => !options.unsigned?.includes(name)).sort();
		const sha256 = (data) => createHash("sha256").update(data).digest("hex");
		const hmac = (key, data) => createHmac("sha256", key).update(data).digest();
		const canonical = ["POST", "/", "", ...names.map((name) => `${name}:${headers[name].trim().replace(/\s+/g, " ")}`), "", names.join(";"), sha256(text)].join("\n");
		const key = scope.reduce((previous, part) => hmac(previous, part), `AWS4${secret}`);
		const signature = hmac(key, ["AWS4-HMAC-SHA256", date, scope.join("/"), sha256(canonical)].join("\n")).toString("hex");
		return {
			line: "POST / HTTP/1.1",
			headers: {
				...headers, "content-length": String(Buffer.byteLength(text)),
				authorization: `AWS4-HMAC-SHA256 Credential=${accessKey}/${scope.join("/")}, SignedHeaders=${names.join(";")}, Signature=${signature}`,
			},
			extra: [], // more header lines, as they are
			body: text,
		};
	}

	/** Send what sign() made, byte for byte; the first answer on the connection. */
	send(request, { unix = true } = {}) {
		const head = [request.line, ...Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`), ...request.extra, "", ""].join("\r\n");
		return this.exchange(Buffer.concat([Buffer.from(head, "latin1"), Buffer.from(request.body)]), unix);
	}

	exchange(bytes, unix = true) {
		return new Promise((resolve, reject) => {
			const socket = unix ? connect(this.socket) : connect(this.port, "127.0.0.1");
			const chunks = [];
			const finish = (whole) => {
				const text = Buffer.concat(chunks).toString("utf8");
				const end = text.indexOf("\r\n\r\n");
				const length = end < 0 ? 0 : Number(/content-length: (\d+)/i.exec(text.slice(0, end))?.[1] ?? 0);
				if (!whole && (end < 0 || Buffer.byteLength(text.slice(end + 4)) < length)) return;
				socket.destroy();
				const body = end < 0 ? "" : text.slice(end + 4);
				let json = null;
				try { json = JSON.parse(body); } catch { /* an empty answer, or none */ }
				resolve({ status: Number(text.split(" ")[1] ?? 0), body, json, type: json?.__type, head: text.slice(0, Math.max(end, 0)) });
			};
			socket.setTimeout(30000, () => { socket.destroy(); reject(new Error("no answer")); });
			socket.on("error", (error) => (chunks.length ? finish(true) : resolve({ status: 0, body: "", json: null, type: undefined, head: "", error })));
			socket.on("data", (chunk) => { chunks.push(chunk); finish(false); });
			socket.on("end", () => finish(true));
			socket.write(bytes);
		});
	}

	/** Sign and send over the Unix socket. */
	call(operation, body = {}, principal = "test") {
		return this.send(this.sign(operation, body, { principal }));
	}

	/**
	 * Sign as an installation's program and send as its user.
	 * @param {import("./installation.mjs").Installation} house
	 */
	static callOf(house, principal, operation, body) {
		const of = (name) => readFileSync(join(house.var, "env", principal, name), "utf8").trim();
		const signer = Object.assign(new KeyService(), { principals: [{ name: principal, access_key: of("GENKAN_KMS_ACCESS_KEY"), secret_key: readFileSync(of("GENKAN_KMS_SECRET_KEY_FILE"), "utf8").trim() }] });
		const request = signer.sign(operation, body, { principal });
		const { uid } = statSync(`/proc/${house.pid(principal)}`);
		const socket = join(of("GENKAN_RUN_DIR"), "kms/kms.sock");
		const text = execFileSync("curl", ["-sS", "--unix-socket", socket, "http://kms.local/", ...Object.entries(request.headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]), "--data-binary", "@-"],
			{ input: request.body, encoding: "utf8", uid, gid: statSync(dirname(socket)).gid });
		return JSON.parse(text);
	}

	/** A key by the operator, with an alias; its id. */
	async key(alias, principal = "operator") {
		const made = await this.call("CreateKey", {}, principal);
		const id = made.json.KeyMetadata.KeyId;
		if (alias) await this.call("CreateAlias", { AliasName: alias, TargetKeyId: id }, principal);
		return id;
	}
}
