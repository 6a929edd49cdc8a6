// Setting up an authenticator, or a number for SMS: show the second factor there
// is, scan or type, confirm by the first code, keep the recovery codes.  Making
// new recovery codes is the same without the middle.
import { html, nothing } from "lit";
import { FormState } from "../component/gk_form.mjs";
import { icon } from "../component/gk_icon.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { path } from "../shared/api_client.mjs";
import { Problem } from "../shared/problem.mjs";
import { t } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import { saveFile } from "./csv_export.mjs";
import { Proof, waysOf } from "./admin_second_step.mjs";
import { app } from "./admin_state.mjs";
import { copyText } from "./admin_view.mjs";

/** @typedef {{secret: string, uri: string, qr_svg: string}} Made */

class AdminEnrolment extends AdminElement {
	static properties = { kind: {}, has: { attribute: false }, done: { attribute: false }, made: { state: true }, sent: { state: true }, codes: { state: true } };

	constructor() {
		super();
		/** What is wanted @type {"totp" | "phone" | "codes"} */
		this.kind = "totp";
		/** What the member has, to be shown first @type {import("./admin_second_step.mjs").Has | undefined} */
		this.has = undefined;
		this.phone = "";
		/** Is a code on its way to that number? */
		this.sent = false;
		this.done = () => {};
		/** @type {Made | undefined} */
		this.made = undefined;
		this.picture = "";
		/** @type {string[]} */
		this.codes = [];
		this.proof = new Proof(this);
		this.first = new Proof(this);
		this.form = new FormState(this);
	}

	connectedCallback() {
		super.connectedCallback();
		this.proof.use(this.has);
		if (!this.has && this.kind === "totp") this.make({});
	}

	disconnectedCallback() {
		super.disconnectedCallback();
		URL.revokeObjectURL(this.picture);
	}

	/** @param {Record<string, string>} proof */
	async make(proof) {
		try {
			await this.start(proof);
		} catch (fault) {
			if (this.signal.aborted) return;
			this.form.problem = fault instanceof Problem ? fault : new Problem("fault", 500, {});
			this.requestUpdate();
		}
	}

	/** @param {Record<string, string>} proof */
	async start(proof) {
		if (this.kind === "phone") {
			await app.api.post(path`/sessions/current/phone-enrolment`, { ...proof, phone: this.phone.trim() }, { signal: this.signal });
			this.form = new FormState(this);
			this.sent = true;
			this.first.way = "sms_code";
			await this.updateComplete;
			this.querySelector("input")?.focus();
			return;
		}
		if (this.kind === "codes") {
			this.codes = (await app.api.post(path`/sessions/current/recovery-codes`, proof, { signal: this.signal })).recovery_codes;
			return;
		}
		/** @type {Made} */
		const made = await app.api.post(path`/sessions/current/totp-enrolment`, proof, { signal: this.signal });
		this.picture = URL.createObjectURL(new Blob([made.qr_svg], { type: "image/svg+xml" }));
		this.form = new FormState(this);
		this.made = made;
		await this.updateComplete;
		this.querySelector("input")?.focus({ preventScroll: true });
	}

	async confirm() {
		const url = this.kind === "phone" ? path`/sessions/current/phone-enrolment` : path`/sessions/current/totp-enrolment`;
		const { csrf_token, recovery_codes } = await app.api.put(url, { code: this.first.value.trim() }, { signal: this.signal });
		app.api.useCsrfToken(csrf_token);
		if (recovery_codes.length === 0) this.finish();
		this.codes = recovery_codes;
	}

	finish() {
		if (this.kind !== "codes") showToast({ text: t("admin.factor.set_up") });
		this.done();
	}

	get text() {
		return `${t("admin.factor.codes_of", { who: app.session?.member.email ?? "", tenant: (app.session ?? app.pending)?.tenant.display_name ?? "" })}\n\n${this.codes.join("\n")}\n`;
	}

