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

	/** @param {boolean} has @param {boolean} codesOnly */
	async open(has, codesOnly) {
		await showDialog((close) => ({
			heading: t(codesOnly ? "admin.factor.renew" : has ? "admin.factor.change" : "admin.factor.begin"),
			content: html`<admin-enrolment .proven=${!has} .codesOnly=${codesOnly} .done=${close}></admin-enrolment>`,
		}));
		await this.factor.load();
	}

	render() {
		return html`<h2>${t("admin.factor.title")}</h2>${this.factor.render((factor) => (factor.totp ? this.has(factor) : html`
			<p><span class="gk-status" data-tone="quiet">${t("admin.factor.off")}</span></p><p>${t("admin.factor.lead")}</p>
			<p><button type="button" class="gk-button" data-kind="primary" @click=${() => this.open(false, false)}>${icon("lock")}${t("admin.factor.begin")}</button></p>`), 2)}`;
	}

	/** @param {SecondFactor} factor */
	has({ recovery_codes: left }) {
		return html`<p><span class="gk-status" data-tone="positive">${t("admin.factor.on")}</span></p>
			<p>${tn("admin.factor.codes_left", left)}${left <= FEW ? html` <span class="gk-badge" data-tone="caution">${t("admin.factor.codes_few")}</span>` : nothing}</p>
			<p class="gk-choices"><button type="button" class="gk-button" @click=${() => this.open(true, false)}>${t("admin.factor.change")}</button>
				<button type="button" class="gk-button" @click=${() => this.open(true, true)}>${t("admin.factor.renew")}</button></p>`;
	}
}
customElements.define("admin-second-factor", AdminSecondFactor);
