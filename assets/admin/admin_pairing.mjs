// Pairing a tablet: name it, show the code, wait for it, approve it.
import { html, nothing } from "lit";
import { FormState, valueOf } from "../component/gk_form.mjs";
import { GkElement } from "../component/gk_element.mjs";
import { showDialog } from "../component/gk_dialog.mjs";
import { icon } from "../component/gk_icon.mjs";
import { qrCode } from "../component/gk_qr_code.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { path } from "../shared/api_client.mjs";
import { t } from "../shared/text.mjs";
import { pendingDetails } from "./admin_device_list.mjs";
import { app } from "./admin_state.mjs";
import { copyText } from "./admin_view.mjs";

/** @typedef {import("#types/api").Device} Device */
/** @typedef {{id: string, code: string, url: string, expires_at: string}} Pairing */

const LOOK = 3000; // ms, besides the live feed

class AdminPairing extends GkElement {
	static properties = { pairing: { state: true }, device: { state: true }, now: { state: true }, close: { attribute: false } };

	constructor() {
		super();
		this.close = () => {};
		this.form = new FormState(this);
		this.approval = new FormState(this);
		this.values = { name: "", office_id: app.office?.id ?? "" };
		/** @type {Pairing | undefined} */
		this.pairing = undefined;
		/** The tablet that used the code. @type {Device | undefined} */
		this.device = undefined;
		this.now = Date.now();
		/** @type {ReturnType<typeof setInterval> | undefined} */
		this.clock = undefined;
		/** @type {ReturnType<typeof setInterval> | undefined} */
		this.timer = undefined;
	}

	connectedCallback() {
		super.connectedCallback();
		document.addEventListener("gk-live", (event) => {
			if (/** @type {CustomEvent} */ (event).detail.kind === "device") this.look();
		}, { signal: this.signal });
	}

	disconnectedCallback() {
		super.disconnectedCallback();
		clearInterval(this.clock);
		clearInterval(this.timer);
	}

	async make() {
		const { name, office_id } = this.values;
		this.pairing = await app.api.post(path`/devices`, { name: name.trim(), office_id }, { action: this.form.action });
		this.now = Date.now();
		clearInterval(this.clock);
		clearInterval(this.timer);
		this.clock = setInterval(() => (this.now = Date.now()), 1000);
		this.timer = setInterval(() => this.look(), LOOK);
	}

	/** Has the tablet come? */
	async look() {
		if (this.pairing === undefined) return;
		try {
			/** @type {import("./admin_state.mjs").Page<Device>} */
			const { items } = await app.api.get(path`/devices`, { signal: this.signal });
			this.device = items.find(({ id }) => id === this.pairing?.id);
			if (this.device !== undefined) clearInterval(this.timer);
		} catch {
			// The next look is soon.
		}
	}

	async approve() {
		const device = /** @type {Device} */ (this.device);
		await app.api.post(path`/devices/${device.id}/approval`);
		showToast({ text: t("admin.devices.approved", { name: device.name }) });
		this.close();
	}

	render() {
		if (this.pairing === undefined) return this.nameForm();
		if (this.device !== undefined) return html`<form class="gk-form" @submit=${(/** @type {Event} */ event) => this.approval.submit(event, () => [], () => this.approve())}>
			${this.approval.summary()}<div role="status" class="admin-pending">${pendingDetails(this.device)}</div>
			<div class="gk-form__actions">${this.approval.sendButton(t("admin.devices.approve"))}</div></form>`;
		const left = Math.max(0, Math.floor((Date.parse(this.pairing.expires_at) - this.now) / 1000));
		if (left === 0) return html`<div class="gk-notice" data-tone="caution" role="status">${icon("time")}<p>${t("admin.pairing.expired")}</p></div>
			<form class="gk-form" @submit=${(/** @type {Event} */ event) => this.form.submit(event, () => [], () => this.make())}>${this.form.summary()}<div class="gk-form__actions">${this.form.sendButton(t("admin.pairing.again"))}</div></form>`;
		const { code, url } = this.pairing;
		const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
		return html`<div class="admin-pairing">
			<div class="admin-pairing__picture">${qrCode(url, t("admin.pairing.qr"))}</div>
			<ol class="admin-pairing__steps"><li>${t("admin.pairing.step_open")}<br><a href=${url.split("#")[0]} class="admin-pairing__address">${url.split("#")[0]}</a></li><li>${t("admin.pairing.step_code")}</li><li>${t("admin.pairing.step_approve")}</li></ol>
			<p class="admin-pairing__code" aria-label=${t("admin.pairing.code")}>${code.match(/.{4}/g)?.map((part) => html`<span>${part}</span> `)}</p>
			<p class="admin-pairing__wait" role="timer">${t("admin.pairing.waiting", { time })}</p>
			<div class="gk-dialog__actions"><button type="button" class="gk-button" data-size="small" @click=${() => copyText(code).then(() => showToast({ text: t("common.copied") }))}>${icon("copy")}${t("admin.pairing.copy_code")}</button>
				<button type="button" class="gk-button" data-size="small" @click=${() => copyText(url).then(() => showToast({ text: t("common.copied") }))}>${icon("copy")}${t("admin.pairing.copy_address")}</button></div>
		</div>`;
	}

	nameForm() {
		const { form, values } = this;
		return html`<form class="gk-form" novalidate @submit=${(/** @type {Event} */ event) => form.submit(event, () => (values.name.trim() === "" ? [{ pointer: "/name", name: "missing" }] : []), () => this.make())}>
			${form.summary()}
			${form.text({ pointer: "/name", label: t("admin.devices.name"), support: t("admin.devices.name_support"), value: values.name, set: (v) => (values.name = v), required: true })}
			${app.offices.length < 2 ? nothing : form.field({ pointer: "/office_id", label: t("admin.office"), required: true, control: (a) => html`<select class="gk-input" id=${a.id} aria-invalid=${a.invalid} aria-describedby=${a.described} @change=${(/** @type {Event} */ event) => (values.office_id = valueOf(event))}>
				${app.openOffices.map((office) => html`<option value=${office.id} ?selected=${office.id === values.office_id}>${office.name}</option>`)}</select>` })}
			<div class="gk-form__actions">${form.sendButton(t("admin.pairing.make"))}</div>
		</form>`;
	}
}
customElements.define("admin-pairing", AdminPairing);

export const pairDevice = () => showDialog((close) => ({
	heading: t("admin.devices.new"),
	content: html`<admin-pairing .close=${close}></admin-pairing>`,
}));
