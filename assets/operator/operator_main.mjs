// The operator's page: texts, session, navigation; each page is an element.
import built from "genkan:texts";
import { html, nothing } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { placeOf } from "../admin/admin_route.mjs";
import "../component/gk_toasts.mjs";
import { icon } from "../component/gk_icon.mjs";
import { problemNotice } from "../component/gk_states.mjs";
import { t, useTexts } from "../shared/text.mjs";
import "./operator_account.mjs";
import "./operator_entry.mjs";
import "./operator_log.mjs";
import "./operator_notices.mjs";
import { app, OperatorElement } from "./operator_state.mjs";
import "./operator_tenant.mjs";
import "./operator_tenant_list.mjs";

/** @typedef {import("../admin/admin_route.mjs").Place} Place */
/**
 * @typedef {object} PageOfOperator
 * @property {import("../shared/text.mjs").TextKey} title
 * @property {import("../component/gk_icon.mjs").IconName} icon
 * @property {(place: Place) => unknown} view
 */

useTexts(built.language, built.texts);

/** In the order of the navigation; the first is home. @type {Record<string, PageOfOperator>} */
const pages = {
	tenants: { title: "operator.tenants.title", icon: "office", view: ({ parts: [, id], query }) => {
		if (id === undefined) return html`<operator-tenant-list .query=${query}></operator-tenant-list>`;
		return id === "new" ? html`<operator-tenant-new></operator-tenant-new>` : html`<operator-tenant .tenantId=${id}></operator-tenant>`;
	} },
	notices: { title: "operator.notices.title", icon: "bell", view: () => html`<operator-notices></operator-notices>` },
	log: { title: "operator.log.title", icon: "time", view: ({ query }) => html`<operator-log .query=${query}></operator-log>` },
	account: { title: "operator.account.title", icon: "user", view: () => html`<operator-account></operator-account>` },
};

class OperatorApp extends OperatorElement {
	static properties = { place: { state: true }, navigating: { state: true } };

	constructor() {
		super();
		this.place = placeOf(location.hash);
		/** Is the navigation open, where it does not fit beside the page? */
		this.navigating = false;
		/** Counts the moves, so that a page is made anew. */
		this.move = 0;
	}

	connectedCallback() {
		super.connectedCallback();
		globalThis.addEventListener("hashchange", () => this.onMove(), { signal: this.signal });
		document.addEventListener("keydown", (event) => {
			if (event.key === "Escape") this.navigating = false;
		}, { signal: this.signal });
		if (!location.hash.startsWith("#signup=")) app.start();
	}

	onMove() {
		this.place = placeOf(location.hash);
		this.navigating = false;
		this.move++;
		this.updateComplete.then(() => {
			globalThis.scrollTo(0, 0);
			/** @type {HTMLElement | null} */ (this.querySelector("main h1"))?.focus({ preventScroll: true });
		});
	}

	render() {
		if (location.hash.startsWith("#signup=")) return this.bare(html`<operator-sign-up .token=${location.hash.slice("#signup=".length)}></operator-sign-up>`);
		if (app.problem !== undefined) return this.bare(problemNotice(app.problem, () => app.start()));
		if (app.session === undefined) return nothing;
		if (app.session === null) return this.bare(html`<operator-sign-in></operator-sign-in>`);
		if (app.session.pending === "code") return this.bare(html`<operator-second-step></operator-second-step>`);
		if (app.session.pending === "enrolment") return this.bare(html`<operator-enrolment></operator-enrolment>`);
		const name = this.place.parts[0] ?? "tenants";
		const page = Object.hasOwn(pages, name) ? pages[name] : undefined;
		document.title = `${t(page?.title ?? "problem.not_found.title")} – ${t("operator.title")}`;
		return html`
			<a class="admin-skip" href="#main" @click=${this.skip}>${t("operator.skip")}</a>
			<header class="gk-screen-only">
			<div class="admin-top">
				<button type="button" class="gk-button" data-size="icon" aria-label=${t("operator.menu")} aria-expanded=${this.navigating} aria-controls="operator-nav"
					@click=${() => (this.navigating = !this.navigating)}>${icon(this.navigating ? "close" : "menu")}</button>
				${brand()}
			</div>
			<div class="admin-side" id="operator-nav" ?data-open=${this.navigating}>
				<div class="admin-side__head">${brand()}<p class="admin-side__tenant">${t("operator.lead")}</p></div>
				<nav aria-label=${t("operator.nav")}><ul class="admin-nav">${Object.entries(pages).map(([key, { title, icon: shape }]) => html`<li>
					<a class="admin-nav__link" href="#/${key}" aria-current=${key === name ? "page" : nothing}>${icon(shape)}<span>${t(title)}</span></a></li>`)}</ul></nav>
				<div class="admin-side__foot">
					<p class="admin-side__member">${icon("user")}<span>${app.session.operator?.name ?? ""}</span></p>
					<button type="button" class="gk-button admin-side__out" data-kind="plain" data-size="small" @click=${() => app.signOut()}>${t("operator.sign_out")}</button>
				</div>
			</div>
			</header>
			<main id="main" class="admin-main" tabindex="-1">${page === undefined ? missing() : keyed(this.move, page.view(this.place))}</main>
			<gk-toasts></gk-toasts>`;
	}

	/** A page outside the session. @param {unknown} content */
	bare(content) {
		document.title = t("operator.title");
		return html`<main id="main" class="admin-bare">${brand()}${content}
			<p class="admin-bare__language">${otherLanguages()}</p></main><gk-toasts></gk-toasts>`;
	}

	/** @param {Event} event */
	skip(event) {
		event.preventDefault();
		/** @type {HTMLElement | null} */ (this.querySelector("#main"))?.focus();
	}
}

const brand = () => html`<p class="admin-brand"><svg class="admin-brand__mark" viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="7"></rect><path d="M9 25.5V8a1.5 1.5 0 0 1 1.5-1.5H19M19 6.5l5 2v17l-5-2zM6.5 25.5h7M21.2 16v.01"></path></svg>${t("product")}</p>`;

const missing = () => html`<div class="gk-empty"><h1 tabindex="-1" class="gk-empty__title">${t("problem.not_found.title")}</h1>
	<a class="gk-button" href="#/tenants">${t("operator.tenants.title")}</a></div>`;

/** Links to this page in the other languages, each in its own script. */
const otherLanguages = () => Object.entries({ ja: "\u65e5\u672c\u8a9e", en: "English" }).map(([code, name]) =>
	(code === built.language ? html`<span aria-current="true" lang=${code}>${name}</span>` :
		html`<a href="/operator/${code}/${location.hash}" lang=${code} hreflang=${code}>${name}</a>`));

customElements.define("operator-app", OperatorApp);
