// Sign in: company, e-mail address, password.
import { html, nothing } from "lit";
import { FormState } from "../component/gk_form.mjs";
import { icon } from "../component/gk_icon.mjs";
import { path } from "../shared/api_client.mjs";
import { keepChoice, keptChoice } from "../shared/kept_choice.mjs";
import { t } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import { go } from "./admin_route.mjs";
import { app } from "./admin_state.mjs";

class AdminSignIn extends AdminElement {
	constructor() {
		super();
		this.form = new FormState(this);
		this.values = { tenant: keptChoice("tenant"), email: "", password: "" };
	}

	firstUpdated() {
		/** @type {HTMLElement | null} */ (this.querySelector(this.values.tenant === "" ? "input" : "[type=email]"))?.focus();
	}

	check() {
		return Object.entries(this.values).filter(([, value]) => value.trim() === "").map(([name]) => ({ pointer: `/${name}`, name: "missing" }));
	}

	async send() {
		const { tenant, email, password } = this.values;
		const who = { tenant: tenant.trim().toLowerCase(), email: email.trim(), password };
		/** @type {import("./admin_state.mjs").Session | import("./admin_state.mjs").PendingSession} */
		const session = await app.api.post(path`/sessions`, who, { signal: this.signal });
		keepChoice("tenant", who.tenant);
		if (/^(#?\/?)$/.test(location.hash)) go("today");
		await app.enter(session);
	}

	render() {
		const { values, form } = this;
		return html`<form class="gk-form gk-card admin-bare__card" novalidate @submit=${(/** @type {Event} */ event) => form.submit(event, () => this.check(), () => this.send())}>
			<h1>${t("admin.sign_in.title")}</h1>
			${app.expired ? html`<div class="gk-notice" data-tone="caution" role="status">${icon("time")}<p>${t("admin.sign_in.expired")}</p></div>` : nothing}
			${form.summary()}
			${form.problem?.name === "wait" ? html`<div class="gk-notice" data-tone="caution">${icon("time")}<p>${t("admin.sign_in.blocked")}</p></div>` : nothing}
			${form.text({ pointer: "/tenant", label: t("admin.sign_in.tenant"), support: t("admin.sign_in.tenant_support"), value: values.tenant, set: (v) => (values.tenant = v), required: true, autocomplete: "organization", language: "en" })}
			${form.text({ pointer: "/email", label: t("admin.sign_in.email"), value: values.email, set: (v) => (values.email = v), required: true, type: "email", autocomplete: "username", inputmode: "email", language: "en" })}
			${form.text({ pointer: "/password", label: t("admin.sign_in.password"), value: values.password, set: (v) => (values.password = v), required: true, type: "password", autocomplete: "current-password" })}
			<div class="gk-form__actions">${form.sendButton(t("admin.sign_in.send"))}</div>
			<p><a href="#/forgot">${t("admin.sign_in.forgot")}</a></p>
		</form>`;
	}
}
customElements.define("admin-sign-in", AdminSignIn);
