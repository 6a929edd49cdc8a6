// What all parts of the operator's page share: the session.  Elements listen to
// "change".
import { GkElement } from "../component/gk_element.mjs";
import { SessionState } from "../shared/session_state.mjs";

/** @typedef {import("#types/operator").Session} Session */

/** @extends {SessionState<Session>} */
class OperatorState extends SessionState {
	/** @override @param {Session} session */
	enter(session) {
		this.api.useCsrfToken(session.csrf_token);
		super.enter(session);
	}

	/** @override @param {boolean} expired */
	leave(expired) {
		if (this.session !== null) super.leave(expired);
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
