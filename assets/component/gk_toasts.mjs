// Short messages over the page, the newest below: what was done, and the way
// back.  One element per page; showToast() speaks through it.
import { html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { t } from "../shared/text.mjs";
import { GkElement } from "./gk_element.mjs";
import { icon } from "./gk_icon.mjs";

/**
 * @typedef {object} Toast
 * @property {string} text
 * @property {string} [action] words of its button
 * @property {() => unknown} [onAction]
 * @property {number} [seconds] how long it stays, 10 where there is a way back
 */
/** @typedef {Toast & {id: number}} ShownToast */

/** @type {GkToasts | undefined} */
let shown;
let last = 0;

/** @param {Toast} toast @returns {() => void} takes it away */
export const showToast = (toast) => shown?.add(toast) ?? (() => {});

/** Does the action of the newest toast that has one: undo by keyboard. */
export const doLastAction = () => shown?.doLast() ?? false;

export class GkToasts extends GkElement {
	static properties = { toasts: { state: true } };

	constructor() {
		super();
		/** @type {ShownToast[]} */
		this.toasts = [];
		/** @type {Map<number, ReturnType<typeof setTimeout>>} */
		this.timers = new Map();
	}

	connectedCallback() {
		super.connectedCallback();
		shown = this;
		// Over dialogs too, where the browser can.
		this.classList.add("gk-toasts");
		// Open all the time: a region that appears with its words is not read aloud.
		if ("popover" in this) {
			this.popover = "manual";
			this.showPopover();
		}
	}

	disconnectedCallback() {
		super.disconnectedCallback();
		for (const timer of this.timers.values()) clearTimeout(timer);
		if (shown === this) shown = undefined;
	}

	/** @param {Toast} toast */
	add(toast) {
		const id = ++last;
		const remove = () => this.remove_(id);
		this.toasts = [...this.toasts.slice(-2), { ...toast, id }];
		this.arm(id, toast.seconds ?? (toast.action ? 10 : 6));
		if ("popover" in this) {
			// Anew, to lie over a dialog opened since.
			this.hidePopover();
			this.showPopover();
		}
		return remove;
	}

	/** @param {number} id @param {number} seconds */
	arm(id, seconds) {
		this.timers.set(id, setTimeout(() => {
			// Nobody loses a message while pointing at it or reading it by keyboard.
			if (this.matches(":hover") || this.contains(document.activeElement)) this.arm(id, 3);
			else this.remove_(id);
		}, seconds * 1000));
	}

	/** @param {number} id */
	remove_(id) {
		clearTimeout(this.timers.get(id));
		this.timers.delete(id);
		this.toasts = this.toasts.filter((toast) => toast.id !== id);
	}

	/** @param {ShownToast} toast */
	act(toast) {
		this.remove_(toast.id);
		toast.onAction?.();
	}

	doLast() {
		const toast = this.toasts.findLast((one) => one.onAction);
		if (toast) this.act(toast);
		return toast !== undefined;
	}

	render() {
		return html`<div role="status" aria-live="polite">${repeat(this.toasts, (toast) => toast.id, (toast) => html`
			<div class="gk-toast">
				<span>${toast.text}</span>
				${toast.action ? html`<button type="button" class="gk-toast__action" @click=${() => this.act(toast)}>${toast.action}</button>` : nothing}
				<button type="button" class="gk-toast__close" aria-label=${t("common.close")} @click=${() => this.remove_(toast.id)}>${icon("close")}</button>
			</div>`)}</div>`;
	}
}
customElements.define("gk-toasts", GkToasts);
