// The second step of signing in; and the one field for it, which other places
// ask for as well before they change a second factor.
import { html } from "lit";
import { FormState } from "../component/gk_form.mjs";
import { path } from "../shared/api_client.mjs";
import { t } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import { go } from "./admin_route.mjs";
import { app } from "./admin_state.mjs";

/** @typedef {"code" | "recovery_code"} Way as the API names it */

/** What somebody shows: a code of the authenticator, or a recovery code. */
export class Proof {
	/** @param {import("../component/gk_element.mjs").GkElement} element that shows it */
	constructor(element) {
		this.element = element;
		/** @type {Way} */
		this.way = "code";
		this.value = "";
	}

	get json() {
		return { [this.way]: this.value.trim() };
	}

	check() {
		return this.value.trim() === "" ? [{ pointer: `/${this.way}`, name: "missing" }] : [];
	}

	/** @param {FormState} form @param {Way} way */
	async turn(form, way) {
		this.way = way;
		this.value = "";
		form.faults = [];
		form.problem = null;
		this.element.requestUpdate();
		await this.element.updateComplete;
		this.element.querySelector("input")?.focus();
	}

	/** @param {FormState} form */
	field(form) {
		const { way } = this;
		return form.text({ pointer: `/${way}`, label: t(`admin.factor.${way}`), support: t(`admin.factor.${way}_support`), value: this.value, set: (v) => (this.value = v), required: true,
			autocomplete: way === "code" ? "one-time-code" : "off", inputmode: way === "code" ? "numeric" : undefined, language: "en" });
	}

	/** The ways beside the one in view. @param {FormState} form @param {Way[]} ways */
	others(form, ways) {
		return ways.filter((way) => way !== this.way).map((way) => html`<button type="button" class="gk-button" data-kind="plain" data-size="small" @click=${() => this.turn(form, way)}>${t(`admin.factor.use_${way}`)}</button>`);
	}
}

class AdminSecondStep extends AdminElement {
	constructor() {
		super();
		this.form = new FormState(this);
		this.proof = new Proof(this);
	}

	firstUpdated() {
		this.querySelector("input")?.focus();
	}

	async send() {
		/** @type {import("./admin_state.mjs").Session} */
		const session = await app.api.post(path`/sessions/current/totp`, this.proof.json, { signal: this.signal });
		if (location.hash === "") go("today");
		await app.enter(session);
	}

	render() {
		const { form, proof } = this;
		const has = app.pending?.second_factor;
		/** @type {Way[]} */
		const ways = [...(has?.totp ? [/** @type {const} */ ("code")] : []), ...(has?.recovery_codes ? [/** @type {const} */ ("recovery_code")] : [])];
		return html`<form class="gk-form gk-card admin-bare__card" novalidate @submit=${(/** @type {Event} */ event) => form.submit(event, () => proof.check(), () => this.send())}>
			<h1>${t("admin.second_step.title")}</h1>
			${form.summary()}
			${proof.field(form)}
			<div class="gk-form__actions">${form.sendButton(t("admin.second_step.send"))}</div>
			<div class="admin-bare__others">${proof.others(form, ways)}
				<button type="button" class="gk-button" data-kind="plain" data-size="small" @click=${() => app.signOut()}>${t("admin.second_step.back")}</button></div>
			<p class="gk-small gk-muted">${t("admin.second_step.lost")}</p>
		</form>`;
	}
}
customElements.define("admin-second-step", AdminSecondStep);

/** Who must have a second factor and has none sets it up before anything else. */
class AdminMustEnrol extends AdminElement {
	render() {
		return html`<section class="gk-card admin-bare__card admin-enrolment-card">
			<h1>${t("admin.factor.must_title")}</h1>
			<p>${t("admin.factor.must_text", { tenant: app.pending?.tenant.display_name ?? "" })}</p>
			<admin-enrolment .done=${() => app.start()}></admin-enrolment>
			<p><button type="button" class="gk-button" data-kind="plain" data-size="small" @click=${() => app.signOut()}>${t("admin.sign_out")}</button></p>
		</section>`;
	}
}
customElements.define("admin-must-enrol", AdminMustEnrol);
