// Appointments by start: a period, an office, mine, a search.
import { html, nothing } from "lit";
import { checkedOf, valueOf } from "../component/gk_form.mjs";
import { icon } from "../component/gk_icon.mjs";
import { emptyState } from "../component/gk_states.mjs";
import { path } from "../shared/api_client.mjs";
import { dayPlus, wallOf } from "../shared/date_text.mjs";
import { t, tn } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import { CurrentRow, onCommands } from "./admin_keys.mjs";
import { PagedRows } from "./admin_paging.mjs";
import { go, replacePlace } from "./admin_route.mjs";
import { app } from "./admin_state.mjs";
import { dayOf, mailState, namesText, officeChoice, pageHead, timeOf, zoneNote } from "./admin_view.mjs";

/** @typedef {import("#types/api").Appointment} Appointment */

const LOOK_AHEAD = 30; // days

class AdminAppointmentList extends AdminElement {
	static properties = { query: { attribute: false } };

	constructor() {
		super();
		this.query = new URLSearchParams();
		/** @type {PagedRows<Appointment>} */
		this.rows = new PagedRows(this, path`/appointments`, () => this.filter);
		this.current = new CurrentRow(this, () => this.rows.items.map(({ id }) => id));
		/** @type {ReturnType<typeof setTimeout> | undefined} */
		this.soon = undefined;
	}

	connectedCallback() {
		super.connectedCallback();
		this.rows.load();
		document.addEventListener("gk-live", (event) => {
			const { kind } = /** @type {CustomEvent} */ (event).detail;
			if (kind === "appointment" || kind === "resync") this.rows.refresh();
		}, { signal: this.signal });
		onCommands(this, {
			next: () => this.current.move(1),
			previous: () => this.current.move(-1),
			open: () => this.current.id && go(`appointments/${this.current.id}`),
			edit: () => this.current.id && go(`appointments/${this.current.id}/edit`),
			search: () => /** @type {HTMLElement | null} */ (this.querySelector("[type=search]"))?.focus(),
		});
	}

	get filter() {
		const today = wallOf(new Date(), app.zone()).slice(0, 10);
		const from = this.query.get("from") ?? today;
		return { from, to: this.query.get("to") ?? dayPlus(from, LOOK_AHEAD), office_id: this.query.get("office_id") ?? "", mine: this.query.get("mine") === "true" || undefined, q: this.query.get("q") ?? "" };
	}

	/** @param {Record<string, string | boolean | undefined>} changes */
	change(changes) {
		const filter = { ...this.filter, ...changes };
		if (filter.to < filter.from) filter.to = dayPlus(filter.from, LOOK_AHEAD);
		replacePlace("appointments", filter);
		this.query = new URLSearchParams(location.hash.split("?")[1]);
		this.rows.load();
	}

	/** @param {Event} event */
	onSearch(event) {
		const q = valueOf(event);
		clearTimeout(this.soon);
		this.soon = setTimeout(() => this.change({ q }), 250);
	}

	render() {
		const { filter } = this;
		return html`
			${pageHead(t("admin.appointments.title"), html`<a class="gk-button" data-kind="primary" href="#/appointments/new">${icon("add")}${t("admin.appointments.new")}</a>`)}
			<form class="admin-filter gk-screen-only" role="search" @submit=${(/** @type {Event} */ event) => event.preventDefault()}>
				<div class="gk-field admin-filter__words"><label class="gk-field__label" for="words">${t("common.search")}</label>
					<div class="admin-search">${icon("search")}<input class="gk-input" type="search" id="words" .value=${filter.q} autocomplete="off" @input=${this.onSearch}></div></div>
				<div class="gk-field"><label class="gk-field__label" for="from">${t("admin.filter.from")}</label><input class="gk-input" type="date" id="from" data-width="date" .value=${filter.from} @change=${(/** @type {Event} */ event) => valueOf(event) && this.change({ from: valueOf(event) })}></div>
				<div class="gk-field"><label class="gk-field__label" for="to">${t("admin.filter.to")}</label><input class="gk-input" type="date" id="to" data-width="date" .value=${filter.to} @change=${(/** @type {Event} */ event) => valueOf(event) && this.change({ to: valueOf(event) })}></div>
				${officeChoice({ id: "office", value: filter.office_id, choose: (office_id) => this.change({ office_id }), all: true, labelled: true })}
				<label class="gk-check"><input type="checkbox" .checked=${filter.mine === true} @change=${(/** @type {Event} */ event) => this.change({ mine: checkedOf(event) || undefined })}><span>${t("admin.filter.mine")}</span></label>
			</form>
			<section class="gk-card">${this.rows.render((items) => this.list(items))}</section>`;
	}

