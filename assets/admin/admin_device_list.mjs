// Reception tablets: pair one, approve it, see that it works, take it away.
import { html, nothing } from "lit";
import { askFirst } from "../component/gk_dialog.mjs";
import { icon } from "../component/gk_icon.mjs";
import "../component/gk_menu.mjs";
import { emptyState, Loading } from "../component/gk_states.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { path } from "../shared/api_client.mjs";
import { agoText } from "../shared/date_text.mjs";
import { problemTitle } from "../shared/problem.mjs";
import { t, textLanguage } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import { onCommands } from "./admin_keys.mjs";
import { pairDevice } from "./admin_pairing.mjs";
import { replacePlace } from "./admin_route.mjs";
import { app } from "./admin_state.mjs";
import { pageHead } from "./admin_view.mjs";

/** @typedef {import("#types/api").Device} Device */

const LOOK = 15_000; // ms between two looks at who is online
const CAMERA_TONES = /** @type {const} */ ({ unknown: "quiet", working: "positive", lost: "danger", denied: "danger" });

class AdminDeviceList extends AdminElement {
	static properties = { query: { attribute: false } };

	constructor() {
		super();
		this.query = new URLSearchParams();
		/** @type {Loading<import("./admin_state.mjs").Page<Device>>} */
		this.devices = new Loading(this, (signal) => app.api.get(path`/devices`, { signal }));
		/** @type {ReturnType<typeof setInterval> | undefined} */
		this.timer = undefined;
	}

	connectedCallback() {
		super.connectedCallback();
		this.devices.load();
		this.timer = setInterval(() => this.devices.load(), LOOK);
		document.addEventListener("gk-live", (event) => {
			if (["device", "resync"].includes(/** @type {CustomEvent} */ (event).detail.kind)) this.devices.load();
		}, { signal: this.signal });
		onCommands(this, { new: () => this.pair() });
	}

	disconnectedCallback() {
		super.disconnectedCallback();
		clearInterval(this.timer);
	}

	firstUpdated() {
		if (this.query.get("new") && app.office !== undefined) {
			replacePlace("devices");
			this.pair();
		}
	}

	async pair() {
		await pairDevice();
		this.devices.load();
	}

	/** @param {Device} device */
	async approve(device) {
		try {
			await app.api.post(path`/devices/${device.id}/approval`);
			showToast({ text: t("admin.devices.approved", { name: device.name }) });
		} catch (fault) {
			showToast({ text: problemTitle(fault) });
		}
		this.devices.load();
	}

	/** @param {Device} device */
	async revoke(device) {
		const waiting = device.state === "pending";
		const yes = await askFirst({
			heading: t(waiting ? "admin.devices.decline_title" : "admin.devices.revoke_title", { name: device.name }),
			text: t(waiting ? "admin.devices.decline_text" : "admin.devices.revoke_text", { name: device.name, office: device.office }),
			action: t(waiting ? "admin.devices.decline" : "admin.devices.revoke"),
		});
		if (!yes) return;
		try {
			await app.api.delete(path`/devices/${device.id}`);
			showToast({ text: t("admin.devices.revoked", { name: device.name }) });
		} catch (fault) {
			showToast({ text: problemTitle(fault) });
		}
		this.devices.load();
	}

	render() {
		const add = app.office === undefined ? html`<a class="gk-button" data-kind="primary" href="#/offices/new">${icon("add")}${t("admin.offices.new")}</a>` :
			html`<button type="button" class="gk-button" data-kind="primary" @click=${() => this.pair()}>${icon("add")}${t("admin.devices.new")}</button>`;
		return html`${pageHead(t("admin.devices.title"), add)}
			${this.devices.render(({ items }) => {
				const waiting = items.filter(({ state }) => state === "pending");
				const known = items.filter(({ state }) => state === "active");
				return html`${waiting.map((device) => this.waiting(device))}
					<section class="gk-card">${known.length === 0 ? emptyState(t("admin.devices.none"), t("admin.devices.none_text"), add) : this.list(known)}</section>`;
			}, 3)}`;
	}

