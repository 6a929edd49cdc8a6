// What every page with a sign-in knows of its session.  A page's own state
// extends it: enter() takes a session over, leave() forgets it.  Elements
// listen to "change".
import { ApiClient, path } from "./api_client.mjs";
import { Problem } from "./problem.mjs";
import { textLanguage } from "./text.mjs";

/** @template Session what the API says of one */
export class SessionState extends EventTarget {
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

	/** @protected */
	changed() {
		this.dispatchEvent(new Event("change"));
	}

	/** Looks whether there is a session. */
	async start() {
		try {
			await this.enter(await this.api.get(path`/sessions/current`));
		} catch (fault) {
			if (fault instanceof Problem && fault.status === 401) this.session = null;
			else this.problem = fault;
			this.changed();
		}
	}

	/** @param {Session} session @returns {void | Promise<void>} */
	enter(session) {
		this.session = session;
		this.problem = undefined;
		this.expired = false;
		this.changed();
	}

	/** @param {boolean} expired */
	leave(expired) {
		this.expired = expired && this.session !== undefined;
		this.session = null;
		this.api.useCsrfToken("");
		this.changed();
	}

	async signOut() {
		await this.api.delete(path`/sessions/current`).catch(() => undefined);
		this.leave(false);
	}
}
