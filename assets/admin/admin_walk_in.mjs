// Reception receives somebody without an appointment.
import { html } from "lit";
import { FormState, valueOf } from "../component/gk_form.mjs";
import { GkElement } from "../component/gk_element.mjs";
import { showDialog } from "../component/gk_dialog.mjs";
import "../component/gk_picker.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { path } from "../shared/api_client.mjs";
import { t } from "../shared/text.mjs";
import { searchMembers } from "./admin_members.mjs";
import { app } from "./admin_state.mjs";

class AdminWalkInForm extends GkElement {
	static properties = { officeId: { attribute: false }, done: { attribute: false } };

	constructor() {
		super();
		this.officeId = "";
		this.done = () => {};
		this.form = new FormState(this);
		this.values = { name: "", company: "", people: "1" };
		/** @type {import("../component/gk_picker.mjs").Choice[]} */
		this.hosts = [];
	}

	check() {
		const { name, people } = this.values;
		return [
			...(name.trim() === "" ? [{ pointer: "/name", name: "missing" }] : []),
			...(/^[1-9]\d?$|^100$/.test(people) ? [] : [{ pointer: "/people", name: "out_of_range" }]),
			...(this.hosts.length === 0 ? [{ pointer: "/hosts", name: "missing" }] : []),
		];
	}

	async send() {
		const { name, company, people } = this.values;
		await app.api.post(path`/walk-ins`, {
			name: name.trim(), company: company.trim() || null, people: Number(people), host_id: this.hosts[0].id, office_id: this.officeId,
		}, { action: this.form.action });
		showToast({ text: t("admin.today.checked_in", { name: name.trim(), hosts: this.hosts[0].name }) });
		this.done();
	}

	render() {
		const { values, form } = this;
		return html`<form class="gk-form" novalidate @submit=${(/** @type {Event} */ event) => form.submit(event, () => this.check(), () => this.send())}>
			${form.summary()}
			${form.text({ pointer: "/name", label: t("admin.guest.name"), value: values.name, set: (v) => (values.name = v), required: true })}
			${form.text({ pointer: "/company", label: t("admin.guest.company"), value: values.company, set: (v) => (values.company = v) })}
			${form.field({ pointer: "/people", label: t("admin.walk_in.people"), required: true, control: (a) => html`<input class="gk-input" id=${a.id} inputmode="numeric" data-width="number" .value=${values.people}
				aria-invalid=${a.invalid} aria-describedby=${a.described} aria-required="true" autocomplete="off" @input=${(/** @type {Event} */ event) => (values.people = valueOf(event))}>` })}
			${form.field({ pointer: "/hosts", label: t("admin.walk_in.host"), required: true, support: t("admin.hosts.support"), control: (a) => html`<gk-picker .control=${a} .chosen=${this.hosts} .search=${searchMembers}
				@gk-chosen=${(/** @type {CustomEvent} */ event) => ((this.hosts = event.detail.slice(-1)), this.requestUpdate())}></gk-picker>` })}
			<div class="gk-form__actions">${form.sendButton(t("admin.walk_in.send"))}</div>
		</form>`;
	}
}
customElements.define("admin-walk-in-form", AdminWalkInForm);

/** @param {string} officeId @returns {Promise<boolean>} did somebody come in? */
export async function receiveWalkIn(officeId) {
	let done = false;
	await showDialog((close) => ({
		heading: t("admin.walk_in.title"),
		content: html`<admin-walk-in-form .officeId=${officeId} .done=${() => ((done = true), close())}></admin-walk-in-form>`,
	}));
	return done;
}
