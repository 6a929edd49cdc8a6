// What comes before anything else: signing up by a link, signing in, the second
// factor, and setting one up.
import { html, nothing } from "lit";
import { go } from "../admin/admin_route.mjs";
import { saveFile } from "../admin/csv_export.mjs";
import { FormState } from "../component/gk_form.mjs";
import { icon } from "../component/gk_icon.mjs";
import { problemNotice } from "../component/gk_states.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { path } from "../shared/api_client.mjs";
import { t } from "../shared/text.mjs";
import { app, OperatorElement } from "./operator_state.mjs";

/** @param {Record<string, string>} values */
const missing = (values) => Object.entries(values).filter(([, value]) => value.trim() === "").map(([name]) => ({ pointer: `/${name}`, name: "missing" }));

class OperatorForm extends OperatorElement {
	constructor() {
		super();
		this.form = new FormState(this);
		/** @type {Record<string, string>} */
		this.values = {};
	}

	firstUpdated() {
		this.querySelector("input")?.focus();
	}

	/** What the fields are called, and how they look. @param {string} name @param {Partial<Parameters<FormState["text"]>[0]> & {label: string}} o */
	input(name, o) {
		return this.form.text({ pointer: `/${name}`, value: this.values[name], set: (v) => (this.values[name] = v), required: true, ...o });
	}

	async send() {}

	/** @param {string} title @param {unknown} fields @param {string} words @param {unknown} [after] */
	card(title, fields, words, after = nothing) {
		return html`<form class="gk-form gk-card admin-bare__card" novalidate @submit=${(/** @type {Event} */ event) => this.form.submit(event, () => missing(this.values), () => this.send())}>
			<h1>${title}</h1>${this.form.summary()}${fields}
			<div class="gk-form__actions">${this.form.sendButton(words)}</div>${after}
		</form>`;
	}
}

class OperatorSignIn extends OperatorForm {
	constructor() {
		super();
		this.values = { email: "", password: "" };
	}

	async send() {
		const { email, password } = this.values;
		/** @type {import("./operator_state.mjs").Session} */
		const session = await app.api.post(path`/sessions`, { email: email.trim(), password }, { signal: this.signal });
		app.enter(session);
	}

	render() {
		return this.card(t("operator.sign_in.title"), html`
			${app.expired ? html`<div class="gk-notice" data-tone="caution" role="status">${icon("time")}<p>${t("operator.sign_in.expired")}</p></div>` : nothing}
			${this.input("email", { label: t("operator.email"), type: "email", autocomplete: "username", inputmode: "email", language: "en" })}
			${this.input("password", { label: t("operator.password"), type: "password", autocomplete: "current-password" })}`, t("operator.sign_in.send"),
		html`<p class="gk-small gk-muted">${t("operator.sign_in.lost")}</p>`);
	}
}
customElements.define("operator-sign-in", OperatorSignIn);

/** From a link: the token stands after #, so no server and no log has seen it. */
class OperatorSignUp extends OperatorForm {
	static properties = { token: {} };

	constructor() {
		super();
		this.token = "";
		this.values = { password: "" };
	}

	async send() {
		await app.api.post(path`/sign-ups`, { token: this.token, password: this.values.password }, { signal: this.signal });
		go("tenants");
		await app.start();
		showToast({ text: t("operator.sign_up.done") });
	}

	render() {
		return this.card(t("operator.sign_up.title"), html`<p>${t("operator.sign_up.lead")}</p>
			${this.input("password", { label: t("operator.password"), support: t("operator.sign_up.support"), type: "password", autocomplete: "new-password" })}`, t("operator.sign_up.send"));
	}
}
customElements.define("operator-sign-up", OperatorSignUp);

class OperatorSecondStep extends OperatorForm {
	constructor() {
		super();
		/** @type {Record<string, string>} */
		this.values = { code: "" };
	}

	get way() {
		return /** @type {"code" | "recovery_code"} */ (Object.keys(this.values)[0]);
	}

	async turn() {
		this.values = this.way === "code" ? { recovery_code: "" } : { code: "" };
		this.form = new FormState(this);
		this.requestUpdate();
		await this.updateComplete;
		this.querySelector("input")?.focus();
	}

	async send() {
		/** @type {import("./operator_state.mjs").Session} */
		const session = await app.api.post(path`/sessions/current/totp`, { [this.way]: this.values[this.way].trim() }, { signal: this.signal });
		app.enter(session);
	}

