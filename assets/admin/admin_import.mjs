// Members from a CSV file: choose it, look at what it would do, do it.
import { html, nothing } from "lit";
import { FormState } from "../component/gk_form.mjs";
import { icon } from "../component/gk_icon.mjs";
import { path } from "../shared/api_client.mjs";
import { Problem } from "../shared/problem.mjs";
import { t, tn } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import { app } from "./admin_state.mjs";
import { pageHead } from "./admin_view.mjs";

/** @typedef {import("#types/api").Import} Import */
/** @typedef {Import["rows"][number]} Row */

const MAX_BYTES = 1_000_000; // as the server takes
const TONES = /** @type {const} */ ({ add: "positive", change: "accent", disable: "danger" });

/** A column as a spreadsheet calls it: 1 is A, 27 is AA. @param {number} n @returns {string} */
const letter = (n) => (n > 26 ? letter(Math.floor((n - 1) / 26)) : "") + String.fromCharCode(65 + (n - 1) % 26);

class AdminImport extends AdminElement {
	static properties = { found: { state: true } };

	constructor() {
		super();
		this.form = new FormState(this);
		/** @type {File | null} */
		this.file = null;
		/** What the file would do, or has done. @type {Import | null} */
		this.found = null;
	}

	async read() {
		const file = /** @type {File} */ (this.file);
		if (file.size > MAX_BYTES) throw new Problem("too_large", 413, {});
		const answer = await app.api.request("POST", path`/imports`, new Blob([file], { type: "text/csv" }), { signal: this.signal, headers: { "Idempotency-Key": this.form.action.key } });
		await this.show(await answer.json());
	}

	/** @param {Import | null} found */
	async show(found) {
		this.found = found;
		this.form = new FormState(this); // of the next step
		await this.updateComplete;
		/** @type {HTMLElement | null} */ (this.querySelector("h2"))?.focus();
	}

	async more() {
		const found = /** @type {Import} */ (this.found);
		/** @type {Import} */
		const next = await app.api.get(path`/imports/${found.id}`, { query: { after: found.next, limit: 200 }, signal: this.signal });
		this.found = { ...next, rows: [...found.rows, ...next.rows] };
	}

	/** @param {Import} found */
	async confirm(found) {
		await this.show(await app.api.post(path`/imports/${found.id}/confirmation`, undefined, { signal: this.signal }));
	}

	render() {
		return html`${pageHead(t("admin.import.title"), html`<a class="gk-button" data-kind="plain" href="#/members">${t("admin.import.back")}</a>`)}
			${this.found === null ? this.choose() : this.found.state === "done" ? this.done(this.found) : this.preview(this.found)}`;
	}

	choose() {
		const { form } = this;
		return html`<form class="gk-form gk-card admin-appointment__part" novalidate @submit=${(/** @type {Event} */ event) =>
			form.submit(event, () => (this.file === null ? [{ pointer: "/file", name: "missing" }] : []), () => this.read())}>
			${form.summary()}
			<p>${t("admin.import.lead")}</p>
			<ul class="admin-import__hints"><li>${t("admin.import.hint_key")}</li><li>${t("admin.import.hint_columns")}</li><li>${t("admin.import.hint_disable")}</li></ul>
			${form.field({ pointer: "/file", label: t("admin.import.file"), support: t("admin.import.file_support"), required: true, control: (a) => html`<input class="gk-input" type="file" id=${a.id} accept=".csv,text/csv"
				aria-invalid=${a.invalid} aria-describedby=${a.described} aria-required=${a.required} @change=${(/** @type {Event} */ event) => (this.file = /** @type {HTMLInputElement} */ (event.target).files?.[0] ?? null)}>` })}
			<div class="gk-form__actions">${form.sendButton(t("admin.import.read"))}</div></form>`;
	}

