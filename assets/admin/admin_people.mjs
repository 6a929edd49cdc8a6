// What a person may ask for: see, take away and erase what is held about them.
import { html, nothing } from "lit";
import { checkedOf, FormState, valueOf } from "../component/gk_form.mjs";
import { GkElement } from "../component/gk_element.mjs";
import { showDialog } from "../component/gk_dialog.mjs";
import { icon } from "../component/gk_icon.mjs";
import { emptyState, problemNotice } from "../component/gk_states.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { path } from "../shared/api_client.mjs";
import { t, tn } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import { app } from "./admin_state.mjs";
import { dayTimeOf, namesText, pageHead, visitState } from "./admin_view.mjs";
import { saveFile } from "./csv_export.mjs";

/** @typedef {import("#types/api").PersonRecord} PersonRecord */

const KEYS = /** @type {const} */ (["email", "phone", "name"]);

class AdminPeople extends AdminElement {
	static properties = { by: { state: true }, records: { state: true }, chosen: { state: true }, problem: { state: true } };

	constructor() {
		super();
		/** @type {typeof KEYS[number]} */
		this.by = "email";
		this.value = "";
		/** What was found, undefined before. @type {PersonRecord[] | undefined} */
		this.records = undefined;
		/** By what. @type {Record<string, string>} */
		this.query = {};
		/** Ids to erase. @type {Set<string>} */
		this.chosen = new Set();
		/** @type {unknown} */
		this.problem = undefined;
		this.form = new FormState(this);
	}

	async find() {
		this.query = { [this.by]: this.value.trim() };
		this.problem = undefined;
		/** @type {import("./admin_state.mjs").Page<PersonRecord>} */
		const { items } = await app.api.get(path`/people`, { query: this.query, signal: this.signal });
		this.records = items;
		// Of one address all are likely one person's; of a name nobody knows.
		this.chosen = new Set(this.by === "name" ? [] : items.map(({ id }) => id));
	}

	async save() {
		try {
			const answer = await app.api.request("GET", `${path`/people.json`}?${new URLSearchParams(this.query)}`, undefined, { signal: this.signal });
			saveFile(await answer.blob(), "personal-data.json");
		} catch (fault) {
			this.problem = fault;
		}
	}

	async erase() {
		const guests = [...this.chosen];
		let erased = false;
		await showDialog((close) => ({
			heading: t("admin.people.erase_title"),
			content: html`<admin-erasure .guests=${guests} .done=${() => ((erased = true), close())} .close=${close}></admin-erasure>`,
		}));
		if (!erased) return;
		showToast({ text: tn("admin.people.erased", guests.length) });
		await this.find().catch((fault) => (this.problem = fault));
	}

	/** @param {string} id @param {boolean} on */
	choose(id, on) {
		const chosen = new Set(this.chosen);
		if (on) chosen.add(id);
		else chosen.delete(id);
		this.chosen = chosen;
	}

	render() {
		const { form } = this;
		return html`${pageHead(t("admin.people.title"), nothing, t("admin.people.lead"))}
			<form class="gk-form" role="search" novalidate @submit=${(/** @type {Event} */ event) => form.submit(event, () => (this.value.trim() === "" ? [{ pointer: `/${this.by}`, name: "missing" }] : []), () => this.find())}>
				${form.summary()}
				<fieldset class="gk-field"><legend class="gk-field__label">${t("admin.people.by")}</legend><div class="gk-choices">
					${KEYS.map((key) => html`<label class="gk-check"><input type="radio" name="by" .checked=${this.by === key} @change=${() => (this.by = key)}><span>${t(`admin.people.by_${key}`)}</span></label>`)}</div></fieldset>
				${form.text({ pointer: `/${this.by}`, label: t("admin.people.value"), support: t("admin.people.by_support"), value: this.value, set: (v) => (this.value = v), required: true })}
				<div class="gk-form__actions">${form.sendButton(t("admin.people.find"))}</div>
			</form>
			${this.problem === undefined ? nothing : problemNotice(this.problem)}
			${this.records === undefined ? nothing : html`<section class="gk-card admin-people" role="region" aria-label=${t("admin.people.title")}>${this.found(this.records)}</section>`}`;
	}

