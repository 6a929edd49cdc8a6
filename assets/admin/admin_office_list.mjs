// The offices.
import { html, nothing } from "lit";
import { icon } from "../component/gk_icon.mjs";
import { emptyState, Loading } from "../component/gk_states.mjs";
import { path } from "../shared/api_client.mjs";
import { t } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import { CurrentRow, onCommands } from "./admin_keys.mjs";
import { go } from "./admin_route.mjs";
import { app } from "./admin_state.mjs";
import { pageHead } from "./admin_view.mjs";

/** @typedef {import("#types/api").Office} Office */

class AdminOfficeList extends AdminElement {
	constructor() {
		super();
		/** @type {Loading<import("./admin_state.mjs").Page<Office>>} */
		this.offices = new Loading(this, (signal) => app.api.get(path`/offices`, { signal }));
		this.current = new CurrentRow(this, () => (this.offices.value?.items ?? []).map(({ id }) => id));
	}

	connectedCallback() {
		super.connectedCallback();
		this.offices.load();
		onCommands(this, {
			next: () => this.current.move(1),
			previous: () => this.current.move(-1),
			open: () => this.current.id && go(`offices/${this.current.id}`),
			edit: () => this.current.id && go(`offices/${this.current.id}`),
			new: () => go("offices/new"),
		});
	}

	render() {
		const add = html`<a class="gk-button" data-kind="primary" href="#/offices/new">${icon("add")}${t("admin.offices.new")}</a>`;
		return html`${pageHead(t("admin.offices.title"), add)}
			<section class="gk-card">${this.offices.render(({ items }) => (items.length === 0 ? emptyState(t("admin.offices.none"), t("admin.offices.none_text"), add) : html`
				<table class="gk-list"><caption class="gk-unseen">${t("admin.offices.title")}</caption>
					<thead><tr><th scope="col">${t("admin.offices.name")}</th><th scope="col">${t("admin.offices.hours")}</th><th scope="col">${t("admin.offices.phone")}</th><th scope="col">${t("admin.offices.address")}</th><th scope="col">${t("admin.col.state")}</th></tr></thead>
					<tbody>${items.map((office) => html`<tr ?data-current=${office.id === this.current.id}>
						<th scope="row"><a class="gk-list__open" href="#/offices/${office.id}">${office.name}</a></th>
						<td class="gk-list__time" data-label=${t("admin.offices.hours")}>${office.opens_at} – ${office.closes_at}${office.time_zone === "Asia/Tokyo" ? nothing : html` <span class="gk-badge">${office.time_zone}</span>`}</td>
						<td data-label=${t("admin.offices.phone")}>${office.phone}</td>
						<td data-label=${t("admin.offices.address")}>${office.address}</td>
						<td><span class="gk-status" data-tone=${office.state === "open" ? "positive" : "quiet"}>${t(`admin.offices.${office.state}`)}</span></td></tr>`)}</tbody></table>`))}</section>`;
	}
}
customElements.define("admin-office-list", AdminOfficeList);
