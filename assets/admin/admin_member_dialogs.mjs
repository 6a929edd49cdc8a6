// What is asked before a member leaves, and a department's name.
import { html, nothing } from "lit";
import { FormState } from "../component/gk_form.mjs";
import { GkElement } from "../component/gk_element.mjs";
import { showDialog } from "../component/gk_dialog.mjs";
import "../component/gk_picker.mjs";
import { Loading } from "../component/gk_states.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { path } from "../shared/api_client.mjs";
import { t, tn } from "../shared/text.mjs";
import { searchMembers } from "./admin_members.mjs";
import { app } from "./admin_state.mjs";

/** @typedef {import("#types/api").Member} Member */
/** @typedef {import("#types/api").Department} Department */
/** @typedef {import("../component/gk_picker.mjs").Choice} Choice */

class AdminMemberLeaving extends GkElement {
	static properties = { memberId: { attribute: false }, done: { attribute: false }, successor: { state: true } };

	constructor() {
		super();
		this.memberId = "";
		/** @type {(changed?: boolean) => void} */
		this.done = () => {};
		this.form = new FormState(this);
		/** @type {Choice[]} */
		this.successor = [];
		/** @type {Loading<Member>} */
		this.member = new Loading(this, (signal) => app.api.get(path`/members/${this.memberId}`, { signal }));
	}

	connectedCallback() {
		super.connectedCallback();
		this.member.load();
	}

	/** Handed over first: if that fails, nobody has left. @param {Member} member */
	async send(member) {
		const [to] = this.successor;
		if (to) await app.api.post(path`/members/${member.id}/hand-overs`, { to: to.id }, { action: this.form.action });
		await app.api.patch(path`/members/${member.id}`, { version: member.version, state: "disabled" });
		showToast({ text: t("admin.members.disabled", { name: member.name }) });
		this.done(true);
	}

	render() {
		const { form } = this;
		return this.member.render((member) => html`<form class="gk-form" novalidate @submit=${(/** @type {Event} */ event) =>
			form.submit(event, () => (this.successor.length > 1 ? [{ pointer: "/to", name: "too_many" }] : []), () => this.send(member))}>
			${form.summary()}
			<p>${t("admin.members.disable_text", { name: member.name })}</p>
			${(member.upcoming ?? 0) === 0 ? nothing : html`<p><strong>${tn("admin.members.upcoming", member.upcoming ?? 0)}</strong></p>
				${form.field({ pointer: "/to", label: t("admin.members.successor"), support: t("admin.members.successor_support"), control: (a) => html`<gk-picker .control=${a} .chosen=${this.successor}
					.search=${async (/** @type {string} */ q, /** @type {AbortSignal} */ signal) => (await searchMembers(q, signal, "active")).filter(({ id }) => id !== member.id)}
					@gk-chosen=${(/** @type {CustomEvent} */ event) => (this.successor = event.detail)}></gk-picker>` })}`}
			<div class="gk-dialog__actions"><button type="button" class="gk-button" @click=${() => this.done()}>${t("common.cancel")}</button>
				<button class="gk-button" data-kind="danger" aria-busy=${form.sending ? "true" : nothing}>${t("admin.members.disable")}</button></div>
		</form>`, 3);
	}
}
customElements.define("admin-member-leaving", AdminMemberLeaving);

class AdminDepartmentForm extends GkElement {
	static properties = { department: { attribute: false }, done: { attribute: false } };

	constructor() {
		super();
		/** @type {Department | null} null for a new one */
		this.department = null;
		/** @type {(changed?: boolean) => void} */
		this.done = () => {};
		this.form = new FormState(this);
		this.name = "";
	}

	connectedCallback() {
		super.connectedCallback();
		this.name = this.department?.name ?? "";
	}

	async send() {
		const { department } = this;
		const name = this.name.trim();
		await (department ? app.api.put(path`/departments/${department.id}`, { name, version: department.version }) :
			app.api.post(path`/departments`, { name, members: [] }, { action: this.form.action }));
		showToast({ text: t("admin.departments.saved", { name }) });
		this.done(true);
	}

	render() {
		return html`<form class="gk-form" novalidate @submit=${(/** @type {Event} */ event) =>
			this.form.submit(event, () => (this.name.trim() === "" ? [{ pointer: "/name", name: "missing" }] : []), () => this.send())}>
			${this.form.summary()}
			${this.form.text({ pointer: "/name", label: t("admin.departments.name"), value: this.name, set: (v) => (this.name = v), required: true })}
			<div class="gk-form__actions">${this.form.sendButton(t("common.save"))}</div>
		</form>`;
	}
}
customElements.define("admin-department-form", AdminDepartmentForm);

/** @param {string} heading @param {(done: (changed?: boolean) => void) => unknown} content @returns {Promise<boolean>} was it done? */
async function ask(heading, content) {
	let changed = false;
	await showDialog((close) => ({ heading, content: content((done = false) => ((changed = done), close())) }));
	return changed;
}

/** @param {Member} member */
export const deactivateMember = (member) => ask(t("admin.members.disable_title", { name: member.name }), (done) =>
	html`<admin-member-leaving .memberId=${member.id} .done=${done}></admin-member-leaving>`);

/** @param {Department | null} department */
export const editDepartment = (department) => ask(t(department ? "admin.departments.rename" : "admin.departments.new"), (done) =>
	html`<admin-department-form .department=${department} .done=${done}></admin-department-form>`);
