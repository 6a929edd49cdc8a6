// Companies: search, filter, export; and a new one.
import { html, nothing } from "lit";
import { go, replacePlace } from "../admin/admin_route.mjs";
import { FormState, valueOf } from "../component/gk_form.mjs";
import { icon } from "../component/gk_icon.mjs";
import { PagedList } from "../component/gk_paging.mjs";
import { emptyState } from "../component/gk_states.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { path } from "../shared/api_client.mjs";
import { t, textLanguage } from "../shared/text.mjs";
import { app, OperatorElement } from "./operator_state.mjs";
import { administratorFields, linkNotice, exportCsv, momentOf, pageHead, tenantState } from "./operator_view.mjs";

/** @typedef {import("#types/operator").Tenant} Tenant */

const STATES = /** @type {const} */ (["active", "suspended", "ending", "ended"]);

class OperatorTenantList extends OperatorElement {
	static properties = { query: { attribute: false } };

	constructor() {
		super();
		this.query = new URLSearchParams();
		/** @type {PagedList<Tenant>} */
		this.rows = new PagedList(this, (query, signal) => app.api.get(path`/tenants`, { query, signal }), () => this.filter);
		/** @type {ReturnType<typeof setTimeout> | undefined} */
		this.typing = undefined;
	}

	connectedCallback() {
		super.connectedCallback();
		this.rows.load();
	}

	get filter() {
		return { q: this.query.get("q") ?? "", state: this.query.get("state") ?? "" };
	}

	/** @param {Record<string, string>} changes */
	change(changes) {
		replacePlace("tenants", { ...this.filter, ...changes });
		this.query = new URLSearchParams(location.hash.split("?")[1]);
		this.rows.load();
	}

	/** @param {string} q */
	search(q) {
		clearTimeout(this.typing);
		this.typing = setTimeout(() => this.change({ q }), 250);
	}

	render() {
		const { filter } = this;
		const asked = filter.q !== "" || filter.state !== "";
		return html`${pageHead(t("operator.tenants.title"), html`
			<button type="button" class="gk-button" @click=${() => exportCsv("/api/v1/tenants.csv", filter, "tenants.csv")}>${icon("download")}${t("operator.csv")}</button>
			<a class="gk-button" data-kind="primary" href="#/tenants/new">${icon("add")}${t("operator.tenants.new")}</a>`, t("operator.tenants.lead"))}
			<search class="admin-filter">
				<div class="gk-field"><label class="gk-field__label" for="q">${t("common.search")}</label>
					<input class="gk-input" type="search" id="q" .value=${filter.q} autocomplete="off" spellcheck="false" @input=${(/** @type {Event} */ event) => this.search(valueOf(event))}></div>
				<div class="gk-field"><label class="gk-field__label" for="state">${t("operator.col.state")}</label>
					<select class="gk-input" id="state" @change=${(/** @type {Event} */ event) => this.change({ state: valueOf(event) })}>
						<option value="" ?selected=${filter.state === ""}>${t("operator.all")}</option>
						${STATES.map((state) => html`<option value=${state} ?selected=${filter.state === state}>${t(`operator.state.${state}`)}</option>`)}</select></div>
			</search>
			${this.rows.render((items) => (items.length > 0 ? this.table(items) : asked ?
				emptyState(t("operator.tenants.none_found"), nothing, html`<button type="button" class="gk-button" @click=${() => this.change({ q: "", state: "" })}>${t("common.clear")}</button>`) :
				emptyState(t("operator.tenants.none"), t("operator.tenants.none_next"), html`<a class="gk-button" data-kind="primary" href="#/tenants/new">${t("operator.tenants.new")}</a>`)))}`;
	}