	/** @param {Appointment[]} items */
	list(items) {
		const { filter } = this;
		if (items.length === 0)
			return filter.q !== "" ? emptyState(t("admin.none_found", { words: filter.q }), t("admin.none_found_text"), html`<button type="button" class="gk-button" @click=${() => this.change({ q: "" })}>${t("common.clear")}</button>`) :
				emptyState(t("admin.appointments.none"), t("admin.appointments.none_text"), html`<a class="gk-button" data-kind="primary" href="#/appointments/new">${icon("add")}${t("admin.appointments.new")}</a>`);
		const manyOffices = app.offices.length > 1;
		return html`<table class="gk-list"><caption class="gk-unseen">${t("admin.appointments.title")}</caption>
			<thead><tr><th scope="col">${t("admin.col.day")}</th><th scope="col">${t("admin.col.time")}</th><th scope="col">${t("admin.col.guest")}</th><th scope="col">${t("admin.col.what")}</th>
				<th scope="col">${t("admin.col.host")}</th>${manyOffices ? html`<th scope="col">${t("admin.office")}</th>` : nothing}<th scope="col">${t("admin.col.invitation")}</th></tr></thead>
			<tbody>${items.map((one) => this.row(one, manyOffices))}</tbody></table>`;
	}

	/** @param {Appointment} one @param {boolean} manyOffices */
	row(one, manyOffices) {
		const guests = one.guests.filter(({ state }) => state !== "removed");
		const worst = guests.find(({ mail_state }) => mail_state === "failed") ?? guests.find(({ mail_state }) => mail_state !== "none") ?? guests[0];
		const people = guests.reduce((n, guest) => n + 1 + guest.companions, 0);
		return html`<tr ?data-current=${one.id === this.current.id} data-state=${one.state}>
			<td class="gk-list__time">${dayOf(one.starts_at, one.office_id)}${one.kind === "period" ? html` – ${dayOf(one.ends_at, one.office_id)} <span class="gk-badge" data-tone="accent">${t("admin.appointment.period_badge")}</span>` : nothing}</td>
			<td class="gk-list__time">${timeOf(one.starts_at, one.office_id)} – ${timeOf(one.ends_at, one.office_id)}${zoneNote(one.time_zone)}</td>
			<th scope="row"><a class="gk-list__open" href="#/appointments/${one.id}">${guests[0]?.name ?? t("admin.appointment.no_guest")}</a>
				${people > 1 ? html` <span class="gk-badge">${tn("admin.people", people)}</span>` : nothing} <span class="gk-list__sub">${guests[0]?.company ?? ""}</span></th>
			<td data-label=${t("admin.col.what")}>${one.title}${one.room ? html` <span class="gk-list__sub">${one.room}</span>` : nothing}</td>
			<td class="gk-list__names" data-label=${t("admin.col.host")}>${namesText(one.hosts.map(({ name }) => name))}</td>
			${manyOffices ? html`<td data-label=${t("admin.office")}>${one.office}</td>` : nothing}
			<td>${one.state === "cancelled" ? html`<span class="gk-status" data-tone="quiet">${t("admin.state.cancelled")}</span>` : worst ? mailState(worst.mail_state) : nothing}</td></tr>`;
	}
}
customElements.define("admin-appointment-list", AdminAppointmentList);
