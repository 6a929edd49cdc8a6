// Choosing people by name: a combobox (WAI-ARIA 1.2) over a search, with the
// chosen ones as chips.
import { html, nothing } from "lit";
import { t } from "../shared/text.mjs";
import { GkElement } from "./gk_element.mjs";
import { icon } from "./gk_icon.mjs";

/** @typedef {{id: string, name: string, note?: string}} Choice */

export class GkPicker extends GkElement {
	static properties = {
		chosen: { attribute: false }, search: { attribute: false }, control: { attribute: false },
		found: { state: true }, at: { state: true }, open: { state: true }, words: { state: true },
	};

	constructor() {
		super();
		/** @type {Choice[]} */
		this.chosen = [];
		/** @type {(words: string, signal: AbortSignal) => Promise<Choice[]>} */
		this.search = async () => [];
		/** @type {import("./gk_form.mjs").ControlAttributes} */
		this.control = { id: "picker", invalid: nothing, described: nothing, required: nothing };
		/** @type {Choice[]} */
		this.found = [];
		this.at = 0;
		this.open = false;
		this.words = "";
		/** @type {ReturnType<typeof setTimeout> | undefined} */
		this.timer = undefined;
		/** @type {AbortController | undefined} */
		this.asking = undefined;
	}

	connectedCallback() {
		super.connectedCallback();
		this.classList.add("gk-picker");
	}

	disconnectedCallback() {
		super.disconnectedCallback();
		clearTimeout(this.timer);
		this.asking?.abort();
	}

	get input() {
		return /** @type {HTMLInputElement} */ (this.querySelector("input"));
	}

	/** @param {Event} event */
	onInput(event) {
		this.words = /** @type {HTMLInputElement} */ (event.target).value;
		clearTimeout(this.timer);
		this.timer = setTimeout(() => this.ask(), 150);
	}

	async ask() {
		this.asking?.abort();
		const asking = this.asking = new AbortController();
		try {
			const found = await this.search(this.words.trim(), asking.signal);
			if (asking.signal.aborted) return;
			this.found = found.filter((one) => !this.chosen.some((chosen) => chosen.id === one.id));
			this.at = 0;
			this.open = document.activeElement === this.input;
		} catch (fault) {
			if (!asking.signal.aborted) this.open = false;
		}
	}

	/** @param {KeyboardEvent} event */
	onKey(event) {
		if (event.isComposing) return;
		if (event.key === "ArrowDown" || event.key === "ArrowUp") {
			event.preventDefault();
			if (!this.open) this.ask();
			else this.at = (this.at + (event.key === "ArrowDown" ? 1 : -1) + this.found.length) % Math.max(this.found.length, 1);
		} else if (event.key === "Enter" && this.open && this.found[this.at]) {
			event.preventDefault();
			this.choose(this.found[this.at]);
		} else if (event.key === "Escape" && this.open) {
			event.stopPropagation();
			this.open = false;
		} else if (event.key === "Backspace" && this.words === "" && this.chosen.length > 0) {
			this.remove_(this.chosen[this.chosen.length - 1]);
		}
	}

	/** @param {Choice} choice */
	choose(choice) {
		// An answer still on its way must not open the list again.
		clearTimeout(this.timer);
		this.asking?.abort();
		this.chosen = [...this.chosen, choice];
		this.words = "";
		this.input.value = "";
		this.open = false;
		this.emit("gk-chosen", this.chosen);
	}

	/** @param {Choice} choice */
	remove_(choice) {
		this.chosen = this.chosen.filter((one) => one.id !== choice.id);
		this.emit("gk-chosen", this.chosen);
		this.input.focus();
	}

	render() {
		const { id, invalid, described, required } = this.control;
		return html`
			${this.chosen.length === 0 ? nothing : html`<ul class="gk-picker__chosen">${this.chosen.map((one) => html`<li class="gk-picker__chip"><span>${one.name}</span>
				<button type="button" class="gk-picker__remove" aria-label=${t("common.remove_named", { name: one.name })} @click=${() => this.remove_(one)}>${icon("close")}</button></li>`)}</ul>`}
			<input class="gk-input" id=${id} role="combobox" autocomplete="off" spellcheck="false" aria-expanded=${this.open} aria-controls="${id}-list" aria-autocomplete="list"
				aria-activedescendant=${this.open && this.found.length > 0 ? `${id}-${this.at}` : nothing} aria-invalid=${invalid} aria-describedby=${described} aria-required=${required}
				@input=${this.onInput} @keydown=${this.onKey} @focus=${() => this.ask()} @blur=${() => (this.open = false)}>
			<ul class="gk-picker__list" id="${id}-list" role="listbox" aria-labelledby="${id}-label" ?hidden=${!this.open}>
				${this.found.map((one, i) => html`<li class="gk-picker__option" id="${id}-${i}" role="option" aria-selected=${i === this.at}
					@mousedown=${(/** @type {Event} */ event) => (event.preventDefault(), this.choose(one))}><span>${one.name}</span>${one.note ? html`<span class="gk-list__sub">${one.note}</span>` : nothing}</li>`)}
				${this.found.length === 0 ? html`<li class="gk-picker__option gk-muted" role="option" aria-disabled="true" aria-selected="false">${t("common.nobody_found")}</li>` : nothing}
			</ul>`;
	}
}
customElements.define("gk-picker", GkPicker);
