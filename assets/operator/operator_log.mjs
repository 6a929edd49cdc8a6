// The operators' own log: who did what, from where, to which company.
import { html, nothing } from "lit";
import { replacePlace } from "../admin/admin_route.mjs";
import { valueOf } from "../component/gk_form.mjs";
import { icon } from "../component/gk_icon.mjs";
import { PagedList } from "../component/gk_paging.mjs";
import { emptyState } from "../component/gk_states.mjs";
import { path } from "../shared/api_client.mjs";
import { isTextKey, t } from "../shared/text.mjs";
import { app, OperatorElement } from "./operator_state.mjs";
import { exportCsv, momentOf, pageHead } from "./operator_view.mjs";

/** @typedef {import("#types/operator").LogLine} LogLine */

const THINGS = /** @type {const} */ (["tenant", "notice", "operator", "session", "second_factor", "recovery_code", "operator_log"]);
const RESULTS = /** @type {const} */ (["done", "refused"]);

/** In words where we have them. @param {string} prefix @param {string} word */
const words = (prefix, word) => (isTextKey(`operator.log.${prefix}${word}`) ? t(/** @type {import("../shared/text.mjs").TextKey} */ (`operator.log.${prefix}${word}`)) : word);

class OperatorLog extends OperatorElement {
	static properties = { query: { attribute: false } };

	constructor() {
		super();
		this.query = new URLSearchParams();
		/** @type {PagedList<LogLine>} */
		this.rows = new PagedList(this, (query, signal) => app.api.get(path`/operator-log`, { query, signal }), () => this.filter);
	}

	connectedCallback() {
		super.connectedCallback();
		this.rows.load();
	}

	get filter() {
		const of = (/** @type {string} */ name) => this.query.get(name) ?? "";
		return { action: of("action"), result: of("result"), tenant_id: of("tenant_id"), operator_id: of("operator_id") };
	}

	/** @param {Record<string, string>} changes */
	change(changes) {
		replacePlace("log", { ...this.filter, ...changes });
		this.query = new URLSearchParams(location.hash.split("?")[1]);
		this.rows.load();
	}

	render() {
		const { filter } = this;
		const choice = (/** @type {"action" | "result"} */ name, /** @type {readonly string[]} */ values, /** @type {string} */ prefix, /** @type {string} */ end) => html`<div class="gk-field"><label class="gk-field__label" for=${name}>${t(`operator.log.${name}`)}</label>
			<select class="gk-input" id=${name} @change=${(/** @type {Event} */ event) => this.change({ [name]: valueOf(event) })}>
				<option value="" ?selected=${filter[name] === ""}>${t("operator.all")}</option>
				${values.map((value) => html`<option value=${value + end} ?selected=${filter[name] === value + end}>${words(prefix, value)}</option>`)}</select></div>`;
		const narrowed = filter.tenant_id !== "" || filter.operator_id !== "";
		return html`${pageHead(t("operator.log.title"), html`<button type="button" class="gk-button" @click=${() => exportCsv("/api/v1/operator-log.csv", filter, "operator-log.csv")}>${icon("download")}${t("operator.csv")}</button>`, t("operator.log.lead"))}
			<search class="admin-filter">${choice("action", THINGS, "thing_", ".")}${choice("result", RESULTS, "result_", "")}
				${narrowed ? html`<button type="button" class="gk-button" @click=${() => this.change({ tenant_id: "", operator_id: "" })}>${t("operator.log.all_again")}</button>` : nothing}</search>
			${this.rows.render((items) => (items.length === 0 ? emptyState(t("operator.log.none")) : html`
			<table class="gk-list"><caption class="gk-unseen">${t("operator.log.title")}</caption>
				<thead><tr><th scope="col">${t("operator.log.at")}</th><th scope="col">${t("operator.log.who")}</th><th scope="col">${t("operator.log.what")}</th><th scope="col">${t("operator.col.company")}</th><th scope="col">${t("operator.log.address")}</th><th scope="col">${t("operator.log.result")}</th></tr></thead>
				<tbody>${items.map((line) => this.line(line))}</tbody></table>`))}`;
	}

	/** @param {LogLine} line */
	line(line) {
		return html`<tr><th scope="row">${momentOf(line.at)}</th>
			<td data-label=${t("operator.log.who")}>${line.operator ? line.operator.email ?? line.operator.id : line.address.startsWith("cli:") ? t("operator.log.command_line") : t("operator.log.nobody")}</td>
			<td data-label=${t("operator.log.what")}>${words("does_", line.action.replace(".", "_"))}</td>
			<td data-label=${t("operator.col.company")}>${line.tenant ? html`<a href="#/tenants/${line.tenant.id}">${line.tenant.name ?? line.tenant.id}</a>` : "–"}</td>
			<td data-label=${t("operator.log.address")}>${line.address || "–"}</td>
			<td data-label=${t("operator.log.result")}><span class="gk-status" data-tone=${line.result === "done" ? "quiet" : "danger"}>${words("result_", line.result)}</span></td></tr>`;
	}
}
customElements.define("operator-log", OperatorLog);
