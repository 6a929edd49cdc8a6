// How long data is kept; before it is saved one sees what will go.
import { html } from "lit";
import { FormState, valueOf } from "../component/gk_form.mjs";
import { showDialog } from "../component/gk_dialog.mjs";
import { Loading } from "../component/gk_states.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { path } from "../shared/api_client.mjs";
import { t, tn } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import { app } from "./admin_state.mjs";
import { pageHead } from "./admin_view.mjs";

/** @typedef {import("#types/api").Retention} Retention */
/** @typedef {Record<string, {count: number, oldest: string | null, newest: string | null}>} Preview */

const DAYS = /** @type {const} */ (["visit_days", "appointment_days", "delivery_days", "log_days"]);
const KINDS = /** @type {const} */ (["visits", "appointments", "deliveries", "log"]);
const LEAST = { visit_days: 30, appointment_days: 30, delivery_days: 30, log_days: 365 }, MOST = 3660;
/** Left empty, it is kept without end. @param {typeof DAYS[number]} name */
const optional = (name) => name === "log_days";

class AdminRetention extends AdminElement {
	constructor() {
		super();
		this.form = new FormState(this);
		/** @type {Record<string, string>} */
		this.values = {};
		/** @type {Loading<Retention>} */
		this.retention = new Loading(this, async (signal) => this.take(await app.api.get(path`/settings/retention`, { signal })));
	}

	connectedCallback() {
		super.connectedCallback();
		this.retention.load();
	}

	/** @param {Retention} retention as it is now */
	take(retention) {
		this.values = { ...Object.fromEntries(DAYS.map((name) => [name, String(retention[name] ?? "")])), contact: retention.contact };
		return retention;
	}

	check() {
		return DAYS.filter((name) => !(optional(name) && this.values[name].trim() === ""))
			.filter((name) => !/^\d{1,4}$/.test(this.values[name].trim()) || Number(this.values[name]) < LEAST[name] || Number(this.values[name]) > MOST)
			.map((name) => ({ pointer: `/${name}`, name: "out_of_range" }));
	}

	/** @param {Retention} retention */
	async send(retention) {
		const days = Object.fromEntries(DAYS.filter((name) => this.values[name].trim() !== "").map((name) => [name, Number(this.values[name])]));
		/** @type {Preview} */
		const preview = await app.api.get(path`/settings/retention/preview`, { query: days });
		if (!await this.ask(preview)) return;
		this.retention.value = this.take(await app.api.put(path`/settings/retention`, { version: retention.version, ...days, contact: this.values.contact.trim() }));
		showToast({ text: t("admin.retention.saved") });
	}

	/** @param {Preview} preview @returns {Promise<boolean>} */
	async ask(preview) {
		const some = KINDS.filter((kind) => preview[kind].count > 0);
		let yes = false;
		await showDialog((close) => ({
			heading: t("admin.retention.preview_title"),
			content: some.length === 0 ? html`<p>${t("admin.retention.preview_none")}</p>` : html`<p>${t("admin.retention.preview_text")}</p>
				<table class="gk-list"><thead><tr><th scope="col">${t("admin.retention.kind")}</th><th scope="col">${t("admin.retention.what")}</th><th scope="col">${t("admin.retention.when")}</th></tr></thead>
				<tbody>${some.map((kind) => html`<tr><th scope="row">${t(`admin.retention.${kind}`)}</th><td data-label=${t("admin.retention.what")}>${tn("admin.retention.count", preview[kind].count)}</td>
					<td data-label=${t("admin.retention.when")}>${t("admin.retention.span", { from: preview[kind].oldest ?? "", to: preview[kind].newest ?? "" })}</td></tr>`)}</tbody></table>`,
			actions: html`<button type="button" class="gk-button" data-focus @click=${close}>${t("common.cancel")}</button>
				<button type="button" class="gk-button" data-kind=${some.length === 0 ? "primary" : "danger"} @click=${() => ((yes = true), close())}>${t("admin.retention.do")}</button>`,
		}));
		return yes;
	}

	/** @param {typeof DAYS[number]} name */
	days(name) {
		return this.form.text({ pointer: `/${name}`, label: t(`admin.retention.${name}`), support: t(`admin.retention.${/** @type {"visit"} */ (name.slice(0, -5))}_support`),
			value: this.values[name], set: (v) => (this.values[name] = v), required: !optional(name), inputmode: "numeric", size: "number" });
	}

	render() {
		const { form, values } = this;
		return html`${pageHead(t("admin.retention.title"), undefined, t("admin.retention.lead"))}${this.retention.render((retention) => html`
			<form class="gk-form" novalidate @submit=${(/** @type {Event} */ event) => form.submit(event, () => this.check(), () => this.send(retention))}>
				${form.summary()}
				<section class="gk-card admin-appointment__part">${DAYS.map((name) => this.days(name))}</section>
				<section class="gk-card admin-appointment__part">${form.field({ pointer: "/contact", label: t("admin.retention.contact"), support: t("admin.retention.contact_support"),
					control: (a) => html`<textarea class="gk-input" id=${a.id} rows="3" maxlength="500" aria-invalid=${a.invalid} aria-describedby=${a.described} .value=${values.contact}
						@input=${(/** @type {Event} */ event) => (values.contact = valueOf(event))}></textarea>` })}</section>
				<div class="gk-form__actions">${form.sendButton(t("admin.retention.save"))}</div>
			</form>`, 4)}`;
	}
}
customElements.define("admin-retention", AdminRetention);
