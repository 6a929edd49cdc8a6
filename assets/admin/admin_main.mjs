// The admin page: texts, session, navigation; each page is an element.
import built from "genkan:texts";
import { html, nothing } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { doLastAction } from "../component/gk_toasts.mjs";
import { icon } from "../component/gk_icon.mjs";
import { problemNotice } from "../component/gk_states.mjs";
import { LiveFeed, liveUrl } from "../shared/live_feed.mjs";
import { t, useTexts } from "../shared/text.mjs";
import "./admin_activation.mjs";
import "./admin_api_keys.mjs";
import "./admin_appointment_form.mjs";
import "./admin_appointment_list.mjs";
import "./admin_appointment_view.mjs";
import "./admin_channel_list.mjs";
import "./admin_contract.mjs";
import { showCommands, showHelp } from "./admin_commands.mjs";
import "./admin_delivery_list.mjs";
import "./admin_device_list.mjs";
import { AdminElement } from "./admin_element.mjs";
import "./admin_evacuation.mjs";
import "./admin_import.mjs";
import { commandOf, sendCommand } from "./admin_keys.mjs";
import "./admin_member_form.mjs";
import "./admin_member_list.mjs";
import "./admin_networks.mjs";
import "./admin_notices.mjs";
import "./admin_office_form.mjs";
import "./admin_office_list.mjs";
import "./admin_operation_list.mjs";
import "./admin_outbox.mjs";
import "./admin_reset.mjs";
import "./admin_people.mjs";
import "./admin_retention.mjs";
import { go, placeOf } from "./admin_route.mjs";
import "./admin_second_factor_rule.mjs";
import "./admin_second_step.mjs";
import "./admin_settings.mjs";
import "./admin_sign_in.mjs";
import "./admin_sign_in_policy.mjs";
import { app, applyTheme } from "./admin_state.mjs";
import "./admin_today.mjs";
import "./admin_visit_list.mjs";

/** @typedef {import("./admin_route.mjs").Place} Place */
/** @typedef {import("../shared/text.mjs").TextKey} TextKey */
/** @typedef {import("./admin_state.mjs").Right} Right */
/**
 * @typedef {object} PageOfAdmin
 * @property {TextKey} title
 * @property {import("../component/gk_icon.mjs").IconName} icon
 * @property {Right} [right] who sees it, everybody without
 * @property {() => boolean} [when]
 * @property {(place: Place) => unknown} view
 */

useTexts(built.language, built.texts);
applyTheme();

/** In the order of the navigation; the first is home. @type {Record<string, PageOfAdmin>} */
const pages = {
	today: { title: "admin.today.title", icon: "today", view: () => html`<admin-today></admin-today>` },
	appointments: { title: "admin.appointments.title", icon: "calendar", view: appointmentView },
	visits: { title: "admin.visits.title", icon: "list", view: ({ query }) => html`<admin-visit-list .query=${query}></admin-visit-list>` },
	evacuation: { title: "admin.evacuation.title", icon: "people", right: "reception", view: () => html`<admin-evacuation></admin-evacuation>` },
	devices: { title: "admin.devices.title", icon: "device", right: "operations", view: ({ query }) => html`<admin-device-list .query=${query}></admin-device-list>` },
	offices: { title: "admin.offices.title", icon: "office", right: "operations", view: ({ parts: [, id] }) => (id === undefined ?
		html`<admin-office-list></admin-office-list>` : html`<admin-office-form .officeId=${id === "new" ? "" : id}></admin-office-form>`) },
	channels: { title: "admin.channels.title", icon: "channel", right: "operations", view: () => html`<admin-channel-list></admin-channel-list>` },
	deliveries: { title: "admin.deliveries.title", icon: "send", right: "operations", view: ({ query }) => html`<admin-delivery-list .query=${query}></admin-delivery-list>` },
	outbox: { title: "admin.outbox.title", icon: "mail", right: "operations", when: () => app.session?.preview_mail === true,
		view: ({ parts: [, id] }) => html`<admin-outbox .mailId=${id ?? ""}></admin-outbox>` },
	members: { title: "admin.members.title", icon: "user", right: "accounts", view: memberView },
	"sign-in": { title: "admin.sign_in_policy.title", icon: "lock", right: "system", view: () => html`<admin-sign-in-policy></admin-sign-in-policy>` },
	"second-factor": { title: "admin.factor_rule.title", icon: "shield", right: "system", view: () => html`<admin-second-factor-rule></admin-second-factor-rule>` },
	networks: { title: "admin.networks.title", icon: "globe", right: "system", view: () => html`<admin-networks></admin-networks>` },
	"api-keys": { title: "admin.api_keys.title", icon: "key", right: "system", view: () => html`<admin-api-keys></admin-api-keys>` },
	operations: { title: "admin.operations.title", icon: "time", right: "system", view: ({ query }) => html`<admin-operation-list .query=${query}></admin-operation-list>` },
	people: { title: "admin.people.title", icon: "person", right: "operations", view: () => html`<admin-people></admin-people>` },
	retention: { title: "admin.retention.title", icon: "archive", right: "system", view: () => html`<admin-retention></admin-retention>` },
	contract: { title: "admin.contract.title", icon: "paper", right: "system", view: () => html`<admin-contract></admin-contract>` },
	settings: { title: "admin.settings.title", icon: "gear", view: () => html`<admin-settings></admin-settings>` },
};
const groups = [["today", "appointments", "visits", "evacuation"], ["devices", "offices", "channels", "deliveries", "outbox"], ["members", "sign-in", "second-factor", "networks", "api-keys", "operations", "retention", "people"], ["contract", "settings"]];

