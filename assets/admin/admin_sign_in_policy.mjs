// What the company asks of passwords and sessions.
import { html } from "lit";
import { FormState } from "../component/gk_form.mjs";
import { Loading } from "../component/gk_states.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { path } from "../shared/api_client.mjs";
import { t } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import { app } from "./admin_state.mjs";
import { pageHead } from "./admin_view.mjs";

/** @typedef {import("#types/api").SignInPolicy} SignInPolicy */

const RANGES = /** @type {const} */ ({ password_min: [8, 128], idle_minutes: [5, 1440], longest_hours: [1, 720] });
/** @typedef {keyof typeof RANGES} Rule */
const RULES = /** @type {Rule[]} */ (Object.keys(RANGES));

class AdminSignInPolicy extends AdminElement {
	constructor() {
		super();
		this.form = new FormState(this);
		this.version = 0;
		/** @type {Record<Rule, string>} */
		this.values = { password_min: "", idle_minutes: "", longest_hours: "" };
		/** @type {Loading<SignInPolicy>} */
		this.policy = new Loading(this, async (signal) => this.take(await app.api.get(path`/settings/sign-in`, { signal })));
	}

	connectedCallback() {
		super.connectedCallback();
		this.policy.load();
	}

	/** @param {SignInPolicy} policy */
	take(policy) {
		this.version = policy.version;
		for (const rule of RULES) this.values[rule] = String(policy[rule]);
		return policy;
	}

	check() {
		return RULES.filter((rule) => {
			const [min, max] = RANGES[rule], value = this.values[rule].trim();
			return !/^\d{1,4}$/.test(value) || Number(value) < min || Number(value) > max;
		}).map((rule) => ({ pointer: `/${rule}`, name: "out_of_range" }));
	}

	async send() {
		const { password_min, idle_minutes, longest_hours } = this.values;
		this.take(await app.api.put(path`/settings/sign-in`, { password_min: Number(password_min), idle_minutes: Number(idle_minutes), longest_hours: Number(longest_hours), version: this.version }, { signal: this.signal }));
		showToast({ text: t("admin.sign_in_policy.saved") });
	}

	render() {
		const { values: v, form } = this;
		return html`${pageHead(t("admin.sign_in_policy.title"), undefined, t("admin.sign_in_policy.lead"))}${this.policy.render(() => html`
			<form class="gk-form" novalidate @submit=${(/** @type {Event} */ event) => form.submit(event, () => this.check(), () => this.send())}>
				${form.summary()}
				<section class="gk-card admin-appointment__part">
					<h2>${t("admin.sign_in_policy.password")}</h2>
					${form.text({ pointer: "/password_min", label: t("admin.sign_in_policy.password_min"), support: t("admin.sign_in_policy.password_support"), value: v.password_min, set: (x) => (v.password_min = x), inputmode: "numeric", size: "number" })}
				</section>
				<section class="gk-card admin-appointment__part">
					<h2>${t("admin.sign_in_policy.sessions")}</h2>
					${form.text({ pointer: "/idle_minutes", label: t("admin.sign_in_policy.idle_minutes"), support: t("admin.sign_in_policy.idle_support"), value: v.idle_minutes, set: (x) => (v.idle_minutes = x), inputmode: "numeric", size: "number" })}
					${form.text({ pointer: "/longest_hours", label: t("admin.sign_in_policy.longest_hours"), support: t("admin.sign_in_policy.longest_support"), value: v.longest_hours, set: (x) => (v.longest_hours = x), inputmode: "numeric", size: "number" })}
				</section>
				<div class="gk-form__actions">${form.sendButton(t("common.save"))}</div>
			</form>`, 6)}`;
	}
}
customElements.define("admin-sign-in-policy", AdminSignInPolicy);
