// Correct what the tablet or the appointment got wrong: a guest's name, company.
import { html } from "lit";
import { FormState } from "../component/gk_form.mjs";
import { GkElement } from "../component/gk_element.mjs";
import { showDialog } from "../component/gk_dialog.mjs";
import { Loading } from "../component/gk_states.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { path } from "../shared/api_client.mjs";
import { t } from "../shared/text.mjs";
import { app } from "./admin_state.mjs";

/** @typedef {import("#types/api").Visit} Visit */

class AdminNameForm extends GkElement {
	static properties = { visitId: { attribute: false }, done: { attribute: false } };

	constructor() {
		super();
		this.visitId = "";
		this.done = () => {};
		this.form = new FormState(this);
		this.values = { name: "", company: "" };
		/** @type {Loading<Visit>} */
		this.visit = new Loading(this, async (signal) => {
			const visit = /** @type {Visit} */ (await app.api.get(path`/visits/${this.visitId}`, { signal }));
			this.values = { name: visit.guest, company: visit.company ?? "" };
			return visit;
		});
	}

	connectedCallback() {
		super.connectedCallback();
		this.visit.load();
	}

	/** @param {Visit} visit */
	async send(visit) {
		const { name, company } = this.values;
		await app.api.patch(path`/visits/${visit.id}`, { version: visit.version, name: name.trim(), company: company.trim() || null });
		showToast({ text: t("admin.name.done") });
		this.done();
	}

	render() {
		const { values, form } = this;
		return this.visit.render((visit) => html`<form class="gk-form" novalidate @submit=${(/** @type {Event} */ event) =>
			form.submit(event, () => (values.name.trim() === "" ? [{ pointer: "/name", name: "missing" }] : []), () => this.send(visit))}>
			${form.summary()}
			${form.text({ pointer: "/name", label: t("admin.guest.name"), value: values.name, set: (v) => (values.name = v), required: true })}
			${form.text({ pointer: "/company", label: t("admin.guest.company"), value: values.company, set: (v) => (values.company = v) })}
			<div class="gk-form__actions">${form.sendButton(t("common.save"))}</div>
		</form>`, 2);
	}
}
customElements.define("admin-name-form", AdminNameForm);

/** @param {string} visitId @returns {Promise<boolean>} was it changed? */
export async function correctName(visitId) {
	let changed = false;
	await showDialog((close) => ({
		heading: t("admin.name.title"),
		content: html`<admin-name-form .visitId=${visitId} .done=${() => ((changed = true), close())}></admin-name-form>`,
	}));
	return changed;
}
