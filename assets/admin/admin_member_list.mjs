// Members: find, invite, change, deactivate; their departments; in and out as CSV.
import { html, nothing } from "lit";
import { askFirst } from "../component/gk_dialog.mjs";
import { valueOf } from "../component/gk_form.mjs";
import { icon } from "../component/gk_icon.mjs";
import "../component/gk_menu.mjs";
import { emptyState, Loading } from "../component/gk_states.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { path } from "../shared/api_client.mjs";
import { problemTitle } from "../shared/problem.mjs";
import { t, textLanguage, tn } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import { onCommands } from "./admin_keys.mjs";
import { deactivateMember, editDepartment } from "./admin_member_dialogs.mjs";
import { PagedRows } from "./admin_paging.mjs";
import { go, replacePlace } from "./admin_route.mjs";
import { app } from "./admin_state.mjs";
import { namesText, pageHead } from "./admin_view.mjs";
import { saveFile } from "./csv_export.mjs";

/** @typedef {import("#types/api").Member} Member */
/** @typedef {import("#types/api").Department} Department */

const STATES = /** @type {const} */ (["used", "active", "invited", "disabled", "all"]);
const TONES = /** @type {const} */ ({ active: "positive", invited: "", disabled: "quiet" });

class AdminMemberList extends AdminElement {
	static properties = { query: { attribute: false } };

	constructor() {
		super();
		this.query = new URLSearchParams();
		/** @type {PagedRows<Member>} */
		this.rows = new PagedRows(this, path`/members`, () => this.filter);
		/** @type {Loading<import("./admin_state.mjs").Page<Department>>} */
		this.departments = new Loading(this, (signal) => app.api.get(path`/departments`, { signal }));
		/** @type {ReturnType<typeof setTimeout> | undefined} */
		this.soon = undefined;
	}

	connectedCallback() {
		super.connectedCallback();
		this.load();
		onCommands(this, {
			new: () => go("members/new"),
			search: () => /** @type {HTMLElement | null} */ (this.querySelector("[type=search]"))?.focus(),
		});
	}

	get filter() {
		return { q: this.query.get("q") ?? "", state: this.query.get("state") ?? "used" };
	}

	load() {
		this.rows.refresh();
		this.departments.load();
	}

	/** @param {Record<string, string>} changes */
	change(changes) {
		const filter = { ...this.filter, ...changes };
		replacePlace("members", { ...filter, state: filter.state === "used" ? "" : filter.state });
		this.query = new URLSearchParams(location.hash.split("?")[1]);
		this.rows.load();
	}

	/** @param {Event} event */
	onSearch(event) {
		const q = valueOf(event);
		clearTimeout(this.soon);
		this.soon = setTimeout(() => this.change({ q }), 250);
	}

	/** @param {string} words @param {() => Promise<unknown>} run */
	async act(words, run) {
		try {
			await run();
			showToast({ text: words });
		} catch (fault) {
			showToast({ text: problemTitle(fault) });
		}
		this.load();
	}

	async save() {
		await this.act(t("admin.members.exported"), async () => {
			const answer = await app.api.request("GET", `${path`/members.csv`}?lang=${textLanguage()}`, undefined, { signal: this.signal, headers: { Accept: "text/csv, application/problem+json" } });
			saveFile(await answer.blob(), "members.csv");
		});
	}

	/** @param {Member} member */
	async deactivate(member) {
		if (await deactivateMember(member)) this.load();
	}

	/** @param {Department | null} department null for a new one */
	async department(department) {
		if (await editDepartment(department)) this.load();
	}

	/** @param {Department} department */
	async giveUp(department) {
		const yes = await askFirst({
			heading: t("admin.departments.delete_title", { name: department.name }),
			text: t("admin.departments.delete_text", { name: department.name }),
			action: t("admin.departments.delete"),
		});
		if (yes) await this.act(t("admin.departments.deleted", { name: department.name }), () => app.api.delete(path`/departments/${department.id}`));
	}

	render() {
		const { filter } = this;
		return html`${pageHead(t("admin.members.title"), html`
				<button type="button" class="gk-button" @click=${() => this.save()}>${icon("download")}${t("admin.members.export")}</button>
				<a class="gk-button" href="#/members/import">${icon("list")}${t("admin.import.title")}</a>
				<a class="gk-button" data-kind="primary" href="#/members/new">${icon("add")}${t("admin.members.new")}</a>`)}
			<form class="admin-filter" role="search" @submit=${(/** @type {Event} */ event) => event.preventDefault()}>
				<div class="gk-field admin-filter__words"><label class="gk-field__label" for="words">${t("admin.members.search")}</label>
					<div class="admin-search">${icon("search")}<input class="gk-input" type="search" id="words" .value=${filter.q} autocomplete="off" @input=${this.onSearch}></div></div>
				<div class="gk-field"><label class="gk-field__label" for="state">${t("admin.col.state")}</label>
					<select class="gk-input" id="state" @change=${(/** @type {Event} */ event) => this.change({ state: valueOf(event) })}>
						${STATES.map((state) => html`<option value=${state} ?selected=${filter.state === state}>${t(`admin.members.state_${state}`)}</option>`)}</select></div>
			</form>
			<section class="gk-card">${this.rows.render((items) => this.list(items))}</section>
			<section class="gk-card admin-departments" aria-labelledby="departments">
				<div class="admin-departments__head"><h2 id="departments">${t("admin.departments.title")}</h2>
					<button type="button" class="gk-button" data-size="small" @click=${() => this.department(null)}>${icon("add")}${t("admin.departments.new")}</button></div>
				${this.departments.render(({ items }) => (items.length === 0 ? emptyState(t("admin.departments.none"), t("admin.departments.none_text")) : this.departmentList(items)), 3)}
			</section>`;
	}

