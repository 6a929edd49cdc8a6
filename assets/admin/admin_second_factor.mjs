// The member's own second factor, among the settings.
import { html, nothing } from "lit";
import { showDialog } from "../component/gk_dialog.mjs";
import { icon } from "../component/gk_icon.mjs";
import { Loading } from "../component/gk_states.mjs";
import { path } from "../shared/api_client.mjs";
import { t, tn } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import "./admin_enrolment.mjs";
import { app } from "./admin_state.mjs";

/** @typedef {import("#types/api").SecondFactor} SecondFactor */

const FEW = 3; // recovery codes left

class AdminSecondFactor extends AdminElement {
	constructor() {
		super();
		/** @type {Loading<SecondFactor>} */
		this.factor = new Loading(this, (signal) => app.api.get(path`/sessions/current/second-factor`, { signal }));
	}

	connectedCallback() {
		super.connectedCallback();
		this.factor.load();
	}

	/** @param {"totp" | "phone" | "codes"} kind @param {import("../shared/text.mjs").TextKey} heading */
	async open(kind, heading) {
		const has = this.factor.value?.totp || this.factor.value?.sms ? this.factor.value : undefined;
		await showDialog((close) => ({
			heading: t(heading),
			content: html`<admin-enrolment .kind=${kind} .has=${has} .done=${close}></admin-enrolment>`,
		}));
		await this.factor.load();
	}

	render() {
		return html`<h2>${t("admin.factor.title")}</h2>${this.factor.render((factor) => (factor.totp || factor.sms ? this.has(factor) : html`
			<p><span class="gk-status" data-tone="quiet">${t("admin.factor.off")}</span></p><p>${t("admin.factor.lead")}</p>
			<p class="gk-choices"><button type="button" class="gk-button" data-kind="primary" @click=${() => this.open("totp", "admin.factor.begin")}>${icon("lock")}${t("admin.factor.begin")}</button>${this.phone(factor)}</p>`), 2)}`;
	}

	/** @param {SecondFactor} factor */
	has(factor) {
		const { recovery_codes: left, phone_end: end, totp } = factor;
		return html`<p><span class="gk-status" data-tone="positive">${t("admin.factor.on")}</span></p>
			${end ? html`<p>${t("admin.factor.phone_now", { end })}</p>` : nothing}
			<p>${tn("admin.factor.codes_left", left)}${left <= FEW ? html` <span class="gk-badge" data-tone="caution">${t("admin.factor.codes_few")}</span>` : nothing}</p>
			<p class="gk-choices"><button type="button" class="gk-button" @click=${() => this.open("totp", totp ? "admin.factor.change" : "admin.factor.by_app")}>${t(totp ? "admin.factor.change" : "admin.factor.by_app")}</button>${this.phone(factor)}
				<button type="button" class="gk-button" @click=${() => this.open("codes", "admin.factor.renew")}>${t("admin.factor.renew")}</button></p>`;
	}

	/** @param {SecondFactor} factor */
	phone({ sms, sms_possible: possible }) {
		const words = sms ? "admin.factor.phone_change" : "admin.factor.phone_begin";
		return possible ? html`<button type="button" class="gk-button" @click=${() => this.open("phone", words)}>${t(words)}</button>` : nothing;
	}
}
customElements.define("admin-second-factor", AdminSecondFactor);
