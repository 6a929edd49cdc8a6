// What the company has agreed to, to read; the operator of the service changes it.
import { html, nothing } from "lit";
import { Loading } from "../component/gk_states.mjs";
import { path } from "../shared/api_client.mjs";
import { dayTimeText } from "../shared/date_text.mjs";
import { t, textLanguage } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import { app } from "./admin_state.mjs";
import { pageHead } from "./admin_view.mjs";

/** @typedef {import("#types/api").Contract} Contract */

const LIMITS = /** @type {const} */ (["members", "offices", "devices", "appointments"]);

class AdminContract extends AdminElement {
	/** @type {Loading<Contract>} */
	#contract = new Loading(this, (signal) => app.api.get(path`/contract`, { signal }));

	connectedCallback() {
		super.connectedCallback();
		this.#contract.load();
	}

	render() {
		return html`${pageHead(t("admin.contract.title"), nothing, t("admin.contract.lead"))}${this.#contract.render((contract) => this.view(contract), 4)}`;
	}

	/** @param {Contract} contract */
	view(contract) {
		const text = (/** @type {string} */ iso) => dayTimeText(iso, contract.time_zone, textLanguage());
		return html`<section class="gk-card admin-contract" data-padded>
			<dl class="gk-details"><dt>${t("admin.contract.plan")}</dt><dd>${contract.plan ?? t("admin.contract.no_plan")}</dd>
				<dt>${t("admin.contract.stops")}</dt><dd>${contract.stops_at ? text(contract.stops_at) : t("admin.contract.goes_on")}</dd>
				${contract.data_until ? html`<dt>${t("admin.contract.data_until")}</dt><dd>${text(contract.data_until)}</dd>` : nothing}</dl>
			<table class="gk-list admin-contract__limits"><thead><tr><th scope="col">${t("admin.contract.what")}</th><th scope="col">${t("admin.contract.used")}</th><th scope="col">${t("admin.contract.limit")}</th></tr></thead>
				<tbody>${LIMITS.map((name) => this.row(name, contract.limits[name]))}</tbody></table>
		</section>`;
	}

	/** @param {typeof LIMITS[number]} name @param {Contract["limits"]["members"]} limit */
	row(name, { used, limit }) {
		const full = limit !== null && used >= limit;
		return html`<tr><th scope="row">${t(`admin.contract.${name}`)}</th><td data-label=${t("admin.contract.used")}>${used}${full ? html` <span class="gk-badge" data-tone="caution">${t("admin.contract.full")}</span>` : nothing}</td>
			<td data-label=${t("admin.contract.limit")}>${limit ?? t("admin.contract.no_limit")}</td></tr>`;
	}
}
customElements.define("admin-contract", AdminContract);