	/** @param {Member[]} items */
	list(items) {
		const { filter } = this;
		if (items.length === 0)
			return filter.q !== "" ? emptyState(t("admin.none_found", { words: filter.q }), t("admin.none_found_text"), html`<button type="button" class="gk-button" @click=${() => this.change({ q: "" })}>${t("common.clear")}</button>`) :
				emptyState(t("admin.members.none"), t("admin.members.none_text"), html`<button type="button" class="gk-button" @click=${() => this.change({ state: "used" })}>${t("common.clear")}</button>`);
		return html`<table class="gk-list"><caption class="gk-unseen">${t("admin.members.title")}</caption>
			<thead><tr><th scope="col">${t("admin.members.name")}</th><th scope="col">${t("admin.sign_in.email")}</th><th scope="col">${t("admin.members.departments")}</th>
				<th scope="col">${t("admin.members.roles")}</th><th scope="col">${t("admin.col.state")}</th><th scope="col"><span class="gk-unseen">${t("admin.col.actions")}</span></th></tr></thead>
			<tbody>${items.map((member) => html`<tr data-state=${member.state}>
				<th scope="row"><a class="gk-list__open" href="#/members/${member.id}">${member.name}</a> <span class="gk-list__sub gk-list__names">${member.kana ?? ""}</span></th>
				<td class="admin-member__email" data-label=${t("admin.sign_in.email")}>${member.email}</td>
				<td data-label=${member.departments?.length ? t("admin.members.departments") : nothing}>${namesText(member.departments ?? [])}</td>
				<td data-label=${t("admin.members.roles")}>${namesText(member.roles.filter((role) => role !== "member" || member.roles.length === 1).map((role) => t(`admin.role.${role}`)))}</td>
				<td><span class="gk-status" data-tone=${TONES[member.state]}>${t(`admin.members.state_${member.state}`)}</span></td>
				<td><div class="gk-list__actions"><gk-menu .label=${t("admin.more_for", { name: member.name })} .items=${this.actions(member)}></gk-menu></div></td></tr>`)}</tbody></table>`;
	}

	/** @param {Member} member @returns {import("../component/gk_menu.mjs").MenuItem[]} */
	actions(member) {
		const { id, name, version, state } = member;
		return [
			{ text: t("admin.members.edit"), icon: "edit", run: () => go(`members/${id}`) },
			...(state === "invited" ? [{ text: t("admin.members.invite_again"), icon: /** @type {const} */ ("send"),
				run: () => this.act(t("admin.members.invited", { name }), () => app.api.post(path`/members/${id}/invitations`)) }] : []),
			...(state === "disabled" ? [{ text: t("admin.members.enable"), icon: /** @type {const} */ ("undo"),
				run: () => this.act(t("admin.members.enabled", { name }), () => app.api.patch(path`/members/${id}`, { version, state: "active" })) }] :
				id === app.memberId ? [] : [{ text: t("admin.members.disable"), icon: /** @type {const} */ ("leave"), tone: /** @type {const} */ ("danger"), run: () => this.deactivate(member) }]),
		];
	}

	/** @param {Department[]} items */
	departmentList(items) {
		return html`<table class="gk-list"><caption class="gk-unseen">${t("admin.departments.title")}</caption>
			<thead><tr><th scope="col">${t("admin.departments.name")}</th><th scope="col">${t("admin.departments.members")}</th><th scope="col"><span class="gk-unseen">${t("admin.col.actions")}</span></th></tr></thead>
			<tbody>${items.map((department) => html`<tr>
				<th scope="row" class="gk-list__strong">${department.name}</th>
				<td data-label=${t("admin.departments.members")}>${tn("admin.people", department.members)}</td>
				<td><div class="gk-list__actions"><gk-menu .label=${t("admin.more_for", { name: department.name })} .items=${[
					{ text: t("admin.departments.rename"), icon: /** @type {const} */ ("edit"), run: () => this.department(department) },
					{ text: t("admin.departments.delete"), icon: /** @type {const} */ ("close"), tone: /** @type {const} */ ("danger"), run: () => this.giveUp(department) },
				]}></gk-menu></div></td></tr>`)}</tbody></table>`;
	}

	disconnectedCallback() {
		super.disconnectedCallback();
		clearTimeout(this.soon);
	}
}
customElements.define("admin-member-list", AdminMemberList);
