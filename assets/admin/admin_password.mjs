// Change my password, a part of the person's own settings.
import { html } from "lit";
import { FormState } from "../component/gk_form.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { path } from "../shared/api_client.mjs";
import { t } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import { app } from "./admin_state.mjs";

class AdminPassword extends AdminElement {
	constructor() {
		super();
		this.form = new FormState(this);
		this.values = { current_password: "", password: "" };
	}

	check() {
		return Object.entries(this.values).filter(([, value]) => value === "").map(([name]) => ({ pointer: `/${name}`, name: "missing" }));
	}

	async send() {
		await app.api.put(path`/passwords/current`, this.values, { signal: this.signal });
		this.values = { current_password: "", password: "" };
		this.emit("gk-changed");
		showToast({ text: t("admin.account.password_done") });
	}

	render() {
		const { values, form } = this;
		return html`<h2 id="password-title">${t("admin.account.password")}</h2>
			<form class="gk-form" novalidate aria-labelledby="password-title" @submit=${(/** @type {Event} */ event) => form.submit(event, () => this.check(), () => this.send())}>
				${form.summary()}
				<input type="text" autocomplete="username" .value=${app.session?.member.email ?? ""} hidden>
				${form.text({ pointer: "/current_password", label: t("admin.account.current_password"), value: values.current_password, set: (v) => (values.current_password = v), required: true, type: "password", autocomplete: "current-password" })}
				${form.text({ pointer: "/password", label: t("admin.account.new_password"), support: t("admin.account.password_support"), value: values.password, set: (v) => (values.password = v), required: true, type: "password", autocomplete: "new-password" })}
				<p class="gk-muted">${t("admin.account.password_note")}</p>
				<div class="gk-form__actions">${form.sendButton(t("admin.account.password_send"))}</div>
			</form>`;
	}
}
customElements.define("admin-password", AdminPassword);
