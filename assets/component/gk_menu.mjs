// A button with a list of actions below it; arrows move, Escape closes.
import { html, nothing } from "lit";
import { GkElement } from "./gk_element.mjs";
import { icon } from "./gk_icon.mjs";

/**
 * @typedef {object} MenuItem
 * @property {string} text
 * @property {import("./gk_icon.mjs").IconName} [icon]
 * @property {string} [key] shortcut, as a hint
 * @property {"danger"} [tone]
 * @property {() => unknown} run
 */

export class GkMenu extends GkElement {
	static properties = { label: {}, items: { attribute: false }, open: { state: true }, up: { state: true } };

	constructor() {
		super();
		this.label = "";
		/** @type {MenuItem[]} */
		this.items = [];
		this.open = false;
		this.up = false;
	}

	connectedCallback() {
		super.connectedCallback();
		this.classList.add("gk-menu");
		this.addEventListener("keydown", (event) => this.onKey(event), { signal: this.signal });
		this.addEventListener("focusout", (event) => {
			if (!this.contains(/** @type {Node | null} */ (event.relatedTarget))) this.open = false;
		}, { signal: this.signal });
	}

	get button() {
		return /** @type {HTMLElement} */ (this.querySelector("button"));
	}

	async show() {
		this.up = this.getBoundingClientRect().bottom + 60 + this.items.length * 42 > globalThis.innerHeight;
		this.open = true;
		await this.updateComplete;
		this.focusItem(0);
	}

	/** @param {number} i */
	focusItem(i) {
		const items = /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[role=menuitem]"));
		items[(i + items.length) % items.length]?.focus();
	}

	/** @param {KeyboardEvent} event */
	onKey(event) {
		const at = [...this.querySelectorAll("[role=menuitem]")].indexOf(/** @type {Element} */ (document.activeElement));
		if (!this.open) {
			if (event.key === "ArrowDown" || event.key === "ArrowUp") (event.preventDefault(), this.show());
			return;
		}
		const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 };
		if (event.key === "Escape") {
			event.stopPropagation();
			this.open = false;
			this.button.focus();
		} else if (event.key in moves) {
			event.preventDefault();
			this.focusItem(moves[/** @type {keyof typeof moves} */ (event.key)]);
		}
	}

	/** @param {MenuItem} item */
	choose(item) {
		this.open = false;
		this.button.focus();
		item.run();
	}

	render() {
		return html`
			<button type="button" class="gk-button" data-size="icon" aria-haspopup="menu" aria-expanded=${this.open}
				aria-label=${this.label} title=${this.label} @click=${() => (this.open ? (this.open = false) : this.show())}>${icon("more")}</button>
			${this.open ? html`<div class="gk-menu__list" role="menu" aria-label=${this.label} ?data-up=${this.up}>
				${this.items.map((item) => html`<button type="button" role="menuitem" tabindex="-1" class="gk-menu__item" data-tone=${item.tone ?? nothing}
					@click=${() => this.choose(item)}>${item.icon ? icon(item.icon) : nothing}<span>${item.text}</span>${item.key ? html`<kbd aria-hidden="true">${item.key}</kbd>` : nothing}</button>`)}
			</div>` : nothing}`;
	}
}
customElements.define("gk-menu", GkMenu);
