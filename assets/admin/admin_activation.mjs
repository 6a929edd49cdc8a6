// From the link of an invitation: become a member.  The token stands after #,
// so no server and no log has seen it.
import { html } from "lit";
import { FormState } from "../component/gk_form.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { path } from "../shared/api_client.mjs";
import { t, textLanguage } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import { go } from "./admin_route.mjs";
import { app } from "./admin_state.mjs";

class AdminActivation extends AdminElement {
	static properties = { token: {} };

	constructor() {
		super();
		this.token = "";
		this.form = new FormState(this);
		this.values = { name: "", email: "", password: "" };
	}

	check() {
		return Object.entries(this.values).filter(([, value]) => value.trim() === "").map(([name]) => ({ pointer: `/${name}`, name: "missing" }));
	}

	async send() {
		const { name, email, password } = this.values;
		await app.api.post(path`/activations`, { token: this.token, name: name.trim(), email: email.trim(), password, language: textLanguage() }, { signal: this.signal });
		go("today");
		await app.start();
		showToast({ text: t("admin.activation.done") });
	}

	render() {
		const { values, form } = this;
		return html`<form class="gk-form gk-card admin-bare__card" novalidate @submit=${(/** @type {Event} */ event) => form.submit(event, () => this.check(), () => this.send())}>
			<h1>${t("admin.activation.title")}</h1>
			<p>${t("admin.activation.lead")}</p>
			${form.summary()}
			${form.text({ pointer: "/name", label: t("admin.activation.name"), value: values.name, set: (v) => (values.name = v), required: true, autocomplete: "name" })}
			${form.text({ pointer: "/email", label: t("admin.sign_in.email"), value: values.email, set: (v) => (values.email = v), required: true, type: "email", autocomplete: "username", inputmode: "email", language: "en" })}
			${form.text({ pointer: "/password", label: t("admin.sign_in.password"), support: t("admin.activation.password_support"), value: values.password, set: (v) => (values.password = v), required: true, type: "password", autocomplete: "new-password" })}
			<div class="gk-form__actions">${form.sendButton(t("admin.activation.send"))}</div>
		</form>`;
	}
}
customElements.define("admin-activation", AdminActivation);
