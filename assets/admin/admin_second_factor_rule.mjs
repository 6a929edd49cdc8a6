// Who must have a second factor.
import { html, nothing } from "lit";
import { checkedOf, FormState } from "../component/gk_form.mjs";
import { Loading } from "../component/gk_states.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { path } from "../shared/api_client.mjs";
import { t } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import { app } from "./admin_state.mjs";
import { pageHead } from "./admin_view.mjs";

/** @typedef {import("#types/api").SecondFactorRule} SecondFactorRule */
/** @typedef {import("./admin_state.mjs").Role} Role */

const WHO = /** @type {const} */ (["none", "roles", "all"]);
/** @type {Role[]} */
const ROLES = ["system_admin", "account_admin", "operations_admin", "reception", "member"];

class AdminSecondFactorRule extends AdminElement {
	constructor() {
		super();
		this.form = new FormState(this);
		/** @type {SecondFactorRule} */
		this.values = { requirement: "none", roles: [], version: 0 };
		/** @type {Loading<SecondFactorRule>} */
		this.rule = new Loading(this, async (signal) => (this.values = await app.api.get(path`/settings/second-factor`, { signal })));
	}

	connectedCallback() {
		super.connectedCallback();
		this.rule.load();
	}

	async send() {
		const { requirement, roles, version } = this.values;
		this.values = await app.api.put(path`/settings/second-factor`, { requirement, roles: requirement === "roles" ? roles : [], version }, { signal: this.signal });
		showToast({ text: t("admin.factor_rule.saved") });
		await app.start(); // it may hold for the author, too
	}

	/** @param {Role} role @param {boolean} on */
	turn(role, on) {
		this.values.roles = [...(this.values.roles ?? []).filter((one) => one !== role), ...(on ? [role] : [])];
	}

	render() {
		const { form, values } = this;
		return html`${pageHead(t("admin.factor_rule.title"), nothing, t("admin.factor_rule.lead"))}
			${this.rule.render(() => html`<form class="gk-form" novalidate @submit=${(/** @type {Event} */ event) => form.submit(event, () => this.check(), () => this.send())}>
				${form.summary()}
				<section class="gk-card admin-appointment__part"><fieldset class="gk-field"><legend class="gk-field__label">${t("admin.factor_rule.who")}</legend>
					${WHO.map((who) => html`<label class="gk-check"><input type="radio" name="who" .checked=${values.requirement === who} @change=${() => ((values.requirement = who), this.requestUpdate())}><span>${t(`admin.factor_rule.${who}`)}</span></label>
						${who === "roles" && values.requirement === "roles" ? this.roles() : nothing}`)}</fieldset></section>
				<p class="gk-muted">${t("admin.factor_rule.when")}</p>
				<div class="gk-form__actions">${form.sendButton(t("common.save"))}</div></form>`, 3)}`;
	}

	roles() {
		return this.form.field({ pointer: "/roles", label: t("admin.factor_rule.which"), control: (a) => html`<div class="admin-rule__roles" id=${a.id} role="group" aria-labelledby="${a.id}-label" aria-describedby=${a.described}>
			${ROLES.map((role) => html`<label class="gk-check"><input type="checkbox" .checked=${this.values.roles?.includes(role) ?? false} @change=${(/** @type {Event} */ event) => this.turn(role, checkedOf(event))}><span>${t(`admin.role.${role}`)}</span></label>`)}</div>` });
	}

	check() {
		return this.values.requirement === "roles" && this.values.roles?.length === 0 ? [{ pointer: "/roles", name: "too_few" }] : [];
	}
}
customElements.define("admin-second-factor-rule", AdminSecondFactorRule);