/** @param {Place} place */
function appointmentView({ parts: [, id, edit], query }) {
	if (id === undefined) return html`<admin-appointment-list .query=${query}></admin-appointment-list>`;
	if (id === "new") return html`<admin-appointment-form></admin-appointment-form>`;
	return edit === "edit" ? html`<admin-appointment-form .appointmentId=${id}></admin-appointment-form>` :
		html`<admin-appointment-view .appointmentId=${id}></admin-appointment-view>`;
}

/** @param {Place} place */
function memberView({ parts: [, id], query }) {
	if (id === undefined) return html`<admin-member-list .query=${query}></admin-member-list>`;
	return id === "import" ? html`<admin-import></admin-import>` : html`<admin-member-form .memberId=${id === "new" ? "" : id}></admin-member-form>`;
}

/** @param {PageOfAdmin} page */
const isAllowed = (page) => (page.right === undefined || app.may(page.right)) && (page.when?.() ?? true);

class AdminApp extends AdminElement {
	static properties = { place: { state: true }, navigating: { state: true } };

	constructor() {
		super();
		this.place = placeOf(location.hash);
		/** Is the navigation open, where it does not fit beside the page? */
		this.navigating = false;
		/** @type {AbortController | undefined} */
		this.feed = undefined;
		/** Counts the moves, so that a page is made anew. */
		this.move = 0;
	}

