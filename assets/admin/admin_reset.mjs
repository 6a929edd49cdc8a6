// A forgotten password: ask for a link, and choose a new one by it.  The
// token stands after #, so no server and no log has seen it.
import { html, nothing } from "lit";
import { FormState } from "../component/gk_form.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { path } from "../shared/api_client.mjs";
import { keptChoice } from "../shared/kept_choice.mjs";
import { t } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import { app } from "./admin_state.mjs";

class AdminForgot extends AdminElement {
	static properties = { sent: { state: true } };

	constructor() {
		super();
		this.form = new FormState(this);
		this.values = { tenant: keptChoice("tenant"), email: "" };
		this.sent = false;
	}

	check() {
		return Object.entries(this.values).filter(([, value]) => value.trim() === "").map(([name]) => ({ pointer: `/${name}`, name: "missing" }));
	}

	async send() {
		const { tenant, email } = this.values;
		await app.api.post(path`/password-resets`, { tenant: tenant.trim().toLowerCase(), email: email.trim() }, { signal: this.signal });
		this.sent = true;
		await this.updateComplete;
		/** @type {HTMLElement | null} */ (this.querySelector("h1"))?.focus();
	}

	render() {
		const { values, form } = this;
		const back = html`<p><a href="#/">${t("admin.forgot.back")}</a></p>`;
		if (this.sent) return html`<div class="gk-form gk-card admin-bare__card" role="status"><h1 tabindex="-1">${t("admin.forgot.sent_title")}</h1>
			<p>${t("admin.forgot.sent")}</p><p>${t("admin.forgot.sent_help")}</p>${back}</div>`;
		return html`<form class="gk-form gk-card admin-bare__card" novalidate @submit=${(/** @type {Event} */ event) => form.submit(event, () => this.check(), () => this.send())}>
			<h1 tabindex="-1">${t("admin.forgot.title")}</h1>
			<p>${t("admin.forgot.lead")}</p>
			${form.summary()}
			${form.text({ pointer: "/tenant", label: t("admin.sign_in.tenant"), support: t("admin.sign_in.tenant_support"), value: values.tenant, set: (v) => (values.tenant = v), required: true, autocomplete: "organization", language: "en" })}
			${form.text({ pointer: "/email", label: t("admin.sign_in.email"), value: values.email, set: (v) => (values.email = v), required: true, type: "email", autocomplete: "username", inputmode: "email", language: "en" })}
			<div class="gk-form__actions">${form.sendButton(t("admin.forgot.send"))}</div>${back}
		</form>`;
	}
}
customElements.define("admin-forgot", AdminForgot);

class AdminReset extends AdminElement {
	static properties = { token: {} };

	constructor() {
		super();
		this.token = "";
		this.form = new FormState(this);
		this.values = { password: "" };
	}

	check() {
		return this.values.password === "" ? [{ pointer: "/password", name: "missing" }] : [];
	}

	async send() {
		await app.api.post(path`/passwords`, { token: this.token, password: this.values.password }, { signal: this.signal });
		location.hash = "#/";
		app.leave(false);
		await app.start();
		showToast({ text: t("admin.reset.done") });
	}

	render() {
		const { values, form } = this;
		return html`<form class="gk-form gk-card admin-bare__card" novalidate @submit=${(/** @type {Event} */ event) => form.submit(event, () => this.check(), () => this.send())}>
			<h1 tabindex="-1">${t("admin.reset.title")}</h1>
			<p>${t("admin.reset.lead")}</p>
			${form.summary()}
			${form.problem?.name === "token_invalid" ? html`<p><a href="#/forgot" @click=${() => app.start()}>${t("admin.reset.again")}</a></p>` : nothing}
			${form.text({ pointer: "/password", label: t("admin.account.new_password"), support: t("admin.account.password_support"), value: values.password, set: (v) => (values.password = v), required: true, type: "password", autocomplete: "new-password" })}
			<div class="gk-form__actions">${form.sendButton(t("admin.reset.send"))}</div>
		</form>`;
	}
}
customElements.define("admin-reset", AdminReset);
