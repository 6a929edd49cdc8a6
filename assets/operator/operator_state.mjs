// What all parts of the operator's page share: the session.  Elements listen to
// "change".
import { GkElement } from "../component/gk_element.mjs";
import { ApiClient, path } from "../shared/api_client.mjs";
import { Problem } from "../shared/problem.mjs";
import { textLanguage } from "../shared/text.mjs";

/** @typedef {import("#types/operator").Session} Session */

class OperatorState extends EventTarget {
	constructor() {
		super();
		this.api = new ApiClient({ language: textLanguage });
		this.api.onSignedOut = () => this.leave(true);
		this.api.onSecondFactor = () => this.start();
		/** undefined: not asked yet; null: signed out @type {Session | null | undefined} */
		this.session = undefined;
		/** Was there a session that has ended on its own? */
		this.expired = false;
		/** @type {unknown} */
		this.problem = undefined;
	}

	#changed() {
		this.dispatchEvent(new Event("change"));
	}

	/** Looks whether there is a session. */
	async start() {
		try {
			this.enter(await this.api.get(path`/sessions/current`));
		} catch (fault) {
			if (fault instanceof Problem && fault.status === 401) this.session = null;
			else this.problem = fault;
			this.#changed();
		}
	}

	/** @param {Session} session */
	enter(session) {
		this.api.useCsrfToken(session.csrf_token);
		this.session = session;
		this.problem = undefined;
		this.expired = false;
		this.#changed();
	}

	/** @param {boolean} expired */
	leave(expired) {
		if (this.session === null) return;
		this.expired = expired && this.session !== undefined;
		this.session = null;
		this.api.useCsrfToken("");
		this.#changed();
	}

	async signOut() {
		await this.api.delete(path`/sessions/current`).catch(() => undefined);
		this.leave(false);
	}
}

export const app = new OperatorState();

/** An element that renders again when the session changes. */
export class OperatorElement extends GkElement {
	connectedCallback() {
		super.connectedCallback();
		app.addEventListener("change", () => this.requestUpdate(), { signal: this.signal });
	}
}
