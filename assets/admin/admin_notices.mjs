// What the operator tells: above every page until the member has read it; and
// that the contract ends.
import { html, nothing } from "lit";
import { icon } from "../component/gk_icon.mjs";
import { path } from "../shared/api_client.mjs";
import { dayTimeText, spanText } from "../shared/date_text.mjs";
import { t, textLanguage } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import { app } from "./admin_state.mjs";

/** @typedef {import("#types/api").Notice} Notice */
/** @typedef {import("#types/api").Contract} Contract */

const TONES = /** @type {const} */ ({ maintenance: "caution", incident: "danger", info: "" });

class AdminNotices extends AdminElement {
	static properties = { notices: { state: true }, contract: { state: true } };

	constructor() {
		super();
		/** @type {Notice[]} */
		this.notices = [];
		/** @type {Contract | undefined} */
		this.contract = undefined;
	}

	connectedCallback() {
		super.connectedCallback();
		document.addEventListener("gk-live", (event) => {
			const { kind } = /** @type {CustomEvent<import("../shared/live_feed.mjs").Change>} */ (event).detail;
			if (kind === "notice" || kind === "resync") this.load();
		}, { signal: this.signal });
		this.load();
	}

	/** A page goes on without them. */
	async load() {
		const { signal } = this;
		try {
			/** @type {import("./admin_state.mjs").Page<Notice>} */
			const { items } = await app.api.get(path`/notices`, { signal });
			this.notices = items.filter((notice) => !notice.read);
			if (app.may("system")) this.contract = await app.api.get(path`/contract`, { signal });
		} catch {
			// What is shown stays.
		}
	}

	/** @param {Notice} notice */
	async read(notice) {
		this.notices = this.notices.filter((one) => one !== notice);
		await app.api.post(path`/notices/${notice.id}/read`).catch(() => this.load());
	}

	render() {
		return html`${this.ending()}${this.notices.map((notice) => html`
			<div class="gk-notice admin-notice gk-screen-only" data-tone=${TONES[notice.kind] || nothing} role=${notice.kind === "incident" ? "alert" : "status"}>${icon(notice.kind === "info" ? "bell" : "alert")}
				<div class="gk-notice__body"><p class="gk-notice__title">${t(`admin.notice.${notice.kind}`)}${when(notice)}</p><p>${notice.text}</p></div>
				<button type="button" class="gk-button" data-size="small" @click=${() => this.read(notice)}>${t("admin.notice.read")}</button></div>`)}`;
	}

	ending() {
		const { contract } = this;
		if (!contract?.stops_at || !contract.data_until) return nothing;
		const ended = contract.state === "ending";
		const text = (/** @type {string} */ iso) => dayTimeText(iso, contract.time_zone, textLanguage());
		return html`<div class="gk-notice admin-notice gk-screen-only" data-tone=${ended ? "danger" : "caution"} role="status">${icon("alert")}
			<div class="gk-notice__body"><p class="gk-notice__title">${t(ended ? "admin.contract.ended" : "admin.contract.ends", { date: text(contract.stops_at) })}</p>
				<p>${t(ended ? "admin.contract.ended_next" : "admin.contract.ends_next", { date: text(contract.data_until) })}</p></div></div>`;
	}
}

/** @param {Notice} notice */
function when({ kind, from, until }) {
	if (kind === "info") return nothing;
	return html` <span class="admin-notice__when">${until ? spanText(from, until, app.zone(), textLanguage()) : dayTimeText(from, app.zone(), textLanguage())}</span>`;
}

customElements.define("admin-notices", AdminNotices);