	/** @param {Device} device */
	waiting(device) {
		return html`<section class="gk-card admin-pending" aria-label=${t("admin.devices.waiting_title", { name: device.name })}>${pendingDetails(device)}
			<div class="gk-form__actions"><button type="button" class="gk-button" data-kind="primary" @click=${() => this.approve(device)}>${icon("check")}${t("admin.devices.approve")}<span class="gk-unseen"> – ${device.name}</span></button>
				<button type="button" class="gk-button" @click=${() => this.revoke(device)}>${t("admin.devices.decline")}<span class="gk-unseen"> – ${device.name}</span></button></div></section>`;
	}

	/** @param {Device[]} devices */
	list(devices) {
		return html`<table class="gk-list"><caption class="gk-unseen">${t("admin.devices.title")}</caption>
			<thead><tr><th scope="col">${t("admin.devices.name")}</th><th scope="col">${t("admin.office")}</th><th scope="col">${t("admin.devices.online")}</th><th scope="col">${t("admin.devices.camera")}</th>
				<th scope="col">${t("admin.devices.browser")}</th><th scope="col">${t("admin.devices.build")}</th><th scope="col"><span class="gk-unseen">${t("admin.col.actions")}</span></th></tr></thead>
			<tbody>${devices.map((device) => html`<tr>
				<th scope="row" class="gk-list__strong">${device.name}</th>
				<td data-label=${t("admin.office")}>${device.office}</td>
				<td><span class="gk-status" data-tone=${device.online ? "positive" : "danger"}>${t(device.online ? "admin.devices.is_online" : "admin.devices.is_offline")}</span>
					${device.online || !device.seen_at ? nothing : html`<span class="gk-list__sub">${t("admin.devices.seen", { ago: agoText(device.seen_at, textLanguage()) })}</span>`}</td>
				<td><span class="gk-status" data-tone=${CAMERA_TONES[device.camera]}>${t(`admin.devices.camera_${device.camera}`)}</span></td>
				<td data-label=${t("admin.devices.browser")}>${browserName(device.browser)} <span class="gk-list__sub">${device.address}</span></td>
				<td data-label=${t("admin.devices.build")} class="gk-muted">${device.build}</td>
				<td><div class="gk-list__actions"><button type="button" class="gk-button" data-size="small" @click=${() => this.revoke(device)}>${t("admin.devices.revoke")}<span class="gk-unseen"> – ${device.name}</span></button></div></td></tr>`)}</tbody></table>`;
	}
}
customElements.define("admin-device-list", AdminDeviceList);

/** Who asks to be let in: what the administrator compares before approving. @param {Device} device */
export const pendingDetails = (device) => html`
	<h2>${icon("device")}${t("admin.devices.waiting_title", { name: device.name })}</h2>
	<p>${t("admin.devices.waiting_text")}</p>
	<dl class="gk-details"><dt>${t("admin.office")}</dt><dd>${device.office}</dd><dt>${t("admin.devices.address")}</dt><dd>${device.address}</dd>
		<dt>${t("admin.devices.browser")}</dt><dd>${browserName(device.browser)}<br><span class="gk-muted gk-small">${device.browser}</span></dd></dl>`;

/** "iPad, Safari 17" out of a User-Agent line. @param {string} agent */
export function browserName(agent) {
	const system = /iPad|iPhone|Android|Windows|CrOS|Mac OS X|Linux/.exec(agent)?.[0].replace("Mac OS X", "Mac").replace("CrOS", "ChromeOS");
	const browser = /(Edg|Firefox|FxiOS|CriOS|Chrome)\/(\d+)/.exec(agent) ?? /(Version)\/(\d+).*Safari/.exec(agent);
	const names = /** @type {Record<string, string>} */ ({ Edg: "Edge", FxiOS: "Firefox", CriOS: "Chrome", Version: "Safari" });
	return [system, browser ? `${names[browser[1]] ?? browser[1]} ${browser[2]}` : undefined].filter(Boolean).join(", ") || agent.slice(0, 40);
}
