// The operator's own account: where it is signed in.
import { html, nothing } from "lit";
import { Loading } from "../component/gk_states.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { path } from "../shared/api_client.mjs";
import { problemTitle } from "../shared/problem.mjs";
import { t } from "../shared/text.mjs";
import { app, OperatorElement } from "./operator_state.mjs";
import { momentOf, pageHead } from "./operator_view.mjs";

/** @typedef {{id: string, created_at: string, seen_at: string, address: string, browser: string, current: boolean}} SessionRow */

class OperatorAccount extends OperatorElement {
	constructor() {
		super();
		/** @type {Loading<{items: SessionRow[]}>} */
		this.sessions = new Loading(this, (signal) => app.api.get(path`/sessions`, { signal }));
	}

	connectedCallback() {
		super.connectedCallback();
		this.sessions.load();
	}

	/** @param {SessionRow} row */
	async end(row) {
		try {
			await app.api.delete(path`/sessions/${row.id}`);
			showToast({ text: t("operator.account.ended") });
		} catch (fault) {
			showToast({ text: problemTitle(fault) });
		}
		this.sessions.load();
	}

	render() {
		const who = app.session?.operator;
		return html`${pageHead(t("operator.account.title"))}
			<dl class="operator-facts"><dt>${t("operator.account.name")}</dt><dd>${who?.name}</dd><dt>${t("operator.email")}</dt><dd>${who?.email}</dd></dl>
			<section class="operator-section"><h2>${t("operator.account.sessions")}</h2><p>${t("operator.account.lead")}</p>
			${this.sessions.render(({ items }) => html`<table class="gk-list"><caption class="gk-unseen">${t("operator.account.sessions")}</caption>
				<thead><tr><th scope="col">${t("operator.account.browser")}</th><th scope="col">${t("operator.log.address")}</th><th scope="col">${t("operator.account.since")}</th><th scope="col">${t("operator.account.seen")}</th><th scope="col"><span class="gk-unseen">${t("operator.col.actions")}</span></th></tr></thead>
				<tbody>${items.map((row) => html`<tr><th scope="row" class="gk-list__strong">${row.browser || "–"}${row.current ? html` <span class="gk-badge" data-tone="accent">${t("operator.account.current")}</span>` : nothing}</th>
					<td data-label=${t("operator.log.address")}>${row.address}</td><td data-label=${t("operator.account.since")}>${momentOf(row.created_at)}</td><td data-label=${t("operator.account.seen")}>${momentOf(row.seen_at)}</td>
					<td><div class="gk-list__actions">${row.current ? nothing : html`<button type="button" class="gk-button" data-size="small" @click=${() => this.end(row)}>${t("operator.account.end")}<span class="gk-unseen"> – ${row.browser} ${row.address}</span></button>`}</div></td></tr>`)}</tbody></table>`, 2)}</section>`;
	}
}
customElements.define("operator-account", OperatorAccount);
