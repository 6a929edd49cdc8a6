// The operation log: who did what, from where, to what; and how far it is checked.
import { html, nothing } from "lit";
import { valueOf } from "../component/gk_form.mjs";
import { icon } from "../component/gk_icon.mjs";
import { emptyState, Loading } from "../component/gk_states.mjs";
import { path } from "../shared/api_client.mjs";
import { dayPlus, wallOf } from "../shared/date_text.mjs";
import { isTextKey, t } from "../shared/text.mjs";
import { exportList } from "./admin_csv_dialog.mjs";
import { AdminElement } from "./admin_element.mjs";
import { PagedRows } from "./admin_paging.mjs";
import { replacePlace } from "./admin_route.mjs";
import { app } from "./admin_state.mjs";
import { dayTimeOf, pageHead } from "./admin_view.mjs";

/** @typedef {import("#types/api").Operation} Operation */
/** @typedef {{ position: number, chained_at: string | null, waiting: number, sealed: number, sealed_at: string | null, broken: boolean }} Chain */

const LOOK_BACK = 7; // days
const THINGS = /** @type {const} */ (["appointment", "invitation", "pass", "guest", "privacy", "checkin", "call", "visit", "today",
	"device", "office", "channel", "delivery", "outbox", "member", "department", "import", "session", "second_factor", "recovery_code",
	"settings", "network_rule", "api_key", "operation", "retention", "person", "notice", "tenant"]);
const RESULTS = /** @type {const} */ (["done", "refused"]);

/** @param {string} key @param {string} otherwise */
const textOr = (key, otherwise) => (isTextKey(key) ? t(key) : otherwise);

/** What was done, in words where we have them. @param {string} action */
const actionText = (action) => {
	const [thing = "", verb = ""] = action.split(".");
	return textOr(`admin.operations.does_${thing}_${verb}`, "") || t("admin.operations.what", { thing: textOr(`admin.operations.thing_${thing}`, thing), verb: textOr(`admin.operations.verb_${verb}`, verb) });
};

class AdminOperationList extends AdminElement {
	static properties = { query: { attribute: false } };

	constructor() {
		super();
		this.query = new URLSearchParams();
		/** @type {PagedRows<Operation>} */
		this.rows = new PagedRows(this, path`/operations`, () => this.question);
		/** @type {Loading<Chain>} */
		this.chain = new Loading(this, (signal) => app.api.get(path`/operation-chain`, { signal }));
	}

	connectedCallback() {
		super.connectedCallback();
		this.rows.load();
		this.chain.load();
	}

	get filter() {
		const of = (/** @type {string} */ name) => this.query.get(name) ?? "";
		const to = this.query.get("to") ?? wallOf(new Date(), app.zone()).slice(0, 10);
		return { from: this.query.get("from") ?? dayPlus(to, -LOOK_BACK), to, action: of("action"), result: of("result"),
			actor_id: of("actor_id"), object_id: of("object_id") };
	}

	/** Days as people say them, moments as the API takes them. */
	get question() {
		const { from, to, ...rest } = this.filter;
		const midnight = (/** @type {string} */ day) => new Date(`${day}T00:00:00`).toISOString();
		return { ...rest, from: midnight(from), until: midnight(dayPlus(to, 1)) };
	}

	/** @param {Record<string, string>} changes */
	change(changes) {
		const filter = { ...this.filter, ...changes };
		if (filter.to < filter.from) filter.from = dayPlus(filter.to, -LOOK_BACK);
		replacePlace("operations", filter);
		this.query = new URLSearchParams(location.hash.split("?")[1]);
		this.rows.load();
	}

