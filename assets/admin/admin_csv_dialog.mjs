// The records or the operation log as CSV: which encoding, how far, and what it could not write.
import { html, nothing } from "lit";
import { FormState } from "../component/gk_form.mjs";
import { GkElement } from "../component/gk_element.mjs";
import { showDialog } from "../component/gk_dialog.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { path } from "../shared/api_client.mjs";
import { t, textLanguage, tn } from "../shared/text.mjs";
import { app } from "./admin_state.mjs";
import { readCsv, saveFile } from "./csv_export.mjs";

/** @typedef {Record<string, string>} Filter */

class AdminCsv extends GkElement {
	static properties = { name: {}, filter: { attribute: false }, question: { attribute: false }, done: { attribute: false }, encoding: { state: true }, rows: { state: true } };

	constructor() {
		super();
		/** @type {"visits" | "operations"} */
		this.name = "visits";
		/** @type {Filter} as people see it */
		this.filter = {};
		/** @type {Filter} as it is asked for */
		this.question = {};
		this.done = () => {};
		this.encoding = "utf-8";
		this.rows = -1;
		this.form = new FormState(this);
	}

	async send() {
		this.rows = 0;
		try {
			const query = new URLSearchParams(Object.entries({ ...this.question, encoding: this.encoding, lang: textLanguage() }).filter(([, value]) => value !== ""));
			const answer = await app.api.request("GET", `${this.name === "visits" ? path`/visits.csv` : path`/operations.csv`}?${query}`, undefined, { signal: this.signal, headers: { Accept: "text/csv, application/problem+json" } });
			const csv = await readCsv(answer, (rows) => (this.rows = rows));
			saveFile(csv, `${this.name}-${this.filter.from}-${this.filter.to}.csv`);
			const lost = Number(answer.headers.get("X-Unwritable") ?? 0);
			showToast({ text: lost > 0 ? t("admin.csv.unwritable", { n: lost }) : tn("admin.csv.done", this.rows), seconds: lost > 0 ? 15 : undefined });
			this.done();
		} finally {
			this.rows = -1;
		}
	}

	render() {
		const choice = (/** @type {string} */ encoding, /** @type {string} */ name, /** @type {string} */ text) => html`<label class="gk-check"><input type="radio" name="encoding" .checked=${this.encoding === encoding} @change=${() => (this.encoding = encoding)}>
			<span>${name} <span class="gk-list__sub">${text}</span></span></label>`;
		return html`<form class="gk-form" novalidate @submit=${(/** @type {Event} */ event) => this.form.submit(event, () => [], () => this.send())}>
			${this.form.summary()}
			<p>${t("admin.csv.lead", { from: this.filter.from, to: this.filter.to })}</p>
			<fieldset class="gk-field"><legend class="gk-field__label">${t("admin.csv.encoding")}</legend>
				${choice("utf-8", "UTF-8", t("admin.csv.utf8"))}${choice("cp932", "Shift_JIS (CP932)", t("admin.csv.cp932"))}</fieldset>
			${this.rows >= 0 ? html`<p role="status">${tn("admin.csv.progress", this.rows)}</p>` : nothing}
			<div class="gk-form__actions">${this.form.sendButton(t("admin.csv.send"))}</div>
		</form>`;
	}
}
customElements.define("admin-csv", AdminCsv);

/**
 * Both of the list in view.
 * @param {"visits" | "operations"} name
 * @param {Filter} filter with the days
 * @param {Filter} question for the API
 */
export const exportList = (name, filter, question = filter) => showDialog((close) => ({
	heading: t("admin.csv.title"),
	content: html`<admin-csv .name=${name} .filter=${filter} .question=${question} .done=${close}></admin-csv>`,
}));