	/** @param {PersonRecord[]} records */
	found(records) {
		if (records.length === 0) return emptyState(t("admin.people.none"), t("admin.people.none_text"));
		const mayErase = app.may("system");
		return html`
			${"name" in this.query ? html`<p class="admin-people__hint">${t("admin.people.same_name")}</p>` : nothing}
			<table class="gk-list"><caption class="gk-unseen">${t("admin.people.title")}</caption>
				<thead><tr>${mayErase ? html`<th scope="col"><span class="gk-unseen">${t("admin.col.actions")}</span></th>` : nothing}<th scope="col">${t("admin.col.guest")}</th><th scope="col">${t("admin.people.contact")}</th>
					<th scope="col">${t("admin.col.what")}</th><th scope="col">${t("admin.col.host")}</th><th scope="col">${t("admin.col.visit")}</th></tr></thead>
				<tbody>${records.map((record) => this.row(record, mayErase))}</tbody></table>
			<div class="gk-form__actions admin-people__actions">
				<button type="button" class="gk-button" @click=${() => this.save()}>${icon("download")}${t("admin.people.export")}</button>
				${mayErase && this.chosen.size > 0 ? html`<button type="button" class="gk-button" data-kind="danger" @click=${() => this.erase()}>${tn("admin.people.erase", this.chosen.size)}</button>` : nothing}
			</div>`;
	}

	/** @param {PersonRecord} record @param {boolean} mayErase */
	row(record, mayErase) {
		const { appointment, visits } = record;
		const day = (appointment?.starts_at ?? record.created_at).slice(0, 10);
		return html`<tr>
			${mayErase ? html`<td><label class="gk-check"><input type="checkbox" .checked=${this.chosen.has(record.id)} @change=${(/** @type {Event} */ event) => this.choose(record.id, checkedOf(event))}><span class="gk-unseen">${t("admin.people.choose", { name: record.name, day })}</span></label></td>` : nothing}
			<th scope="row"><span class="gk-list__strong">${record.name}</span> <span class="gk-list__sub">${record.company ?? ""}</span></th>
			<td data-label=${t("admin.people.contact")}>${record.email ?? ""} <span class="gk-list__sub">${record.phone ?? ""}</span></td>
			<td data-label=${t("admin.col.what")}>${appointment === null ? t("admin.people.walk_in") : html`<a href="#/appointments/${appointment.id}">${appointment.title}</a> <span class="gk-list__sub">${dayTimeOf(appointment.starts_at)} ${appointment.office}</span>`}</td>
			<td class="gk-list__names" data-label=${t("admin.col.host")}>${namesText(appointment?.hosts ?? visits[0]?.hosts ?? [])}</td>
			<td data-label=${t("admin.col.visit")}>${visits.length === 0 ? "–" : visits.map((visit) => html`<div>${dayTimeOf(visit.arrived_at)} ${visitState(visit.state)}</div>`)}</td></tr>`;
	}
}
customElements.define("admin-people", AdminPeople);

class AdminErasure extends GkElement {
	static properties = { guests: { attribute: false }, done: { attribute: false }, close: { attribute: false } };

	constructor() {
		super();
		/** @type {string[]} */
		this.guests = [];
		this.done = () => {};
		this.close = () => {};
		this.name = "";
		this.form = new FormState(this);
	}

	async send() {
		await app.api.post(path`/erasures`, { guests: this.guests, name: this.name.trim() }, { action: this.form.action });
		this.done();
	}

	render() {
		const { form } = this;
		return html`<form class="gk-form" novalidate @submit=${(/** @type {Event} */ event) => form.submit(event, () => (this.name.trim() === "" ? [{ pointer: "/name", name: "missing" }] : []), () => this.send())}>
			${form.summary()}
			<p>${tn("admin.people.erase_text", this.guests.length)}</p>
			<div class="gk-field" ?data-faulty=${form.faultOf("/name") !== undefined}><label class="gk-field__label" for="field-name" id="field-name-label">${t("admin.people.erase_name")}</label>
				<input class="gk-input" id="field-name" autocomplete="off" @input=${(/** @type {Event} */ event) => (this.name = valueOf(event))}></div>
			<div class="gk-form__actions"><button type="button" class="gk-button" @click=${() => this.close()}>${t("common.keep")}</button>
				<button class="gk-button" data-kind="danger" aria-busy=${form.sending ? "true" : nothing}>${t("admin.people.erase_do")}</button></div>
		</form>`;
	}
}
customElements.define("admin-erasure", AdminErasure);
