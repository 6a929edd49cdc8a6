// The records: by period, guest, company, host, office, state; and as CSV.
import { html, nothing } from "lit";
import { valueOf } from "../component/gk_form.mjs";
import { icon } from "../component/gk_icon.mjs";
import { emptyState } from "../component/gk_states.mjs";
import { path } from "../shared/api_client.mjs";
import { dayPlus, wallOf } from "../shared/date_text.mjs";
import { t, tn } from "../shared/text.mjs";
import { exportList } from "./admin_csv_dialog.mjs";
import { AdminElement } from "./admin_element.mjs";
import { CurrentRow, onCommands } from "./admin_keys.mjs";
import { correctName } from "./admin_name_dialog.mjs";
import { PagedRows } from "./admin_paging.mjs";
import { go, replacePlace } from "./admin_route.mjs";
import { app } from "./admin_state.mjs";
import { dayOf, namesText, officeChoice, pageHead, timeOf, visitState } from "./admin_view.mjs";

/** @typedef {import("#types/api").Visit} Visit */

const LOOK_BACK = 30; // days
const STATES = /** @type {const} */ (["inside", "arrived", "met", "left", "undone"]);

class AdminVisitList extends AdminElement {
	static properties = { query: { attribute: false } };

	constructor() {
		super();
		this.query = new URLSearchParams();
		/** @type {PagedRows<Visit>} */
		this.rows = new PagedRows(this, path`/visits`, () => this.filter);
		this.current = new CurrentRow(this, () => this.rows.items.map(({ id }) => id));
		/** @type {ReturnType<typeof setTimeout> | undefined} */
		this.soon = undefined;
	}

	connectedCallback() {
		super.connectedCallback();
		this.rows.load();
		onCommands(this, {
			next: () => this.current.move(1),
			previous: () => this.current.move(-1),
			open: () => {
				const visit = this.rows.items.find(({ id }) => id === this.current.id);
				if (visit?.appointment_id) go(`appointments/${visit.appointment_id}`);
			},
			edit: () => this.current.id && this.correct(this.current.id),
			search: () => /** @type {HTMLElement | null} */ (this.querySelector("[type=search]"))?.focus(),
		});
	}

	get filter() {
		const today = wallOf(new Date(), app.zone()).slice(0, 10);
		const to = this.query.get("to") ?? today;
		return { from: this.query.get("from") ?? dayPlus(to, -LOOK_BACK), to, office_id: this.query.get("office_id") ?? "", state: this.query.get("state") ?? "", q: this.query.get("q") ?? "" };
	}

	/** @param {Record<string, string>} changes */
	change(changes) {
		const filter = { ...this.filter, ...changes };
		if (filter.to < filter.from) filter.from = dayPlus(filter.to, -LOOK_BACK);
		replacePlace("visits", filter);
		this.query = new URLSearchParams(location.hash.split("?")[1]);
		this.rows.load();
	}

	/** @param {Event} event */
	onSearch(event) {
		const q = valueOf(event);
		clearTimeout(this.soon);
		this.soon = setTimeout(() => this.change({ q }), 250);
	}

	/** @param {string} id */
	async correct(id) {
		if (await correctName(id)) this.rows.refresh();
	}

	render() {
		const { filter } = this;
		return html`
			${pageHead(t("admin.visits.title"), app.may("operations") ? html`<button type="button" class="gk-button" @click=${() => exportList("visits", filter)}>${icon("download")}${t("admin.csv.title")}</button>` : nothing)}
			<form class="admin-filter gk-screen-only" role="search" @submit=${(/** @type {Event} */ event) => event.preventDefault()}>
				<div class="gk-field admin-filter__words"><label class="gk-field__label" for="words">${t("admin.visits.search")}</label>
					<div class="admin-search">${icon("search")}<input class="gk-input" type="search" id="words" .value=${filter.q} autocomplete="off" @input=${this.onSearch}></div></div>
				<div class="gk-field"><label class="gk-field__label" for="from">${t("admin.filter.from")}</label><input class="gk-input" type="date" id="from" data-width="date" .value=${filter.from} @change=${(/** @type {Event} */ event) => valueOf(event) && this.change({ from: valueOf(event) })}></div>
				<div class="gk-field"><label class="gk-field__label" for="to">${t("admin.filter.to")}</label><input class="gk-input" type="date" id="to" data-width="date" .value=${filter.to} @change=${(/** @type {Event} */ event) => valueOf(event) && this.change({ to: valueOf(event) })}></div>
				${officeChoice({ id: "office", value: filter.office_id, choose: (office_id) => this.change({ office_id }), all: true, labelled: true })}
				<div class="gk-field"><label class="gk-field__label" for="state">${t("admin.col.state")}</label>
					<select class="gk-input" id="state" @change=${(/** @type {Event} */ event) => this.change({ state: valueOf(event) })}>
						<option value="" ?selected=${filter.state === ""}>${t("admin.filter.all_states")}</option>
						${STATES.map((state) => html`<option value=${state} ?selected=${filter.state === state}>${t(`admin.state.${state}`)}</option>`)}</select></div>
			</form>
			<section class="gk-card">${this.rows.render((items) => this.list(items))}</section>`;
	}

