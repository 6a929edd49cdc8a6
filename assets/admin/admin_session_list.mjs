// Where I am signed in, a part of the person's own settings.
import { html, nothing } from "lit";
import { Loading } from "../component/gk_states.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { path } from "../shared/api_client.mjs";
import { problemTitle } from "../shared/problem.mjs";
import { t } from "../shared/text.mjs";
import { browserName } from "./admin_device_list.mjs";
import { AdminElement } from "./admin_element.mjs";
import { app } from "./admin_state.mjs";
import { dayTimeOf } from "./admin_view.mjs";

/** @typedef {import("#types/api").SessionRow} SessionRow */

/** @param {SessionRow} row */
const nameOf = (row) => browserName(row.browser) || t("admin.account.unknown_browser");

export class AdminSessionList extends AdminElement {
	constructor() {
		super();
		/** @type {Loading<import("./admin_state.mjs").Page<SessionRow>>} */
		this.sessions = new Loading(this, (signal) => app.api.get(path`/sessions`, { signal }));
	}

	connectedCallback() {
		super.connectedCallback();
		this.sessions.load();
	}

	/** @param {string} what @param {string} done */
	async end(what, done) {
		try {
			await app.api.delete(what);
			showToast({ text: done });
		} catch (fault) {
			showToast({ text: problemTitle(fault) });
		}
		this.sessions.load();
	}

	render() {
		return html`<h2>${t("admin.account.sessions")}</h2><p>${t("admin.account.sessions_lead")}</p>
			${this.sessions.render(({ items }) => html`
				<table class="gk-list"><caption class="gk-unseen">${t("admin.account.sessions")}</caption>
					<thead><tr><th scope="col">${t("admin.account.browser")}</th><th scope="col">${t("admin.account.address")}</th><th scope="col">${t("admin.account.signed_in_at")}</th><th scope="col">${t("admin.account.seen_at")}</th><th scope="col"><span class="gk-unseen">${t("admin.col.actions")}</span></th></tr></thead>
					<tbody>${items.map((row) => this.row(row))}</tbody></table>
				${items.length < 2 ? nothing : html`<p><button type="button" class="gk-button" @click=${() => this.end(path`/sessions/others`, t("admin.account.others_ended"))}>${t("admin.account.end_others")}</button></p>`}`, 2)}`;
	}

	/** @param {SessionRow} row */
	row(row) {
		const name = nameOf(row);
		return html`<tr><th scope="row" class="gk-list__strong">${name}${row.current ? html` <span class="gk-badge" data-tone="accent">${t("admin.account.current")}</span>` : nothing}</th>
			<td data-label=${t("admin.account.address")}>${row.address}</td>
			<td data-label=${t("admin.account.signed_in_at")}>${dayTimeOf(row.created_at)}</td>
			<td data-label=${t("admin.account.seen_at")}>${dayTimeOf(row.seen_at)}</td>
			<td><div class="gk-list__actions">${row.current ? nothing : html`<button type="button" class="gk-button" data-size="small" @click=${() => this.end(path`/sessions/${row.id}`, t("admin.account.ended", { name }))}>${t("admin.account.end")}<span class="gk-unseen"> – ${name}</span></button>`}</div></td></tr>`;
	}
}
customElements.define("admin-session-list", AdminSessionList);
