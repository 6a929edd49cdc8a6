// Invite a member, or change one.
import { html, nothing } from "lit";
import { askFirst } from "../component/gk_dialog.mjs";
import { checkedOf, FormState, valueOf } from "../component/gk_form.mjs";
import { Loading } from "../component/gk_states.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { path } from "../shared/api_client.mjs";
import { problemTitle } from "../shared/problem.mjs";
import { t } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import { go } from "./admin_route.mjs";
import { app } from "./admin_state.mjs";
import { pageHead } from "./admin_view.mjs";

/** @typedef {import("#types/api").Member} Member */
/** @typedef {import("#types/api").Department} Department */

const ROLES = /** @type {const} */ (["member", "reception", "operations_admin", "account_admin", "system_admin"]);

class AdminMemberForm extends AdminElement {
	static properties = { memberId: { attribute: false } };

	constructor() {
		super();
		/** "" for a new one. */
		this.memberId = "";
		this.form = new FormState(this);
		this.values = { name: "", kana: "", email: "", language: "ja", roles: ["member"], offices: /** @type {string[]} */ ([]), departments: /** @type {string[]} */ ([]) };
		/** @type {Department[]} */
		this.departments = [];
		/** @type {Loading<Member | null>} */
		this.member = new Loading(this, async (signal) => {
			if (this.memberId === "") return null;
			/** @type {[Member, import("./admin_state.mjs").Page<Department>]} */
			const [member, { items }] = await Promise.all([app.api.get(path`/members/${this.memberId}`, { signal }), app.api.get(path`/departments`, { signal })]);
			const { name, kana, email, language, roles, offices = [], departments = [] } = member;
			this.departments = items;
			this.values = { name, kana: kana ?? "", email, language, roles: [...roles], offices: [...offices], departments: [...departments] };
			return member;
		});
	}

	connectedCallback() {
		super.connectedCallback();
		this.member.load();
	}

	check() {
		const v = this.values;
		return [
			...(v.name.trim() === "" ? [{ pointer: "/name", name: "missing" }] : []),
			...(v.email.trim() === "" ? [{ pointer: "/email", name: "missing" }] : []),
			...(v.roles.length === 0 ? [{ pointer: "/roles", name: "missing" }] : []),
		];
	}

	/** @param {Member | null} member */
	async send(member) {
		const { name, kana, email, language, roles, offices, departments } = this.values;
		const body = { name: name.trim(), kana: kana.trim() || null, language, roles };
		if (member) await app.api.patch(path`/members/${member.id}`, { ...body, version: member.version, offices, departments });
		else await app.api.post(path`/members`, { ...body, email: email.trim() }, { action: this.form.action });
		showToast({ text: t(member ? "admin.members.saved" : "admin.members.invited", { name: body.name }) });
		if (this.isConnected) go("members");
	}

	/** For who lost the phone: not one's own, nor a system administrator's without being one. @param {Member} member */
	mayReset({ id, roles, state }) {
		const me = app.session?.member;
		return state === "active" && me !== undefined && me.id !== id && (me.roles.includes("system_admin") || !roles.includes("system_admin"));
	}

	/** @param {Member} member */
	async reset({ id, name }) {
		if (!await askFirst({ heading: t("admin.members.reset_title", { name }), text: t("admin.members.reset_text", { name }), action: t("admin.members.reset") })) return;
		try {
			await app.api.delete(path`/members/${id}/second-factor`);
			showToast({ text: t("admin.members.reset_done", { name }) });
		} catch (fault) {
			showToast({ text: problemTitle(fault) });
		}
	}