	/** @param {Import} found */
	preview(found) {
		const { form } = this;
		const total = found.added + found.changed + found.disabled;
		const faulty = found.error_count > 0;
		return html`<form class="gk-form gk-card admin-appointment__part" novalidate @submit=${(/** @type {Event} */ event) => form.submit(event, () => [], () => this.confirm(found))}>
			${form.summary()}
			<h2 tabindex="-1">${faulty ? tn("admin.import.faulty", found.error_count) : total === 0 ? t("admin.import.nothing") : t("admin.import.check")}</h2>
			<p>${t("admin.import.counts", { file: this.file?.name ?? "", lines: found.lines, encoding: found.encoding === "cp932" ? "Shift_JIS" : "UTF-8" })}</p>
			${faulty ? html`<p>${t("admin.import.faulty_text")}</p>${this.errors(found)}` : html`
				<ul class="admin-import__counts">${(/** @type {const} */ (["added", "changed", "disabled", "same"])).map((name) => html`<li><strong>${found[name]}</strong> ${t(`admin.import.${name}`)}</li>`)}</ul>
				${total === 0 ? nothing : this.rows(found)}`}
			${form.sending ? html`<p role="status">${tn("admin.import.working", total)}</p>` : nothing}
			<div class="gk-form__actions">${faulty || total === 0 ? nothing : form.sendButton(tn("admin.import.confirm", total))}
				<button type="button" class="gk-button" data-kind=${faulty ? "primary" : "plain"} @click=${() => ((this.file = null), this.show(null))}>${t("admin.import.again")}</button></div></form>`;
	}

	/** @param {Import} found */
	errors(found) {
		return html`<table class="gk-list"><caption class="gk-unseen">${t("admin.import.errors")}</caption>
			<thead><tr><th scope="col">${t("admin.import.line")}</th><th scope="col">${t("admin.import.column")}</th><th scope="col">${t("admin.import.error")}</th></tr></thead>
			<tbody>${found.errors.map(({ line, column, what, name }) => html`<tr><th scope="row" class="gk-list__time">${t("admin.import.line_n", { n: line })}</th>
				<td data-label=${t("admin.import.column")}>${column === 0 ? "" : letter(column)} ${what === null ? "" : t(/** @type {import("../shared/text.mjs").TextKey} */ (`csv.member_${what}`))}</td>
				<td>${t(`admin.import.error_${name}`)}</td></tr>`)}</tbody></table>
			${found.error_count > found.errors.length ? html`<p>${t("admin.import.more_errors", { n: found.error_count - found.errors.length })}</p>` : nothing}`;
	}

	/** @param {Import} found */
	rows(found) {
		return html`<table class="gk-list"><caption class="gk-unseen">${t("admin.import.check")}</caption>
			<thead><tr><th scope="col">${t("admin.import.line")}</th><th scope="col">${t("admin.import.action")}</th><th scope="col">${t("admin.members.name")}</th><th scope="col">${t("admin.import.changes")}</th></tr></thead>
			<tbody>${found.rows.map((row) => html`<tr><td class="gk-list__time">${t("admin.import.line_n", { n: row.line })}</td>
				<td><span class="gk-status" data-tone=${TONES[row.action]}>${t(`admin.import.action_${row.action}`)}</span></td>
				<th scope="row"><span class="gk-list__strong">${row.name}</span> <span class="gk-list__sub">${row.email}</span></th>
				<td>${this.changes(row)}</td></tr>`)}</tbody></table>
			${found.next === null ? nothing : html`<div class="gk-pager"><button type="button" class="gk-button" @click=${() => this.more()}>${t("common.more_rows")}</button></div>`}`;
	}

	/** @param {Row} row */
	changes({ action, changes }) {
		return html`<ul class="admin-import__changes">${changes.filter(({ column }) => action !== "add" || (column !== "name" && column !== "email")).map(({ column, was, is }) => html`<li>
			${t(/** @type {import("../shared/text.mjs").TextKey} */ (`csv.member_${column}`))}: ${was ? html`<del>${was}</del> → ` : nothing}${is === "" ? t("admin.import.empty") : is}</li>`)}</ul>`;
	}

	/** @param {Import} found */
	done(found) {
		return html`<section class="gk-card gk-empty">${icon("check")}<h2 class="gk-empty__title" tabindex="-1">${t("admin.import.done")}</h2>
			<ul class="admin-import__counts">${(/** @type {const} */ (["added", "changed", "disabled"])).map((name) => html`<li><strong>${found[name]}</strong> ${t(`admin.import.${name}`)}</li>`)}</ul>
			${found.added > 0 ? html`<p>${t("admin.import.done_text")}</p>` : nothing}
			<a class="gk-button" data-kind="primary" href="#/members">${t("admin.import.back")}</a></section>`;
	}
}
customElements.define("admin-import", AdminImport);
