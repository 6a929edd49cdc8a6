// A client of Genkan's public API, for scripts and tests: nothing here knows
// more than assets/api/openapi.yaml says.
import { randomBytes } from "node:crypto";
import { Agent, request } from "node:https";

/** What came back. `json` is the parsed body where it is JSON, else undefined. */
export class Answer {
	constructor(status, headers, body) {
		this.status = status;
		this.headers = headers;
		this.body = body;
		this.json = undefined;
		if (/^application\/(problem\+)?json/.test(headers["content-type"] ?? "") && body.length > 0)
			this.json = JSON.parse(body.toString("utf8"));
	}

	/** The problem's name ("too_early"), "" where there is none. */
	get problem() {
		return this.json?.type?.startsWith("/problems/") ? this.json.type.slice("/problems/".length) : "";
	}

	toString() {
		return `${this.status} ${this.problem || this.body.toString("utf8").slice(0, 300)}`;
	}
}

export const newKey = () => randomBytes(18).toString("base64url");

/**
 * One user agent: its connections, cookies and CSRF token.
 * @param {string} baseUrl as in demo.json
 * @param {{ca?: string | Buffer, sockets?: number, timeout?: number, address?: string, from?: string}} [options]
 *	the certificate to trust; how many connections; the limit for hanging in
 *	ms; the address to connect to instead of looking the name up, and the one
 *	to connect from
 */
export class Client {
	constructor(baseUrl, { ca, sockets = 4, timeout = 30_000, address, from } = {}) {
		this.base = new URL(baseUrl);
		this.cookies = new Map();
		this.csrf = undefined;
		this.bearer = undefined;
		this.timeout = timeout;
		this.agent = new Agent({
			// One that is idle ends here, not when the server ends it (60 s) and a request may be under way.
			ca, keepAlive: true, timeout: 30_000, maxSockets: sockets, localAddress: from,
			...(address && { lookup: (_name, { all }, done) =>
				all ? done(null, [{ address, family: 4 }]) : done(null, address, 4) }),
		});
	}

	close() {
		this.agent.destroy();
	}

	/**
	 * @param {string} method
	 * @param {string} path
	 * @param {{json?: unknown, body?: Buffer | string, type?: string, key?: string | boolean,
	 *	headers?: Record<string, string | undefined>}} [what] key: the Idempotency-Key; true makes one
	 */
	send(method, path, { json, body, type, key, headers = {} } = {}) {
		const payload = json === undefined ? body : JSON.stringify(json);
		const all = { accept: "application/json" };
		if (payload !== undefined) {
			all["content-type"] = type ?? "application/json";
			all["content-length"] = String(Buffer.byteLength(payload));
		} else if (!["GET", "HEAD", "DELETE"].includes(method)) all["content-length"] = "0";
		if (!["GET", "HEAD"].includes(method)) {
			all.origin = this.base.origin;
			if (this.csrf) all["x-csrf-token"] = this.csrf;
		}
		if (this.cookies.size > 0) all.cookie = [...this.cookies].map(([n, v]) => `${n}=${v}`).join("; ");
		if (this.bearer) all.authorization = `Bearer ${this.bearer}`;
		if (key) all["idempotency-key"] = key === true ? newKey() : key;
		Object.assign(all, headers);
		for (const name of Object.keys(all)) if (all[name] === undefined) delete all[name];

		return new Promise((resolve, reject) => {
			const req = request(new URL(path, this.base), { method, headers: all, agent: this.agent }, (res) => {
				const parts = [];
				res.on("data", (part) => parts.push(part));
				res.on("error", reject);
				res.on("end", () => {
					this.#keepCookies(res.headers["set-cookie"] ?? []);
					try {
						resolve(new Answer(res.statusCode, res.headers, Buffer.concat(parts)));
					} catch (error) {
						reject(error);
					}
				});
			});
			req.setTimeout(this.timeout, () => req.destroy(new Error(`${method} ${path}: no answer in ${this.timeout} ms`)));
			req.on("error", reject);
			req.end(payload);
		});
	}

	get(path, what) { return this.send("GET", path, what); }
	post(path, json, what) { return this.send("POST", path, { json, key: true, ...what }); }
	put(path, json, what) { return this.send("PUT", path, { json, ...what }); }
	patch(path, json, what) { return this.send("PATCH", path, { json, ...what }); }
	delete(path, what) { return this.send("DELETE", path, what); }

	/** Sign in and remember the session; throws unless the answer is 201. */
	async signIn({ tenant, email, password }) {
		const answer = await this.send("POST", "/api/v1/sessions", { json: { tenant, email, password } });
		if (answer.status !== 201) throw new Error(`sign in: ${answer}`);
		this.csrf = answer.json.csrf_token;
		return answer.json;
	}

	#keepCookies(lines) {
		for (const line of lines) {
			const [pair, ...attributes] = line.split(";").map((part) => part.trim());
			const at = pair.indexOf("=");
			if (attributes.some((a) => /^max-age=0$/i.test(a))) this.cookies.delete(pair.slice(0, at));
			else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
		}
	}
}

/** The answer, which must have that status. */
export const must = (answer, ...statuses) => {
	if (!statuses.includes(answer.status)) throw new Error(`expected ${statuses.join(" or ")}, got ${answer}`);
	return answer;
};
