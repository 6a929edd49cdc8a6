// Who is inside an office now, for the person with the clipboard.
import { html } from "lit";
import { icon } from "../component/gk_icon.mjs";
import { emptyState, Loading } from "../component/gk_states.mjs";
import { path } from "../shared/api_client.mjs";
import { longDayText, timeText } from "../shared/date_text.mjs";
import { t, textLanguage, tn } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import { onCommands } from "./admin_keys.mjs";
import { app } from "./admin_state.mjs";
import { namesText, officeChoice, pageHead, timeOf } from "./admin_view.mjs";

/** @typedef {import("#types/api").Visit} Visit */

class AdminEvacuation extends AdminElement {
	constructor() {
		super();
		/** @type {Loading<{at: string, office: string, people: number, items: Visit[]}>} */
		this.inside = new Loading(this, (signal) => app.api.get(path`/evacuation-list`, { query: { office_id: app.office?.id }, signal }));
	}

	connectedCallback() {
		super.connectedCallback();
		this.inside.load();
		document.addEventListener("gk-live", () => this.inside.load(), { signal: this.signal });
		onCommands(this, { print: () => globalThis.print() });
	}

	render() {
		const zone = app.zone();
		return html`
			${pageHead(t("admin.evacuation.title"), html`
				${officeChoice({ id: "evacuation-office", value: app.office?.id ?? "", choose: (id) => (app.chooseOffice(id), this.inside.reset(), this.inside.load()) })}
				<button type="button" class="gk-button" data-kind="primary" @click=${() => globalThis.print()}>${icon("print")}${t("common.print")}</button>`, t("admin.evacuation.lead"))}
			${this.inside.render(({ at, office, people, items }) => html`
				<p class="admin-evacuation__sum"><strong>${office}</strong> <span class="admin-evacuation__people">${tn("admin.people", people)}</span>
					<span class="gk-muted">${t("admin.evacuation.at", { time: `${longDayText(at, zone, textLanguage())} ${timeText(at, zone, textLanguage())}` })}</span></p>
				<section class="gk-card">${items.length === 0 ? emptyState(t("admin.evacuation.none")) : html`<table class="gk-list admin-evacuation__list">
					<thead><tr><th scope="col" class="admin-evacuation__tick">${t("admin.evacuation.seen")}</th><th scope="col">${t("admin.col.guest")}</th><th scope="col">${t("admin.col.company")}</th><th scope="col">${t("admin.col.people")}</th>
						<th scope="col">${t("admin.col.host")}</th><th scope="col">${t("admin.col.arrived")}</th></tr></thead>
					<tbody>${items.map((visit) => html`<tr>
						<td class="admin-evacuation__tick"><span class="admin-evacuation__box"></span></td>
						<th scope="row" class="gk-list__strong">${visit.guest}</th>
						<td data-label=${t("admin.col.company")}>${visit.company ?? ""}</td>
						<td data-label=${t("admin.col.people")}>${visit.people}</td>
						<td class="gk-list__names" data-label=${t("admin.col.host")}>${namesText(visit.hosts.map(({ name }) => name))}</td>
						<td data-label=${t("admin.col.arrived")} class="gk-list__time">${timeOf(visit.arrived_at, visit.office_id)}</td>
					</tr>`)}</tbody></table>`}</section>`)}`;
	}
}
customElements.define("admin-evacuation", AdminEvacuation);
