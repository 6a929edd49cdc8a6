// A new office, or change one.
import { html, nothing } from "lit";
import { FormState, valueOf } from "../component/gk_form.mjs";
import { Loading } from "../component/gk_states.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { path } from "../shared/api_client.mjs";
import { t } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import { go } from "./admin_route.mjs";
import { app } from "./admin_state.mjs";
import { pageHead } from "./admin_view.mjs";

/** @typedef {import("#types/api").Office} Office */

/** All time zones this browser knows, and the office's own. @param {string} own */
const zones = (own) => [...new Set([own, ...Intl.supportedValuesOf("timeZone")])].sort();

class AdminOfficeForm extends AdminElement {
	static properties = { officeId: { attribute: false } };

	constructor() {
		super();
		/** "" for a new one. */
		this.officeId = "";
		this.form = new FormState(this);
		this.values = { name: "", address: "", guidance: "", map_url: "", phone: "", time_zone: "Asia/Tokyo", opens_at: "08:00", closes_at: "20:00", early_minutes: "60", state: "open" };
		/** @type {Loading<Office | null>} */
		this.office = new Loading(this, async (signal) => {
			if (this.officeId === "") return null;
			const office = /** @type {Office} */ (await app.api.get(path`/offices/${this.officeId}`, { signal }));
			const { name, address, guidance, map_url, phone, time_zone, opens_at, closes_at, early_minutes, state } = office;
			this.values = { name, address, guidance, map_url, phone, time_zone, opens_at: opens_at.slice(0, 5), closes_at: closes_at.slice(0, 5), early_minutes: String(early_minutes), state };
			return office;
		});
	}

	connectedCallback() {
		super.connectedCallback();
		this.office.load();
	}

	check() {
		const v = this.values;
		return [
			...(v.name.trim() === "" ? [{ pointer: "/name", name: "missing" }] : []),
			...(v.phone.trim() === "" ? [{ pointer: "/phone", name: "missing" }] : []),
			...(v.map_url.trim() === "" || /^https:\/\/\S+$/.test(v.map_url.trim()) ? [] : [{ pointer: "/map_url", name: "bad_format" }]),
			...(v.opens_at !== "" ? [] : [{ pointer: "/opens_at", name: "bad_format" }]),
			...(v.closes_at !== "" ? [] : [{ pointer: "/closes_at", name: "bad_format" }]),
			...(v.opens_at !== "" && v.closes_at !== "" && v.closes_at <= v.opens_at ? [{ pointer: "/closes_at", name: "end_before_start" }] : []),
			...(/^\d{1,4}$/.test(v.early_minutes) && Number(v.early_minutes) <= 1440 ? [] : [{ pointer: "/early_minutes", name: "out_of_range" }]),
		];
	}

	/** @param {Office | null} office */
	async send(office) {
		const v = this.values;
		const body = { ...v, name: v.name.trim(), phone: v.phone.trim(), map_url: v.map_url.trim(), address: v.address.trim(), guidance: v.guidance.trim(), time_zone: v.time_zone.trim(), early_minutes: Number(v.early_minutes), ...(office ? { version: office.version } : {}) };
		/** @type {Office} */
		const saved = await (office ? app.api.put(path`/offices/${office.id}`, body) : app.api.post(path`/offices`, body, { action: this.form.action }));
		app.putOffice(saved);
		showToast({ text: t("admin.offices.saved", { name: saved.name }) });
		if (!this.isConnected) return;
		go(office ? "offices" : "devices", office ? {} : { new: "1" });
	}

	render() {
		const { values: v, form } = this;
		return html`${pageHead(t(this.officeId === "" ? "admin.offices.new" : "admin.offices.edit"))}${this.office.render((office) => html`
			<form class="gk-form" novalidate @submit=${(/** @type {Event} */ event) => form.submit(event, () => this.check(), () => this.send(office))}>
				${form.summary()}
				<section class="gk-card admin-appointment__part">
					${form.text({ pointer: "/name", label: t("admin.offices.name"), support: t("admin.offices.name_support"), value: v.name, set: (x) => (v.name = x), required: true })}
					${form.text({ pointer: "/phone", label: t("admin.offices.phone"), support: t("admin.offices.phone_support"), value: v.phone, set: (x) => (v.phone = x), required: true, type: "tel", inputmode: "tel", width: "half" })}
				</section>
				<section class="gk-card admin-appointment__part">
					<h2>${t("admin.offices.for_guests")}</h2>
					${form.text({ pointer: "/address", label: t("admin.offices.address"), value: v.address, set: (x) => (v.address = x) })}
					${form.text({ pointer: "/map_url", label: t("admin.offices.map_url"), support: t("admin.offices.map_support"), value: v.map_url, set: (x) => (v.map_url = x), type: "url", inputmode: "url", language: "en" })}
					${form.text({ pointer: "/guidance", label: t("admin.offices.guidance"), support: t("admin.offices.guidance_support"), value: v.guidance, set: (x) => (v.guidance = x) })}
				</section>
				<section class="gk-card admin-appointment__part">
					<h2>${t("admin.offices.hours")}</h2>
					<div class="gk-form__row">
						${form.text({ pointer: "/opens_at", label: t("admin.offices.opens_at"), value: v.opens_at, set: (x) => (v.opens_at = x), type: "time", size: "time" })}
						${form.text({ pointer: "/closes_at", label: t("admin.offices.closes_at"), value: v.closes_at, set: (x) => (v.closes_at = x), type: "time", size: "time" })}
						${form.field({ pointer: "/time_zone", label: t("admin.offices.time_zone"), control: (a) => html`<select class="gk-input" id=${a.id} lang="en" aria-invalid=${a.invalid} aria-describedby=${a.described}
							@change=${(/** @type {Event} */ event) => (v.time_zone = valueOf(event))}>${zones(v.time_zone).map((zone) => html`<option ?selected=${zone === v.time_zone}>${zone}</option>`)}</select>` })}
					</div>
					${form.text({ pointer: "/early_minutes", label: t("admin.offices.early_minutes"), support: t("admin.offices.early_support"), value: v.early_minutes, set: (x) => (v.early_minutes = x), inputmode: "numeric", size: "number" })}
					${office === null ? nothing : html`<label class="gk-check"><input type="checkbox" .checked=${v.state === "open"} @change=${(/** @type {Event} */ event) => (v.state = /** @type {HTMLInputElement} */ (event.target).checked ? "open" : "closed")}><span>${t("admin.offices.is_open")}</span></label>`}
				</section>
				<div class="gk-form__actions">${form.sendButton(t("common.save"))}<a class="gk-button" data-kind="plain" href="#/offices">${t("common.cancel")}</a></div>
			</form>`, 6)}`;
	}
}
customElements.define("admin-office-form", AdminOfficeForm);
