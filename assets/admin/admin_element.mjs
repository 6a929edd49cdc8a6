// An element of the admin page: renders again when the shared state changes.
import { GkElement } from "../component/gk_element.mjs";
import { app } from "./admin_state.mjs";

export class AdminElement extends GkElement {
	connectedCallback() {
		super.connectedCallback();
		app.addEventListener("change", () => this.requestUpdate(), { signal: this.signal });
	}
}
