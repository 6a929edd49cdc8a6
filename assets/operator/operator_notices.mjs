// What was told to companies, and telling them.
import { html } from "lit";
import { askFirst, showDialog } from "../component/gk_dialog.mjs";
import { FormState, valueOf } from "../component/gk_form.mjs";
import { icon } from "../component/gk_icon.mjs";
import { PagedList } from "../component/gk_paging.mjs";
import { emptyState } from "../component/gk_states.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { path } from "../shared/api_client.mjs";
import { isoOf, ownZone } from "../shared/date_text.mjs";
import { problemTitle } from "../shared/problem.mjs";
import { t, textLanguage } from "../shared/text.mjs";
import { app, OperatorElement } from "./operator_state.mjs";
import { momentOf, pageHead } from "./operator_view.mjs";

/** @typedef {import("#types/operator").Notice} Notice */

const KINDS = /** @type {const} */ (["maintenance", "incident", "info"]);

class OperatorNotices extends OperatorElement {
	constructor() {
		super();
		/** @type {PagedList<Notice>} */
		this.rows = new PagedList(this, (query, signal) => app.api.get(path`/notices`, { query, signal }), () => ({}));
	}

	connectedCallback() {
		super.connectedCallback();
		this.rows.load();
	}

	open() {
		showDialog((close) => ({ heading: t("operator.notices.new"), wide: true, content: html`<operator-notice-form .done=${() => {
			close();
			this.rows.refresh();
			showToast({ text: t("operator.notices.done") });
		}}></operator-notice-form>` }));
	}

	/** @param {Notice} row */
	async withdraw(row) {
		if (!await askFirst({ heading: t("operator.notices.ask"), text: textLanguage() === "ja" ? row.ja : row.en, action: t("operator.notices.withdraw") })) return;
		try {
			await app.api.delete(path`/notices/${row.id}`);
			showToast({ text: t("operator.notices.withdrawn_done") });
		} catch (fault) {
			showToast({ text: problemTitle(fault) });
		}
		this.rows.refresh();
	}

	render() {
		return html`${pageHead(t("operator.notices.title"), html`<button type="button" class="gk-button" data-kind="primary" @click=${() => this.open()}>${icon("add")}${t("operator.notices.new")}</button>`, t("operator.notices.lead"))}
			${this.rows.render((items) => (items.length === 0 ? emptyState(t("operator.notices.none"), t("operator.notices.none_next")) : html`
			<table class="gk-list"><caption class="gk-unseen">${t("operator.notices.title")}</caption>
				<thead><tr><th scope="col">${t("operator.notices.text")}</th><th scope="col">${t("operator.notices.kind")}</th><th scope="col">${t("operator.notices.to")}</th><th scope="col">${t("operator.notices.from")}</th><th scope="col">${t("operator.notices.until")}</th><th scope="col"><span class="gk-unseen">${t("operator.col.actions")}</span></th></tr></thead>
				<tbody>${items.map((row) => this.row(row))}</tbody></table>`))}`;
	}

	/** @param {Notice} row */
	row(row) {
		const text = textLanguage() === "ja" ? row.ja : row.en;
		return html`<tr><th scope="row" class="gk-list__strong">${text}</th><td data-label=${t("operator.notices.kind")}>${t(`operator.notices.${row.kind}`)}</td>
			<td data-label=${t("operator.notices.to")}>${row.tenants?.join(", ") ?? t("operator.notices.everybody")}</td>
			<td data-label=${t("operator.notices.from")}>${momentOf(row.starts_at)}</td><td data-label=${t("operator.notices.until")}>${momentOf(row.ends_at)}</td>
			<td><div class="gk-list__actions">${row.withdrawn_at !== null ? html`<span class="gk-badge">${t("operator.notices.withdrawn")}</span>` :
				html`<button type="button" class="gk-button" data-size="small" @click=${() => this.withdraw(row)}>${t("operator.notices.withdraw")}<span class="gk-unseen"> – ${text}</span></button>`}</div></td></tr>`;
	}
}
customElements.define("operator-notices", OperatorNotices);

class OperatorNoticeForm extends OperatorElement {
	static properties = { done: { attribute: false } };

	constructor() {
		super();
		this.done = () => {};
		this.form = new FormState(this);
		this.values = { kind: /** @type {string} */ ("maintenance"), ja: "", en: "", from: "", until: "", tenants: "" };
	}

	check() {
		return /** @type {const} */ (["ja", "en"]).filter((name) => this.values[name].trim() === "").map((name) => ({ pointer: `/${name}`, name: "missing" }));
	}

	async send() {
		const { kind, ja, en, from, until, tenants } = this.values;
		const names = tenants.split(/[\s,\u3001]+/).filter(Boolean);
		const moment = (/** @type {string} */ wall) => (wall === "" ? undefined : isoOf(wall, ownZone()));
		await app.api.post(path`/notices`, { kind, ja: ja.trim(), en: en.trim(), starts_at: moment(from), ends_at: moment(until), ...(names.length > 0 && { tenants: names }) },
			{ signal: this.signal, action: this.form.action });
		this.done();
	}

	render() {
		const { values, form } = this;
		const area = (/** @type {"ja" | "en"} */ name) => form.field({ pointer: `/${name}`, label: t(`operator.notices.${name}`), required: true, control: (a) => html`<textarea class="gk-input" id=${a.id} rows="3" maxlength="1000" lang=${name}
			aria-invalid=${a.invalid} aria-describedby=${a.described} aria-required=${a.required} .value=${values[name]} @input=${(/** @type {Event} */ event) => (values[name] = valueOf(event))}></textarea>` });
		const when = (/** @type {"from" | "until"} */ name, /** @type {string} */ pointer) => form.field({ pointer, label: t(`operator.notices.${name}`), support: t(`operator.notices.${name}_support`), control: (a) => html`<input class="gk-input" id=${a.id} type="datetime-local"
			aria-invalid=${a.invalid} aria-describedby=${a.described} .value=${values[name]} @input=${(/** @type {Event} */ event) => (values[name] = valueOf(event))}>` });
		return html`<form class="gk-form" novalidate @submit=${(/** @type {Event} */ event) => form.submit(event, () => this.check(), () => this.send())}>
			${form.summary()}
			${form.field({ pointer: "/kind", label: t("operator.notices.kind"), support: t("operator.notices.kind_support"), control: (a) => html`<select class="gk-input" id=${a.id} aria-describedby=${a.described} @change=${(/** @type {Event} */ event) => (values.kind = valueOf(event))}>
				${KINDS.map((kind) => html`<option value=${kind} ?selected=${values.kind === kind}>${t(`operator.notices.${kind}`)}</option>`)}</select>` })}
			${area("ja")}${area("en")}${when("from", "/starts_at")}${when("until", "/ends_at")}
			${form.text({ pointer: "/tenants", label: t("operator.notices.to"), support: t("operator.notices.to_support"), value: values.tenants, set: (v) => (values.tenants = v), language: "en" })}
			<div class="gk-form__actions">${form.sendButton(t("operator.notices.send"))}</div></form>`;
	}
}
customElements.define("operator-notice-form", OperatorNoticeForm);