	render() {
		if (this.codes.length > 0) return this.keep();
		if (this.made) return this.scan(this.made);
		if (this.sent) return this.answer();
		const { form, proof, has } = this;
		if (!has && this.kind === "totp") return form.summary();
		const phone = this.kind === "phone";
		return html`<form class="gk-form" novalidate @submit=${(/** @type {Event} */ event) => form.submit(event, () => this.check(), () => this.start(has ? proof.json : {}))}>
			${form.summary()}
			${has ? html`<p>${t(this.kind === "codes" ? "admin.factor.renew_text" : "admin.factor.change_text")}</p>${proof.field(form)}<div class="admin-bare__others">${proof.others(form, waysOf(has))}</div>` : nothing}
			${phone ? form.text({ pointer: "/phone", label: t("admin.factor.phone"), support: t("admin.factor.phone_support"), value: this.phone, set: (v) => (this.phone = v), required: true, type: "tel", inputmode: "tel", autocomplete: "tel", language: "en" }) : nothing}
			<div class="gk-form__actions">${form.sendButton(t(phone ? "admin.factor.phone_send" : "common.next"))}</div>
		</form>`;
	}

	check() {
		return [...(this.has ? this.proof.check() : []), ...(this.kind === "phone" && this.phone.trim() === "" ? [{ pointer: "/phone", name: "missing" }] : [])];
	}

	/** The code that came to the new number. */
	answer() {
		const { form, first } = this;
		return html`<form class="gk-form" novalidate @submit=${(/** @type {Event} */ event) => form.submit(event, () => first.check(), () => this.confirm())}>
			${form.summary()}<p role="status">${t("admin.factor.sms_sent", { end: this.phone.trim().slice(-4) })}</p>${first.field(form)}
			<div class="gk-form__actions">${form.sendButton(t("admin.factor.confirm"))}</div>
		</form>`;
	}

	/** @param {Made} made */
	scan(made) {
		const { form, first } = this;
		return html`<form class="gk-form" novalidate @submit=${(/** @type {Event} */ event) => form.submit(event, () => first.check(), () => this.confirm())}>
			${form.summary()}
			<div class="admin-enrolment">
				<ol class="admin-pairing__steps"><li>${t("admin.factor.step_app")}</li><li>${t("admin.factor.step_scan")}</li><li>${t("admin.factor.step_code")}</li></ol>
				<img class="admin-enrolment__picture" src=${this.picture} alt=${t("admin.factor.qr")}>
				<details class="admin-enrolment__key"><summary>${t("admin.factor.no_camera")}</summary>
					<p>${t("admin.factor.key_text")}</p>
					<p class="admin-secret"><code>${made.secret.match(/.{4}/g)?.join(" ")}</code></p>
					<button type="button" class="gk-button" data-size="small" @click=${() => this.copy(made.secret)}>${icon("copy")}${t("common.copy")}</button></details>
			</div>
			${first.field(form)}
			<div class="gk-form__actions">${form.sendButton(t("admin.factor.confirm"))}</div>
		</form>`;
	}

	keep() {
		return html`<div class="gk-form admin-recovery">
			<div class="gk-notice" data-tone="caution" role="status">${icon("alert")}<div class="gk-notice__body"><p class="gk-notice__title">${t("admin.factor.codes_title")}</p><p>${t("admin.factor.codes_text")}</p></div></div>
			<p class="gk-paper-only">${t("admin.factor.codes_of", { who: app.session?.member.email ?? "", tenant: (app.session ?? app.pending)?.tenant.display_name ?? "" })}</p>
			<ol class="admin-recovery__codes">${this.codes.map((code) => html`<li><code>${code}</code></li>`)}</ol>
			<div class="gk-form__actions gk-screen-only">
				<button type="button" class="gk-button" data-size="small" @click=${() => this.copy(this.text)}>${icon("copy")}${t("common.copy")}</button>
				<button type="button" class="gk-button" data-size="small" @click=${() => print()}>${icon("print")}${t("common.print")}</button>
				<button type="button" class="gk-button" data-size="small" @click=${() => saveFile(new Blob([this.text], { type: "text/plain" }), "genkan-recovery-codes.txt")}>${icon("download")}${t("admin.factor.download")}</button></div>
			<div class="gk-form__actions gk-screen-only"><button type="button" class="gk-button" data-kind="primary" data-focus @click=${() => this.finish()}>${t("admin.factor.codes_kept")}</button></div>
		</div>`;
	}

	/** @param {string} text */
	copy(text) {
		return copyText(text).then(() => showToast({ text: t("common.copied") }));
	}
}
customElements.define("admin-enrolment", AdminEnrolment);
