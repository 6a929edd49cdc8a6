// The API as the pages use it: JSON in and out, problems as exceptions, the
// CSRF token on what changes something, and one Idempotency-Key for one action
// of the user, kept over every retry of it.
import { Problem } from "./problem.mjs";

const PAUSES = [300, 1000, 2500]; // ms before the second, third, fourth try

/** @typedef {{key: string}} Action */
/** @typedef {Record<string, string | number | boolean | null | undefined>} Query */
/**
 * @typedef {object} CallOptions
 * @property {Query} [query]
 * @property {AbortSignal} [signal]
 * @property {Action} [action] of the user; a POST without one gets its own
 * @property {Record<string, string>} [headers]
 */

/**
 * What the user wants done once.  Make it when a form opens and keep it until
 * its answer is there: then a double click, a retry and a lost answer all do
 * it once.
 * @returns {Action}
 */
export const newAction = () => ({ key: crypto.randomUUID() });

/**
 * A path of the API with its values escaped: path`/visits/${id}`.
 * @param {TemplateStringsArray} parts
 * @param {...(string | number)} values
 */
export const path = (parts, ...values) =>
	`/api/v1${parts.reduce((all, part, i) => all + encodeURIComponent(values[i - 1]) + part)}`;

export class ApiClient {
	#fetch;
	#wait;
	#language;
	#csrf = "";

	/**
	 * @param {object} [o]
	 * @param {typeof fetch} [o.fetch]
	 * @param {(ms: number, signal?: AbortSignal) => Promise<void>} [o.wait]
	 * @param {() => string} [o.language]
	 */
	constructor({ fetch = globalThis.fetch.bind(globalThis), wait = pause, language = () => "ja" } = {}) {
		this.#fetch = fetch;
		this.#wait = wait;
		this.#language = language;
		/** Called when the session has ended. */
		this.onSignedOut = () => {};
		/** Called when a second factor is needed before anything else. */
		this.onSecondFactor = () => {};
	}

	/** @param {string} token of the session, "" without one */
	useCsrfToken(token) {
		this.#csrf = token;
	}

	get csrfToken() {
		return this.#csrf;
	}

	/** @template T @param {string} url @param {CallOptions} [o] @returns {Promise<T>} */
	get(url, o) {
		return this.#json("GET", url, undefined, o);
	}

	/** @template T @param {string} url @param {unknown} [body] @param {CallOptions} [o] @returns {Promise<T>} */
	post(url, body, o = {}) {
		const action = o.action ?? newAction();
		return this.#json("POST", url, body, { ...o, headers: { ...o.headers, "Idempotency-Key": action.key } });
	}

	/** @template T @param {string} url @param {unknown} body @param {CallOptions} [o] @returns {Promise<T>} */
	put(url, body, o) {
		return this.#json("PUT", url, body, o);
	}

	/** @template T @param {string} url @param {unknown} body @param {CallOptions} [o] @returns {Promise<T>} */
	patch(url, body, o) {
		return this.#json("PATCH", url, body, o);
	}

	/** @template T @param {string} url @param {CallOptions} [o] @returns {Promise<T>} */
	delete(url, o) {
		return this.#json("DELETE", url, undefined, o);
	}

	/** @param {string} method @param {string} url @param {unknown} body @param {CallOptions} [o] @returns {Promise<any>} */
	async #json(method, url, body, o = {}) {
		const answer = await this.request(method, url, body, o);
		return answer.status === 204 ? undefined : answer.json();
	}

	/**
	 * The answer itself, for what is no JSON; a problem is thrown.
	 * @param {string} method
	 * @param {string} url
	 * @param {unknown} body JSON, or a Blob as it is
	 * @param {CallOptions} [o]
	 */
	async request(method, url, body, o = {}) {
		const headers = new Headers({ Accept: "application/json", "Accept-Language": this.#language(), ...o.headers });
		const safe = method === "GET";

		if (!safe && this.#csrf !== "") headers.set("X-CSRF-Token", this.#csrf);
		if (body !== undefined && !(body instanceof Blob)) headers.set("Content-Type", "application/json");
		const init = {
			method, headers, signal: o.signal, credentials: /** @type {const} */ ("same-origin"),
			cache: /** @type {const} */ ("no-store"),
			body: body === undefined ? undefined : body instanceof Blob ? body : JSON.stringify(body),
		};
		// PUT, PATCH and DELETE state what shall be, so a second one is harmless.
		for (let attempt = 0; ; attempt++) {
			const problem = await this.#try(withQuery(url, o.query), init);
			if (!(problem instanceof Problem)) return problem;
			const again = problem.isAway || problem.name === "in_progress";
			if (!again || attempt === PAUSES.length) {
				if (problem.name === "sign_in_needed") this.onSignedOut();
				if (problem.name === "second_factor_needed") this.onSecondFactor();
				throw problem;
			}
			await this.#wait(PAUSES[attempt], o.signal);
		}
	}

	/** @param {string} url @param {RequestInit} init @returns {Promise<Response | Problem>} */
	async #try(url, init) {
		let answer;
		try {
			answer = await this.#fetch(url, init);
		} catch (fault) {
			if (init.signal?.aborted) throw fault;
			return new Problem("away", 0, {});
		}
		if (answer.ok) return answer;
		const type = answer.headers.get("Content-Type") ?? "";
		const body = type.startsWith("application/problem+json") ? await answer.json().catch(() => ({})) : {};
		const name = String(body.type ?? "").replace(/^\/problems\//, "");
		return new Problem(name || (answer.status >= 500 ? "away" : "fault"), answer.status, body);
	}
}

/** @param {string} url @param {Query} [query] */
function withQuery(url, query = {}) {
	const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
	return given.length === 0 ? url : `${url}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

/** @param {number} ms @param {AbortSignal} [signal] @returns {Promise<void>} */
function pause(ms, signal) {
	return new Promise((resolve, reject) => {
		const timer = setTimeout(resolve, ms);
		signal?.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)), { once: true });
	});
}