	/** @param {Tenant[]} items */
	table(items) {
		return html`<table class="gk-list"><caption class="gk-unseen">${t("operator.tenants.title")}</caption>
			<thead><tr><th scope="col">${t("operator.col.company")}</th><th scope="col">${t("operator.col.name")}</th><th scope="col">${t("operator.col.state")}</th><th scope="col">${t("operator.col.plan")}</th><th scope="col">${t("operator.col.created_at")}</th><th scope="col">${t("operator.col.stops_at")}</th></tr></thead>
			<tbody>${items.map((row) => html`<tr><th scope="row" class="gk-list__strong"><a href="#/tenants/${row.id}">${row.display_name}</a></th>
				<td data-label=${t("operator.col.name")}>${row.name}</td><td data-label=${t("operator.col.state")}>${tenantState(row.state)}</td>
				<td data-label=${t("operator.col.plan")}>${row.plan ?? "–"}</td><td data-label=${t("operator.col.created_at")}>${momentOf(row.created_at)}</td>
				<td data-label=${t("operator.col.stops_at")}>${momentOf(row.stops_at)}</td></tr>`)}</tbody></table>`;
	}
}
customElements.define("operator-tenant-list", OperatorTenantList);

class OperatorTenantNew extends OperatorElement {
	static properties = { made: { state: true } };

	constructor() {
		super();
		this.form = new FormState(this);
		this.values = { display_name: "", name: "", language: textLanguage(), who: "", email: "" };
		/** @type {(Tenant & {invitation: import("./operator_view.mjs").Invitation}) | undefined} */
		this.made = undefined;
	}

	check() {
		const { values } = this;
		return [["/display_name", values.display_name], ["/name", values.name], ["/administrator/name", values.who], ["/administrator/email", values.email]]
			.filter(([, value]) => value.trim() === "").map(([pointer]) => ({ pointer, name: "missing" }));
	}

	async send() {
		const { display_name, name, language, who, email } = this.values;
		/** @type {OperatorTenantNew["made"]} */
		const made = await app.api.post(path`/tenants`, { display_name: display_name.trim(), name: name.trim().toLowerCase(), language, administrator: { name: who.trim(), email: email.trim() } },
			{ signal: this.signal, action: this.form.action });
		if (made?.invitation.mailed) {
			go(`tenants/${made.id}`);
			showToast({ text: t("operator.new.mailed", { email: email.trim() }) });
		} else this.made = made;
	}

	render() {
		const { values, form, made } = this;
		if (made) return html`${pageHead(t("operator.new.made", { name: made.display_name }))}
			${linkNotice(made.invitation)}
			<p><a class="gk-button" href="#/tenants/${made.id}">${t("operator.new.open")}</a></p>`;
		return html`<p class="admin-back"><a href="#/tenants">${t("operator.tenants.title")}</a></p>${pageHead(t("operator.tenants.new"))}
			<form class="gk-form gk-card operator-section" novalidate @submit=${(/** @type {Event} */ event) => form.submit(event, () => this.check(), () => this.send())}>
				${form.summary()}
				${form.text({ pointer: "/display_name", label: t("operator.col.company"), value: values.display_name, set: (v) => (values.display_name = v), required: true, autocomplete: "off" })}
				${form.text({ pointer: "/name", label: t("operator.col.name"), support: t("operator.new.name_support"), value: values.name, set: (v) => (values.name = v), required: true, language: "en" })}
				${form.field({ pointer: "/language", label: t("operator.new.language"), control: (a) => html`<select class="gk-input" id=${a.id} @change=${(/** @type {Event} */ event) => (values.language = valueOf(event))}>
					<option value="ja" lang="ja" ?selected=${values.language === "ja"}>${"\u65e5\u672c\u8a9e"}</option><option value="en" lang="en" ?selected=${values.language === "en"}>English</option></select>` })}
				<fieldset class="operator-fieldset"><legend class="gk-field__label">${t("operator.new.administrator")}</legend>
				${administratorFields(form, values)}
				</fieldset>
				<div class="gk-form__actions">${form.sendButton(t("operator.new.send"))}<a class="gk-button" href="#/tenants">${t("common.cancel")}</a></div>
			</form>`;
	}
}
customElements.define("operator-tenant-new", OperatorTenantNew);
