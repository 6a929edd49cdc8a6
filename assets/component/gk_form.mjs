// Forms as the Digital Agency and GOV.UK make them: labels above, "required"
// in words, faults in a summary that takes the focus and again at their field.
import { html, nothing } from "lit";
import { newAction } from "../shared/api_client.mjs";
import { fieldFaultText, problemNext, problemTitle, Problem } from "../shared/problem.mjs";
import { t } from "../shared/text.mjs";
import { icon } from "./gk_icon.mjs";

/** @typedef {import("../shared/problem.mjs").FieldFault} FieldFault */

/** "/guests/0/name" as an id: "field-guests-0-name". @param {string} pointer */
export const fieldId = (pointer) => `field${pointer.replaceAll("/", "-")}`;

/**
 * What a form has on its mind besides its values: the faults found, what came
 * back from the server, and whether it is being sent.
 */
export class FormState {
	/** @param {import("lit").LitElement} element that shows the form */
	constructor(element) {
		this.element = element;
		/** @type {FieldFault[]} */
		this.faults = [];
		/** @type {Problem | null} */
		this.problem = null;
		this.sending = false;
		this.sentAt = 0;
		/** What this form wants done once: the same until there is an answer. */
		this.action = newAction();
	}

	/**
	 * Checks, sends, and shows what went wrong.  A second submit within a
	 * second, or while the first is on its way, is ignored.
	 * @param {Event} event of submit
	 * @param {() => FieldFault[]} check
	 * @param {() => Promise<void>} send
	 */
	async submit(event, check, send) {
		event.preventDefault();
		if (this.sending || Date.now() - this.sentAt < 1000 && this.faults.length === 0 && this.problem === null) return;
		this.sentAt = Date.now();
		this.problem = null;
		this.faults = check();
		if (this.faults.length > 0) return this.#complain();
		this.sending = true;
		this.element.requestUpdate();
		try {
			await send();
			this.action = newAction();
		} catch (fault) {
			if (fault instanceof DOMException && fault.name === "AbortError") return;
			this.problem = fault instanceof Problem ? fault : new Problem("fault", 500, {});
			this.faults = this.problem.errors;
			// Refused is an answer; without one the next try must be the same.
			if (!this.problem.isAway) this.action = newAction();
			if (!(fault instanceof Problem)) console.error(fault);
			this.sending = false;
			await this.#complain();
		} finally {
			this.sending = false;
			this.element.requestUpdate();
		}
	}

	async #complain() {
		this.element.requestUpdate();
		await this.element.updateComplete;
		const summary = /** @type {HTMLElement | null} */ (this.element.querySelector(".gk-error-summary"));
		summary?.focus();
		summary?.scrollIntoView({ block: "nearest" });
	}

	/** What is wrong with a field, or with one of its items. @param {string} pointer */
	faultOf(pointer) {
		const found = this.faults.find((fault) => fault.pointer === pointer || fault.pointer.startsWith(`${pointer}/`));
		return found === undefined ? undefined : fieldFaultText(found);
	}

	/** The summary, on top of the form. */
	summary() {
		if (this.faults.length === 0 && this.problem === null) return nothing;
		const problem = this.problem ?? new Problem("invalid", 422, {});
		return html`<div class="gk-error-summary" role="alert" tabindex="-1">
			<h2 class="gk-error-summary__title">${problemTitle(problem)}</h2>
			${this.faults.length === 0 ? html`<p>${problemNext(problem)}</p>` : html`<ul>
				${this.faults.map((fault) => html`<li><a href="#${fieldId(fault.pointer)}" @click=${(/** @type {Event} */ event) => focusField(event, this.element, fault.pointer)}>${fieldFaultText(fault)}</a></li>`)}
			</ul>`}
		</div>`;
	}

	/**
	 * A field: label, support text, fault, control.
	 * @param {object} o
	 * @param {string} o.pointer as the API names it: "/title"
	 * @param {string} o.label
	 * @param {boolean} [o.required]
	 * @param {string} [o.support]
	 * @param {"half" | "full"} [o.width]
	 * @param {(control: ControlAttributes) => unknown} o.control
	 */
	field({ pointer, label, required = false, support, width, control }) {
		const id = fieldId(pointer);
		const fault = this.faultOf(pointer);
		const described = [support ? `${id}-support` : "", fault ? `${id}-fault` : ""].filter(Boolean).join(" ");
		return html`<div class="gk-field" ?data-faulty=${fault !== undefined} data-width=${width ?? nothing}>
			<label class="gk-field__label" for=${id} id="${id}-label">${label}${required ? html`<span class="gk-field__required">${t("common.required")}</span>` : nothing}</label>
			${support ? html`<p class="gk-field__support" id="${id}-support">${support}</p>` : nothing}
			${fault ? html`<p class="gk-field__fault" id="${id}-fault">${icon("alert")}<span>${fault}</span></p>` : nothing}
			${control({ id, invalid: fault === undefined ? nothing : "true", described: described === "" ? nothing : described, required: required ? "true" : nothing })}
		</div>`;
	}

	/**
	 * A field with one line of text.
	 * @param {object} o
	 * @param {string} o.pointer
	 * @param {string} o.label
	 * @param {string} o.value
	 * @param {(value: string) => void} o.set
	 * @param {boolean} [o.required]
	 * @param {string} [o.support]
	 * @param {"half" | "full"} [o.width]
	 * @param {string} [o.type]
	 * @param {string} [o.autocomplete]
	 * @param {string} [o.inputmode]
	 * @param {string} [o.size] of the control: "date", "time", "number"
	 * @param {string} [o.language] of what is typed
	 */
	text({ value, set, type = "text", autocomplete = "off", inputmode, size, language, ...o }) {
		return this.field({ ...o, control: (a) => html`<input class="gk-input" id=${a.id} type=${type} .value=${value} autocomplete=${autocomplete}
			inputmode=${inputmode ?? nothing} data-width=${size ?? nothing} aria-invalid=${a.invalid} aria-describedby=${a.described} aria-required=${a.required}
			lang=${language ?? nothing} spellcheck="false" @input=${(/** @type {Event} */ event) => set(valueOf(event))}>` });
	}

	/** The button that sends. @param {string} words */
	sendButton(words) {
		return html`<button class="gk-button" data-kind="primary" aria-busy=${this.sending ? "true" : nothing}>${this.sending ? t("common.sending") : words}</button>`;
	}
}

/** @typedef {{id: string, invalid: unknown, described: unknown, required: unknown}} ControlAttributes */

/** @param {Event} event */
export const valueOf = (event) => /** @type {HTMLInputElement} */ (event.target).value;

/** @param {Event} event */
export const checkedOf = (event) => /** @type {HTMLInputElement} */ (event.target).checked;

// The link leads to the label, so that the question is on the screen too.
/** @param {Event} event @param {Element} form @param {string} pointer */
function focusField(event, form, pointer) {
	event.preventDefault();
	let id = fieldId(pointer);
	// A fault of a whole list is shown at its first field.
	while (id !== "field" && form.querySelector(`#${CSS.escape(id)}`) === null) id = id.replace(/-[^-]*$/, "");
	form.querySelector(`#${CSS.escape(`${id}-label`)}`)?.scrollIntoView({ block: "start" });
	/** @type {HTMLElement | null} */ (form.querySelector(`#${CSS.escape(id)}`))?.focus({ preventScroll: true });
}
