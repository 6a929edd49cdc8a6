// The second step of signing in; and the one field for it, which other places
// ask for as well before they change a second factor.
import { html, nothing } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { FormState } from "../component/gk_form.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { path } from "../shared/api_client.mjs";
import { Problem } from "../shared/problem.mjs";
import { t } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import { go } from "./admin_route.mjs";
import { app } from "./admin_state.mjs";

/** @typedef {"code" | "sms_code" | "recovery_code"} Way as the API names it */
/** @typedef {{totp: boolean, sms: boolean, phone_end: string | null, recovery_codes: boolean | number}} Has */

/** The ways that somebody has. @param {Has | undefined} has @returns {Way[]} */
export const waysOf = (has) => [
	...(has?.totp ? [/** @type {const} */ ("code")] : []), ...(has?.sms ? [/** @type {const} */ ("sms_code")] : []),
	...(has?.recovery_codes ? [/** @type {const} */ ("recovery_code")] : [])];

/** What somebody shows: a code of the authenticator or by SMS, or a recovery code. */
export class Proof {
	/** @param {import("../component/gk_element.mjs").GkElement} element that shows it */
	constructor(element) {
		this.element = element;
		/** @type {Way} */
		this.way = "code";
		this.value = "";
		this.phoneEnd = "";
	}

	/** Begin with the first way there is. @param {Has | undefined} has */
	use(has) {
		const [way] = waysOf(has);
		this.phoneEnd = has?.phone_end ?? "";
		// Nothing is sent before somebody asks for it.
		if (way !== undefined) this.way = way === "sms_code" ? "recovery_code" : way;
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
		if (way === "sms_code") await this.sendSms(form);
		this.element.requestUpdate();
		await this.element.updateComplete;
		this.element.querySelector("input")?.focus();
	}

	/** @param {FormState} form */
	async sendSms(form) {
		try {
			await app.api.post(path`/sessions/current/sms-codes`, undefined, { signal: this.element.signal });
			showToast({ text: t("admin.factor.sms_sent", { end: this.phoneEnd }) });
		} catch (fault) {
			if (fault instanceof Problem) form.problem = fault;
			this.element.requestUpdate();
		}
	}

	/** @param {FormState} form */
	field(form) {
		const { way } = this;
		return form.text({ pointer: `/${way}`, label: t(`admin.factor.${way}`), support: t(`admin.factor.${way}_support`), value: this.value, set: (v) => (this.value = v), required: true,
			autocomplete: way === "recovery_code" ? "off" : "one-time-code", inputmode: way === "recovery_code" ? undefined : "numeric", language: "en" });
	}

	/** The ways beside the one in view. @param {FormState} form @param {Way[]} ways */
	others(form, ways) {
		return html`${this.way === "sms_code" ? html`<button type="button" class="gk-button" data-kind="plain" data-size="small" @click=${() => this.sendSms(form)}>${t("admin.factor.sms_again")}</button>` : nothing}
			${ways.filter((way) => way !== this.way).map((way) => html`<button type="button" class="gk-button" data-kind="plain" data-size="small" @click=${() => this.turn(form, way)}>${t(`admin.factor.use_${way}`)}</button>`)}`;
	}
}

class AdminSecondStep extends AdminElement {
	constructor() {
		super();
		this.form = new FormState(this);
		this.proof = new Proof(this);
		this.proof.use(app.pending?.second_factor);
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
		return html`<form class="gk-form gk-card admin-bare__card" novalidate @submit=${(/** @type {Event} */ event) => form.submit(event, () => proof.check(), () => this.send())}>
			<h1>${t("admin.second_step.title")}</h1>
			${form.summary()}
			${proof.field(form)}
			<div class="gk-form__actions">${form.sendButton(t("admin.second_step.send"))}</div>
			<div class="admin-bare__others">${proof.others(form, waysOf(app.pending?.second_factor))}
				<button type="button" class="gk-button" data-kind="plain" data-size="small" @click=${() => app.signOut()}>${t("admin.second_step.back")}</button></div>
			<p class="gk-small gk-muted">${t("admin.second_step.lost")}</p>
		</form>`;
	}
}
customElements.define("admin-second-step", AdminSecondStep);

/** Who must have a second factor and has none sets it up before anything else. */
class AdminMustEnrol extends AdminElement {
	static properties = { kind: { state: true } };

	constructor() {
		super();
		/** @type {"totp" | "phone"} */
		this.kind = "totp";
	}

	render() {
		const other = this.kind === "totp" ? "phone" : "totp";
		return html`<section class="gk-card admin-bare__card admin-enrolment-card">
			<h1>${t("admin.factor.must_title")}</h1>
			<p>${t("admin.factor.must_text", { tenant: app.pending?.tenant.display_name ?? "" })}</p>
			${keyed(this.kind, html`<admin-enrolment .kind=${this.kind} .done=${() => app.start()}></admin-enrolment>`)}
			<div class="admin-bare__others">${app.pending?.second_factor.sms_possible ? html`<button type="button" class="gk-button" data-kind="plain" data-size="small" @click=${() => (this.kind = other)}>${t(other === "phone" ? "admin.factor.by_phone" : "admin.factor.by_app")}</button>` : nothing}
				<button type="button" class="gk-button" data-kind="plain" data-size="small" @click=${() => app.signOut()}>${t("admin.sign_out")}</button></div>
		</section>`;
	}
}
customElements.define("admin-must-enrol", AdminMustEnrol);