	/** @param {Visit[]} items */
	list(items) {
		const { filter } = this;
		if (items.length === 0)
			return filter.q !== "" ? emptyState(t("admin.none_found", { words: filter.q }), t("admin.none_found_text"), html`<button type="button" class="gk-button" @click=${() => this.change({ q: "" })}>${t("common.clear")}</button>`) :
				emptyState(t("admin.visits.none"), t("admin.visits.none_text"));
		const manyOffices = app.offices.length > 1;
		return html`<table class="gk-list"><caption class="gk-unseen">${t("admin.visits.title")}</caption>
			<thead><tr><th scope="col">${t("admin.col.day")}</th><th scope="col">${t("admin.col.arrived")}</th><th scope="col">${t("admin.col.left")}</th><th scope="col">${t("admin.col.guest")}</th>
				<th scope="col">${t("admin.col.host")}</th>${manyOffices ? html`<th scope="col">${t("admin.office")}</th>` : nothing}<th scope="col">${t("admin.col.via")}</th><th scope="col">${t("admin.col.state")}</th>
				<th scope="col" class="gk-screen-only"><span class="gk-unseen">${t("admin.col.actions")}</span></th></tr></thead>
			<tbody>${items.map((visit) => html`<tr ?data-current=${visit.id === this.current.id} data-state=${visit.state}>
				<td class="gk-list__time">${dayOf(visit.arrived_at, visit.office_id)}</td>
				<td class="gk-list__time" data-label=${t("admin.col.arrived")}>${timeOf(visit.arrived_at, visit.office_id)}</td>
				<td class="gk-list__time" data-label=${t("admin.col.left")}>${timeOf(visit.left_at, visit.office_id)}</td>
				<th scope="row">${visit.appointment_id ? html`<a class="gk-list__open" href="#/appointments/${visit.appointment_id}">${visit.guest}</a>` : html`<span class="gk-list__strong">${visit.guest}</span>`}
					${visit.people > 1 ? html` <span class="gk-badge">${tn("admin.people", visit.people)}</span>` : nothing} <span class="gk-list__sub">${visit.company ?? ""}</span></th>
				<td class="gk-list__names" data-label=${t("admin.col.host")}>${namesText(visit.hosts.map(({ name }) => name))}</td>
				${manyOffices ? html`<td data-label=${t("admin.office")}>${visit.office}</td>` : nothing}
				<td data-label=${t("admin.col.via")}>${t(`admin.via.${visit.via}`)}</td>
				<td>${visitState(visit.state, visit.late, visit.left_by === "automatic")}</td>
				<td class="gk-screen-only"><div class="gk-list__actions"><gk-menu .label=${t("admin.more_for", { name: visit.guest })} .items=${[
					...(visit.state === "undone" ? [] : [{ text: t("admin.today.correct"), icon: /** @type {const} */ ("edit"), key: "e", run: () => this.correct(visit.id) }]),
					...(visit.appointment_id ? [{ text: t("admin.today.open"), icon: /** @type {const} */ ("calendar"), run: () => go(`appointments/${visit.appointment_id}`) }] : []),
				]}></gk-menu></div></td></tr>`)}</tbody></table>`;
	}
}
customElements.define("admin-visit-list", AdminVisitList);