	render() {
		const { way } = this;
		return this.card(t("operator.second_step.title"), this.input(way, { label: t(`admin.factor.${way}`), support: t(`admin.factor.${way}_support`),
			autocomplete: way === "code" ? "one-time-code" : "off", inputmode: way === "code" ? "numeric" : undefined, language: "en" }), t("operator.second_step.send"),
		html`<div class="admin-bare__others">
			<button type="button" class="gk-button" data-kind="plain" data-size="small" @click=${() => this.turn()}>${t(way === "code" ? "admin.factor.use_recovery_code" : "admin.factor.use_code")}</button>
			<button type="button" class="gk-button" data-kind="plain" data-size="small" @click=${() => app.signOut()}>${t("operator.sign_out")}</button></div>`);
	}
}
customElements.define("operator-second-step", OperatorSecondStep);

/** Nobody goes on without an authenticator. */
class OperatorEnrolment extends OperatorForm {
	static properties = { made: { state: true }, codes: { state: true }, problem: { state: true } };

	constructor() {
		super();
		this.values = { code: "" };
		/** @type {{secret: string, uri: string, qr_svg: string} | undefined} */
		this.made = undefined;
		this.picture = "";
		/** @type {string[]} */
		this.codes = [];
		/** @type {unknown} */
		this.problem = undefined;
	}

	connectedCallback() {
		super.connectedCallback();
		this.make();
	}

	disconnectedCallback() {
		super.disconnectedCallback();
		URL.revokeObjectURL(this.picture);
	}

	async make() {
		try {
			/** @type {{secret: string, uri: string, qr_svg: string}} */
			const made = await app.api.post(path`/sessions/current/totp-enrolment`, undefined, { signal: this.signal });
			this.picture = URL.createObjectURL(new Blob([made.qr_svg], { type: "image/svg+xml" }));
			this.problem = undefined;
			this.made = made;
		} catch (fault) {
			if (!this.signal.aborted) this.problem = fault;
		}
	}

	async send() {
		/** @type {{csrf_token: string, recovery_codes: string[]}} */
		const { csrf_token, recovery_codes } = await app.api.put(path`/sessions/current/totp-enrolment`, { code: this.values.code.trim() }, { signal: this.signal });
		app.api.useCsrfToken(csrf_token);
		this.codes = recovery_codes;
	}

	render() {
		if (this.codes.length > 0) return this.keep();
		if (this.problem !== undefined) return problemNotice(this.problem, () => this.make());
		if (this.made === undefined) return nothing;
		return this.card(t("operator.enrolment.title"), html`<p>${t("operator.enrolment.lead")}</p>
			<div class="admin-enrolment">
				<ol class="admin-pairing__steps"><li>${t("admin.factor.step_app")}</li><li>${t("admin.factor.step_scan")}</li><li>${t("admin.factor.step_code")}</li></ol>
				<img class="admin-enrolment__picture" src=${this.picture} alt=${t("admin.factor.qr")}>
				<details class="admin-enrolment__key"><summary>${t("admin.factor.no_camera")}</summary>
					<p>${t("admin.factor.key_text")}</p><p class="admin-secret"><code>${this.made.secret.match(/.{4}/g)?.join(" ")}</code></p></details>
			</div>
			${this.input("code", { label: t("admin.factor.code"), support: t("admin.factor.code_support"), autocomplete: "one-time-code", inputmode: "numeric", language: "en" })}`,
		t("admin.factor.confirm"));
	}

	keep() {
		const text = `${t("operator.title")}\n\n${this.codes.join("\n")}\n`;
		return html`<section class="gk-card admin-bare__card"><h1>${t("operator.enrolment.codes")}</h1><div class="gk-form admin-recovery">
			<div class="gk-notice" data-tone="caution" role="status">${icon("alert")}<div class="gk-notice__body"><p class="gk-notice__title">${t("admin.factor.codes_title")}</p><p>${t("admin.factor.codes_text")}</p></div></div>
			<ol class="admin-recovery__codes">${this.codes.map((code) => html`<li><code>${code}</code></li>`)}</ol>
			<div class="gk-form__actions gk-screen-only">
				<button type="button" class="gk-button" data-size="small" @click=${() => print()}>${icon("print")}${t("common.print")}</button>
				<button type="button" class="gk-button" data-size="small" @click=${() => saveFile(new Blob([text], { type: "text/plain" }), "genkan-operator-recovery-codes.txt")}>${icon("download")}${t("admin.factor.download")}</button></div>
			<div class="gk-form__actions gk-screen-only"><button type="button" class="gk-button" data-kind="primary" @click=${() => app.start()}>${t("admin.factor.codes_kept")}</button></div>
		</div></section>`;
	}
}
customElements.define("operator-enrolment", OperatorEnrolment);
