// A guest's pass, to copy or to print for a guest without mail.  Looking at
// the code and the address is logged, so they are asked for here only.
import { html, nothing } from "lit";
import { GkElement } from "../component/gk_element.mjs";
import { showDialog } from "../component/gk_dialog.mjs";
import { icon } from "../component/gk_icon.mjs";
import { Loading } from "../component/gk_states.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { path } from "../shared/api_client.mjs";
import { t } from "../shared/text.mjs";
import { app } from "./admin_state.mjs";
import { copyText, spanOf } from "./admin_view.mjs";

/** @typedef {import("#types/api").Appointment} Appointment */
/** @typedef {import("#types/api").Guest} Guest */

class AdminPass extends GkElement {
	static properties = { appointment: { attribute: false }, guest: { attribute: false } };

	constructor() {
		super();
		/** @type {Appointment | undefined} */
		this.appointment = undefined;
		/** @type {Guest | undefined} */
		this.guest = undefined;
		/** @type {Loading<{code: string, url: string}>} */
		this.pass = new Loading(this, (signal) => app.api.get(path`/appointments/${this.appointment?.id ?? ""}/guests/${this.guest?.id ?? ""}/pass`, { signal }));
	}

	connectedCallback() {
		super.connectedCallback();
		this.pass.load();
	}

	get picture() {
		return path`/appointments/${this.appointment?.id ?? ""}/guests/${this.guest?.id ?? ""}/pass.png`;
	}

	/** @param {string} text */
	async copy(text) {
		await copyText(text);
		showToast({ text: t("common.copied") });
	}

	async copyPicture() {
		const answer = await app.api.request("GET", this.picture, undefined);
		await navigator.clipboard.write([new ClipboardItem({ "image/png": answer.blob() })]);
		showToast({ text: t("common.copied") });
	}

	render() {
		const { appointment, guest } = this;
		if (appointment === undefined || guest === undefined) return nothing;
		return this.pass.render(({ code, url }) => html`<div class="admin-pass">
			<img class="admin-pass__picture" src=${this.picture} width="290" height="290" alt=${t("admin.pass.alt", { name: guest.name })}>
			<dl class="admin-pass__words">
				<dt>${t("admin.pass.code")}</dt><dd class="admin-pass__code">${code}</dd>
				<dt>${t("admin.appointment.when")}</dt><dd>${spanOf(appointment.starts_at, appointment.ends_at, appointment.time_zone)}</dd>
				<dt>${t("admin.appointment.where")}</dt><dd>${appointment.office} ${appointment.room ?? ""}</dd>
				<dt>${t("admin.pass.address")}</dt><dd class="admin-pass__address">${url}</dd>
			</dl>
		</div>
		<div class="gk-dialog__actions gk-screen-only">
			<button type="button" class="gk-button" data-size="small" @click=${() => this.copy(url)}>${icon("copy")}${t("admin.pass.copy_address")}</button>
			<button type="button" class="gk-button" data-size="small" @click=${() => this.copy(code)}>${icon("copy")}${t("admin.pass.copy_code")}</button>
			<button type="button" class="gk-button" data-size="small" @click=${() => this.copyPicture()}>${icon("copy")}${t("admin.pass.copy_picture")}</button>
			<button type="button" class="gk-button" data-kind="primary" data-size="small" @click=${() => globalThis.print()}>${icon("print")}${t("common.print")}</button>
		</div>`, 4);
	}
}
customElements.define("admin-pass", AdminPass);

/** @param {Appointment} appointment @param {Guest} guest */
export const showPass = (appointment, guest) => showDialog(() => ({
	heading: t("admin.pass.title", { name: guest.name }),
	content: html`<admin-pass .appointment=${appointment} .guest=${guest}></admin-pass>`,
}));
