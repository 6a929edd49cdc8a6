// What went out and what did not; never what it says.
import { html, nothing } from "lit";
import { valueOf } from "../component/gk_form.mjs";
import { emptyState } from "../component/gk_states.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { path } from "../shared/api_client.mjs";
import { problemTitle } from "../shared/problem.mjs";
import { isTextKey, t } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import { PagedRows } from "./admin_paging.mjs";
import { replacePlace } from "./admin_route.mjs";
import { app } from "./admin_state.mjs";
import { dayTimeOf, pageHead } from "./admin_view.mjs";

/** @typedef {import("#types/api").Delivery} Delivery */

const STATES = /** @type {const} */ (["waiting", "leased", "delivered", "kept", "dead", "expired", "withdrawn"]);
const TONES = /** @type {const} */ ({ waiting: "", leased: "accent", delivered: "done", kept: "done", dead: "danger", expired: "caution", withdrawn: "quiet" });

// The live feed tells of visits, not of what courier does with their notices.
const LOOK = 5000; // ms

class AdminDeliveryList extends AdminElement {
	static properties = { query: { attribute: false } };

	constructor() {
		super();
		this.query = new URLSearchParams();
		/** @type {PagedRows<Delivery>} */
		this.rows = new PagedRows(this, path`/deliveries`, () => ({ state: this.query.get("state") }));
		/** @type {ReturnType<typeof setInterval> | undefined} */
		this.timer = undefined;
	}

	connectedCallback() {
		super.connectedCallback();
		this.rows.load();
		this.timer = setInterval(() => this.rows.refresh(), LOOK);
	}

	disconnectedCallback() {
		super.disconnectedCallback();
		clearInterval(this.timer);
	}

	/** @param {string} state */
	choose(state) {
		replacePlace("deliveries", { state });
		this.query = new URLSearchParams(location.hash.split("?")[1]);
		this.rows.load();
	}

	/** @param {Delivery} delivery */
	async requeue(delivery) {
		try {
			await app.api.post(path`/deliveries/${delivery.id}/requeue`);
			showToast({ text: t("admin.deliveries.requeued") });
		} catch (fault) {
			showToast({ text: problemTitle(fault) });
		}
		this.rows.refresh();
	}

	render() {
		const state = this.query.get("state") ?? "";
		return html`${pageHead(t("admin.deliveries.title"), nothing, t("admin.deliveries.lead"))}
			<form class="admin-filter" @submit=${(/** @type {Event} */ event) => event.preventDefault()}><div class="gk-field"><label class="gk-field__label" for="state">${t("admin.col.state")}</label>
				<select class="gk-input" id="state" @change=${(/** @type {Event} */ event) => this.choose(valueOf(event))}><option value="" ?selected=${state === ""}>${t("admin.filter.all_states")}</option>
					${STATES.map((one) => html`<option value=${one} ?selected=${one === state}>${t(`admin.delivery_state.${one}`)}</option>`)}</select></div></form>
			<section class="gk-card">${this.rows.render((items) => (items.length === 0 ? emptyState(t(state === "" ? "admin.deliveries.none" : "admin.deliveries.none_such"), nothing,
				state === "" ? nothing : html`<button type="button" class="gk-button" @click=${() => this.choose("")}>${t("common.clear")}</button>`) : html`
				<table class="gk-list"><caption class="gk-unseen">${t("admin.deliveries.title")}</caption>
					<thead><tr><th scope="col">${t("admin.deliveries.made")}</th><th scope="col">${t("admin.deliveries.what")}</th><th scope="col">${t("admin.deliveries.to")}</th><th scope="col" class="gk-end">${t("admin.deliveries.tries")}</th><th scope="col">${t("admin.col.state")}</th><th scope="col"><span class="gk-unseen">${t("admin.col.actions")}</span></th></tr></thead>
					<tbody>${items.map((one) => this.row(one))}</tbody></table>`))}</section>`;
	}

	/** @param {Delivery} one */
	row(one) {
		const topic = `admin.topic.${one.topic.replaceAll(".", "_")}`;
		return html`<tr><td class="gk-list__time">${dayTimeOf(one.created_at)}</td>
			<th scope="row">${isTextKey(topic) ? t(topic) : one.topic}</th>
			<td data-label=${t("admin.deliveries.to")}>${one.channel ?? t(`admin.deliveries.kind_${one.kind}`)}</td>
			<td data-label=${t("admin.deliveries.tries")} class="gk-end">${one.attempts}</td>
			<td><span class="gk-status" data-tone=${TONES[one.state]}>${t(`admin.delivery_state.${one.state}`)}</span>
				${one.state === "waiting" && one.attempts > 0 ? html` <span class="gk-list__sub">${t("admin.deliveries.next", { time: "" })}${dayTimeOf(one.due_at)}</span>` : nothing}
				${one.last_error ? html`<p class="gk-list__sub" lang="en">${one.last_error}</p>` : nothing}</td>
			<td><div class="gk-list__actions">${one.state === "dead" ? html`<button type="button" class="gk-button" data-size="small" @click=${() => this.requeue(one)}>${t("admin.deliveries.requeue")}</button>` : nothing}</div></td></tr>`;
	}
}
customElements.define("admin-delivery-list", AdminDeliveryList);
