// A native modal dialog as an element: <gk-dialog .heading=…> with content and
// actions as templates; and askFirst(), for what cannot be undone.
import { html, nothing, render } from "lit";
import { t } from "../shared/text.mjs";
import { GkElement } from "./gk_element.mjs";
import { icon } from "./gk_icon.mjs";

export class GkDialog extends GkElement {
	static properties = { heading: {}, content: { attribute: false }, actions: { attribute: false }, wide: { type: Boolean }, label: {} };

	constructor() {
		super();
		this.heading = "";
		/** @type {unknown} */
		this.content = nothing;
		/** @type {unknown} */
		this.actions = nothing;
		this.wide = false;
	}

	firstUpdated() {
		const dialog = /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
		// The close event does not bubble, so it is told on.
		dialog.addEventListener("close", () => this.emit("gk-close"), { signal: this.signal });
		dialog.addEventListener("click", (event) => {
			if (event.target === dialog) dialog.close();
		}, { signal: this.signal });
		// Another page has no use for it.
		globalThis.addEventListener("hashchange", () => dialog.close(), { signal: this.signal });
		dialog.showModal();
		// The content may be elements that render a moment later.
		setTimeout(() => /** @type {HTMLElement | null} */ (dialog.querySelector("[data-focus]") ?? dialog.querySelector("input, select, textarea"))?.focus());
	}

	close() {
		this.querySelector("dialog")?.close();
	}

	render() {
		return html`<dialog class="gk-dialog" data-size=${this.wide ? "wide" : nothing} aria-labelledby="gk-dialog-title">
			<div class="gk-dialog__body">
				<div class="gk-dialog__head">
					<h2 class="gk-dialog__title" id="gk-dialog-title">${this.heading}</h2>
					<button type="button" class="gk-button" data-size="icon" aria-label=${t("common.close")} @click=${() => this.close()}>${icon("close")}</button>
				</div>
				${this.content}
				${this.actions === nothing ? nothing : html`<div class="gk-dialog__actions">${this.actions}</div>`}
			</div>
		</dialog>`;
	}
}
customElements.define("gk-dialog", GkDialog);

/**
 * Shows a dialog over the page until it is closed.
 * @param {(close: () => void) => {heading: string, content: unknown, actions?: unknown, wide?: boolean}} make
 * @returns {Promise<void>} when it is closed
 */
export function showDialog(make) {
	const host = document.createElement("div");
	const before = document.activeElement;
	document.body.append(host);
	return new Promise((resolve) => {
		const close = () => /** @type {GkDialog | null} */ (host.querySelector("gk-dialog"))?.close();
		const done = () => {
			host.remove();
			if (before instanceof HTMLElement && before.isConnected) before.focus();
			resolve();
		};
		const { heading, content, actions, wide } = make(close);
		render(html`<gk-dialog .heading=${heading} .content=${content} .actions=${actions ?? nothing} .wide=${wide ?? false} @gk-close=${done}></gk-dialog>`, host);
	});
}

/**
 * Asks before something that cannot be undone; the words name the thing.
 * @param {{heading: string, text: string, action: string}} o
 * @returns {Promise<boolean>}
 */
export async function askFirst({ heading, text, action }) {
	let yes = false;
	await showDialog((close) => ({
		heading,
		content: html`<p>${text}</p>`,
		actions: html`
			<button type="button" class="gk-button" data-focus @click=${close}>${t("common.keep")}</button>
			<button type="button" class="gk-button" data-kind="danger" @click=${() => ((yes = true), close())}>${action}</button>`,
	}));
	return yes;
}