	/**
	 * Several of a few, as boxes to tick.
	 * @param {"roles" | "offices" | "departments"} name
	 * @param {string} label
	 * @param {string} support
	 * @param {{id: string, text: string, note?: string}[]} choices
	 */
	boxes(name, label, support, choices) {
		const chosen = this.values[name];
		const fault = this.form.faultOf(`/${name}`);
		return html`<fieldset class="gk-field" id="field-${name}" tabindex="-1"><legend class="gk-field__label" id="field-${name}-label">${label}</legend>
			<p class="gk-field__support">${support}</p>
			${fault === undefined ? nothing : html`<p class="gk-field__fault">${fault}</p>`}
			<div class="admin-boxes">${choices.map(({ id, text, note }) => html`<label class="gk-check"><input type="checkbox" .checked=${chosen.includes(id)} @change=${(/** @type {Event} */ event) =>
				(this.values[name] = checkedOf(event) ? [...this.values[name], id] : this.values[name].filter((one) => one !== id))}>
				<span>${text}${note === undefined ? nothing : html` <span class="gk-list__sub">${note}</span>`}</span></label>`)}</div></fieldset>`;
	}

	render() {
		const { values: v, form } = this;
		const system = app.session?.member.roles.includes("system_admin");
		return html`${pageHead(t(this.memberId === "" ? "admin.members.new" : "admin.members.edit"))}${this.member.render((member) => html`
			<form class="gk-form" novalidate @submit=${(/** @type {Event} */ event) => form.submit(event, () => this.check(), () => this.send(member))}>
				${form.summary()}
				<section class="gk-card admin-appointment__part">
					${form.text({ pointer: "/name", label: t("admin.members.name"), value: v.name, set: (x) => (v.name = x), required: true })}
					${form.text({ pointer: "/kana", label: t("admin.members.kana"), support: t("admin.members.kana_support"), value: v.kana, set: (x) => (v.kana = x) })}
					${member ? html`<dl class="gk-details"><dt>${t("admin.sign_in.email")}</dt><dd>${member.email}</dd></dl>` :
						form.text({ pointer: "/email", label: t("admin.sign_in.email"), support: t("admin.members.email_support"), value: v.email, set: (x) => (v.email = x), required: true, type: "email", inputmode: "email", language: "en" })}
					${form.field({ pointer: "/language", label: t("admin.members.language"), control: (a) => html`<select class="gk-input" id=${a.id} data-width="time"
						@change=${(/** @type {Event} */ event) => (v.language = valueOf(event))}>${Object.entries({ ja: "\u65e5\u672c\u8a9e", en: "English" }).map(([code, name]) => html`<option value=${code} lang=${code} ?selected=${v.language === code}>${name}</option>`)}</select>` })}
				</section>
				<section class="gk-card admin-appointment__part">
					${this.boxes("roles", t("admin.members.roles"), t("admin.members.roles_support"), ROLES.filter((role) => system || role !== "system_admin" || v.roles.includes(role))
						.map((role) => ({ id: role, text: t(`admin.role.${role}`), note: t(`admin.role.${role}_may`) })))}
					${member === null ? nothing : html`
						${app.openOffices.length === 0 ? nothing : this.boxes("offices", t("admin.members.offices"), t("admin.members.offices_support"), app.openOffices.map(({ id, name }) => ({ id, text: name })))}
						${this.departments.length === 0 ? nothing : this.boxes("departments", t("admin.members.departments"), t("admin.members.departments_support"), this.departments.map(({ name }) => ({ id: name, text: name })))}`}
				</section>
				<div class="gk-form__actions">${form.sendButton(t(member ? "common.save" : "admin.members.send"))}<a class="gk-button" data-kind="plain" href="#/members">${t("common.cancel")}</a></div>
			</form>
			${member && this.mayReset(member) ? html`<div class="gk-form"><section class="gk-card admin-appointment__part" aria-labelledby="factor-title"><h2 class="gk-field__label" id="factor-title">${t("admin.factor.title")}</h2>
				<p class="gk-field__support">${t("admin.members.reset_lead")}</p>
				<div><button type="button" class="gk-button" @click=${() => this.reset(member)}>${t("admin.members.reset")}</button></div></section></div>` : nothing}`, 5)}`;
	}
}
customElements.define("admin-member-form", AdminMemberForm);