	connectedCallback() {
		super.connectedCallback();
		globalThis.addEventListener("hashchange", () => this.onMove(), { signal: this.signal });
		document.addEventListener("keydown", (event) => this.onKey(event), { signal: this.signal });
		app.addEventListener("change", () => this.onState(), { signal: this.signal });
		if (!/^#(activate|reset)=/.test(location.hash)) app.start();
	}

	onMove() {
		this.place = placeOf(location.hash);
		this.navigating = false;
		this.move++;
		this.updateComplete.then(() => {
			globalThis.scrollTo(0, 0);
			this.showCurrent();
			/** @type {HTMLElement | null} */ (this.querySelector("main h1"))?.focus({ preventScroll: true });
		});
	}

	/** The entry of this page, where the navigation is longer than the window. */
	showCurrent() {
		this.querySelector(".admin-nav__link[aria-current]")?.scrollIntoView({ block: "nearest" });
	}

	onState() {
		if (app.session && this.feed === undefined) {
			this.feed = new AbortController();
			this.updateComplete.then(() => this.showCurrent());
			new LiveFeed({
				url: () => liveUrl("member"),
				onChange: (change) => document.dispatchEvent(new CustomEvent("gk-live", { detail: change })),
				onState: (live) => app.setLive(live),
				signal: this.feed.signal,
			});
		} else if (!app.session) {
			this.feed?.abort();
			this.feed = undefined;
		}
	}

	/** @param {KeyboardEvent} event */
	onKey(event) {
		if (!app.session) return;
		if (event.key === "Escape" && this.navigating) this.navigating = false;
		const command = commandOf(event);
		if (command === "") return;
		if (command === "commands") showCommands(this.commands());
		else if (command === "help") showHelp();
		else if (command === "undo") {
			if (!sendCommand("undo") && !doLastAction()) return;
		} else if (!sendCommand(command)) {
			if (command === "new") go("appointments/new");
			else if (command === "search") go("visits");
			else if (command === "print" && app.may("reception")) go("evacuation");
			else return;
		}
		event.preventDefault();
	}

	/** What Ctrl+K offers. */
	commands() {
		return [
			{ text: t("admin.appointments.new"), key: "n", run: () => go("appointments/new") },
			...Object.entries(pages).filter(([, page]) => isAllowed(page)).map(([name, page]) => ({ text: t(page.title), run: () => go(name) })),
			...(app.may("operations") ? [
				{ text: t("admin.devices.new"), run: () => go("devices", { new: "1" }) },
				{ text: t("admin.offices.new"), run: () => go("offices/new") }] : []),
			...(app.may("accounts") ? [
				{ text: t("admin.members.new"), run: () => go("members/new") },
				{ text: t("admin.import.title"), run: () => go("members/import") }] : []),
			{ text: t("admin.key.help_title"), key: "?", run: () => showHelp() },
			{ text: t("admin.theme.light"), run: () => app.setTheme("light") },
			{ text: t("admin.theme.dark"), run: () => app.setTheme("dark") },
			{ text: t("admin.theme.system"), run: () => app.setTheme("system") },
			{ text: t("admin.sign_out"), run: () => app.signOut() },
		];
	}

	render() {
		if (location.hash.startsWith("#activate=")) return html`${this.bare(html`<admin-activation .token=${location.hash.slice("#activate=".length)}></admin-activation>`)}`;
		if (location.hash.startsWith("#reset=")) return this.bare(html`<admin-reset .token=${location.hash.slice("#reset=".length)}></admin-reset>`);
		if (app.problem !== undefined) return this.bare(problemNotice(app.problem, () => app.start()));
		if (app.pending) return this.bare(app.pending.pending === "code" ? html`<admin-second-step></admin-second-step>` : html`<admin-must-enrol></admin-must-enrol>`);
		if (app.session === undefined) return nothing;
		if (app.session === null) return this.bare(this.place.parts[0] === "forgot" ? html`<admin-forgot></admin-forgot>` : html`<admin-sign-in></admin-sign-in>`);
		const name = this.place.parts[0] ?? "today";
		const known = pages[name];
		const page = known !== undefined && isAllowed(known) ? known : undefined;
		document.title = `${t(page?.title ?? "admin.missing.title")} – ${t("product")}`;
		return html`
			<a class="admin-skip" href="#main" @click=${this.skip}>${t("admin.skip")}</a>
			<header class="gk-screen-only">
			<div class="admin-top">
				<button type="button" class="gk-button" data-size="icon" aria-label=${t("admin.menu")} aria-expanded=${this.navigating} aria-controls="admin-nav"
					@click=${() => (this.navigating = !this.navigating)}>${icon(this.navigating ? "close" : "menu")}</button>
				<span class="admin-brand">${brandMark}${t("product")}</span>
			</div>
			<div class="admin-side" id="admin-nav" ?data-open=${this.navigating}>
				<div class="admin-side__head">
					<span class="admin-brand">${brandMark}${t("product")}</span>
					<p class="admin-side__tenant">${app.session.tenant.display_name}</p>
				</div>
				<nav aria-label=${t("admin.nav")}>${groups.map((group) => this.group(group, name))}</nav>
				<div class="admin-side__foot">
					<p class="admin-side__member">${icon("user")}<span>${app.session.member.name}</span></p>
					<button type="button" class="gk-button admin-side__out" data-kind="plain" data-size="small" @click=${() => app.signOut()}>${t("admin.sign_out")}</button>
				</div>
			</div>
			</header>
			<main id="main" class="admin-main" tabindex="-1"><admin-notices></admin-notices>${page === undefined ? missing() : keyed(name === "outbox" ? name : this.move, page.view(this.place))}</main>
			<gk-toasts></gk-toasts>`;
	}

	/** @param {string[]} names @param {string} current */
	group(names, current) {
		const allowed = names.filter((name) => isAllowed(pages[name]));
		return allowed.length === 0 ? nothing : html`<ul class="admin-nav">${allowed.map((name) => html`<li>
			<a class="admin-nav__link" href="#/${name}" aria-current=${name === current ? "page" : nothing}>${icon(pages[name].icon)}<span>${t(pages[name].title)}</span></a></li>`)}</ul>`;
	}

	/** A page outside the session. @param {unknown} content */
	bare(content) {
		document.title = t("admin.title");
		return html`<main id="main" class="admin-bare">
			<p class="admin-brand">${brandMark}${t("product")}</p>
			${content}
			<p class="admin-bare__language">${otherLanguages()}</p>
		</main><gk-toasts></gk-toasts>`;
	}

	/** @param {Event} event */
	skip(event) {
		event.preventDefault();
		/** @type {HTMLElement | null} */ (this.querySelector("#main"))?.focus();
	}
}

const brandMark = html`<svg class="admin-brand__mark" viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="7"></rect><path d="M9 25.5V8a1.5 1.5 0 0 1 1.5-1.5H19M19 6.5l5 2v17l-5-2zM6.5 25.5h7M21.2 16v.01"></path></svg>`;

const missing = () => html`<div class="gk-empty"><h1 tabindex="-1" class="gk-empty__title">${t("admin.missing.title")}</h1><p>${t("problem.not_found.next")}</p>
	<a class="gk-button" href="#/today">${t("admin.missing.home")}</a></div>`;

/** Links to this page in the other languages, each in its own script. */
export const otherLanguages = () => Object.entries({ ja: "\u65e5\u672c\u8a9e", en: "English" }).map(([code, name]) =>
	(code === built.language ? html`<span aria-current="true" lang=${code}>${name}</span>` :
		html`<a href="/admin/${code}/${location.hash}" lang=${code} hreflang=${code}>${name}</a>`));

customElements.define("admin-app", AdminApp);