	render() {
		const { filter } = this;
		const date = (/** @type {"from" | "to"} */ name) => html`<div class="gk-field"><label class="gk-field__label" for=${name}>${t(`admin.filter.${name}`)}</label>
			<input class="gk-input" type="date" id=${name} data-width="date" .value=${filter[name]} @change=${(/** @type {Event} */ event) => valueOf(event) && this.change({ [name]: valueOf(event) })}></div>`;
		const choice = (/** @type {"action" | "result"} */ name, /** @type {readonly string[]} */ words, /** @type {string} */ prefix, /** @type {string} */ label) => html`<div class="gk-field"><label class="gk-field__label" for=${name}>${label}</label>
			<select class="gk-input" id=${name} @change=${(/** @type {Event} */ event) => this.change({ [name]: valueOf(event) })}>
				<option value="" ?selected=${filter[name] === ""}>${t("admin.operations.all")}</option>
				${words.map((word) => html`<option value=${word} ?selected=${filter[name] === word}>${textOr(`${prefix}${word}`, word)}</option>`)}</select></div>`;
		return html`${pageHead(t("admin.operations.title"), html`<button type="button" class="gk-button" @click=${() => exportList("operations", filter, this.question)}>${icon("download")}${t("admin.csv.title")}</button>`, t("admin.operations.lead"))}
			${this.chain.render((chain) => this.chainState(chain))}
			<form class="admin-filter gk-screen-only" role="search" @submit=${(/** @type {Event} */ event) => event.preventDefault()}>
				${date("from")}${date("to")}
				${choice("action", THINGS, "admin.operations.thing_", t("admin.operations.kind"))}
				${choice("result", RESULTS, "admin.operations.result_", t("admin.operations.result"))}
				${filter.actor_id === "" ? nothing : html`<button type="button" class="gk-button" @click=${() => this.change({ actor_id: "" })}>${t("admin.operations.everybody")}</button>`}
				${filter.object_id === "" ? nothing : html`<button type="button" class="gk-button" @click=${() => this.change({ object_id: "" })}>${t("admin.operations.everything")}</button>`}
			</form>
			<section class="gk-card">${this.rows.render((items) => this.list(items))}</section>`;
	}

	/** @param {Chain} chain */
	chainState(chain) {
		if (chain.broken)
			return html`<div class="gk-notice" data-tone="danger" role="alert"><p>${t("admin.operations.broken")}</p></div>`;
		return html`<p class="gk-list__sub" id="chain">${chain.sealed_at === null ? t("admin.operations.unsealed") : html`${t("admin.operations.sealed", { n: chain.sealed })} ${dayTimeOf(chain.sealed_at)}`}
			${chain.waiting > 0 ? ` ${t("admin.operations.waiting", { n: chain.waiting })}` : nothing}</p>`;
	}

	/** @param {Operation[]} items */
	list(items) {
		if (items.length === 0)
			return emptyState(t("admin.operations.none"), t("admin.operations.none_text"));
		return html`<table class="gk-list"><caption class="gk-unseen">${t("admin.operations.title")}</caption>
			<thead><tr><th scope="col">${t("admin.operations.at")}</th><th scope="col">${t("admin.operations.who")}</th><th scope="col">${t("admin.operations.did")}</th>
				<th scope="col">${t("admin.operations.object")}</th><th scope="col">${t("admin.operations.result")}</th><th scope="col">${t("admin.operations.address")}</th></tr></thead>
			<tbody>${items.map((one) => this.row(one))}</tbody></table>`;
	}

	/** @param {Operation} one */
	row(one) {
		const { actor, object } = one;
		const who = actor.name ?? textOr(`admin.operations.actor_${actor.kind}`, actor.kind);
		const done = one.result === "done";
		return html`<tr><td class="gk-list__time">${dayTimeOf(one.at)}</td>
			<th scope="row">${actor.id === null ? who : html`<button type="button" class="gk-link" title=${t("admin.operations.only_who")} @click=${() => this.change({ actor_id: /** @type {string} */ (actor.id) })}>${who}</button>`}</th>
			<td data-label=${t("admin.operations.did")}>${actionText(one.action)}${one.damaged ? html` <span class="gk-status" data-tone="danger">${t("admin.operations.damaged")}</span>` : nothing}</td>
			<td data-label=${t("admin.operations.object")}>${object === null ? nothing : html`<button type="button" class="gk-link" title=${t("admin.operations.only_what")} @click=${() => this.change({ object_id: object.id })}>${object.name ?? object.id.slice(-8)}</button>`}</td>
			<td data-label=${t("admin.operations.result")}><span class="gk-status" data-tone=${done ? "done" : "caution"}>${done ? t("admin.operations.result_done") : textOr(`problem.${one.result}.title`, t("admin.operations.result_refused"))}</span></td>
			<td data-label=${t("admin.operations.address")} class="gk-list__time">${one.address}</td></tr>`;
	}
}
customElements.define("admin-operation-list", AdminOperationList);
