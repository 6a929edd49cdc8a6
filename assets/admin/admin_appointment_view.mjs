// One appointment: its guests, their passes and invitations; cancel it.
import { html, nothing } from "lit";
import { askFirst } from "../component/gk_dialog.mjs";
import { icon } from "../component/gk_icon.mjs";
import "../component/gk_menu.mjs";
import { Loading } from "../component/gk_states.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { newAction, path } from "../shared/api_client.mjs";
import { problemTitle } from "../shared/problem.mjs";
import { t, tn } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import { onCommands } from "./admin_keys.mjs";
import { showPass } from "./admin_pass_dialog.mjs";
import { go } from "./admin_route.mjs";
import { app } from "./admin_state.mjs";
import { dayTimeOf, mailState, namesText, pageHead, spanOf, visitState } from "./admin_view.mjs";

/** @typedef {import("#types/api").Appointment} Appointment */
/** @typedef {import("#types/api").Guest} Guest */
/** @typedef {import("#types/api").TodayRow} TodayRow */

class AdminAppointmentView extends AdminElement {
	static properties = { appointmentId: { attribute: false } };

	constructor() {
		super();
		this.appointmentId = "";
		/** @type {ReturnType<typeof setTimeout> | undefined} */
		this.soon = undefined;
		/** @type {Loading<Appointment>} */
		this.appointment = new Loading(this, (signal) => app.api.get(path`/appointments/${this.appointmentId}`, { signal }));
	}

	connectedCallback() {
		super.connectedCallback();
		this.appointment.load();
		document.addEventListener("gk-live", (event) => {
			const { kind, id } = /** @type {CustomEvent} */ (event).detail;
			if (kind !== "appointment" || id === this.appointmentId) this.appointment.load();
		}, { signal: this.signal });
		onCommands(this, { edit: () => go(`appointments/${this.appointmentId}/edit`) });
	}

	disconnectedCallback() {
		super.disconnectedCallback();
		clearTimeout(this.soon);
	}

	// Invitations leave after ten seconds; nothing tells of it but a look.
	updated() {
		clearTimeout(this.soon);
		if (this.appointment.value?.guests.some(({ mail_state }) => mail_state === "waiting")) this.soon = setTimeout(() => this.appointment.load(), 4000);
	}

	/** @param {string} [guestId] one guest, or all @param {boolean} [reissue] */
	async sendAgain(guestId, reissue = false) {
		try {
			const { sent } = /** @type {{sent: number}} */ (await app.api.post(path`/appointments/${this.appointmentId}/invitations`, { ...(guestId ? { guest_id: guestId } : {}), ...(reissue ? { reissue } : {}) }, { action: newAction() }));
			showToast({ text: tn("admin.appointment.sent_again", sent) });
		} catch (fault) {
			showToast({ text: problemTitle(fault) });
		}
		this.appointment.load();
	}

	/** @param {Guest} guest */
	async reissue(guest) {
		if (await askFirst({ heading: t("admin.pass.reissue_title"), text: t("admin.pass.reissue_text", { name: guest.name }), action: t("admin.pass.reissue") })) await this.sendAgain(guest.id, true);
	}

	async cancel() {
		try {
			this.appointment.value = await app.api.delete(path`/appointments/${this.appointmentId}`);
			this.requestUpdate();
			showToast({ text: t("admin.appointment.cancelled"), action: t("common.undo"), onAction: () => this.bookAgain() });
		} catch (fault) {
			showToast({ text: problemTitle(fault) });
		}
	}

	async bookAgain() {
		try {
			this.appointment.value = await app.api.delete(path`/appointments/${this.appointmentId}`, { query: { undo: true } });
			showToast({ text: t("admin.appointment.booked_again") });
		} catch (fault) {
			showToast({ text: problemTitle(fault) });
		}
		this.requestUpdate();
	}

	render() {
		return this.appointment.render((one) => {
			const booked = one.state === "booked";
			const guests = one.guests.filter(({ state }) => state !== "removed");
			return html`
				<p class="admin-back gk-screen-only"><a href="#/appointments">${t("admin.appointments.title")}</a></p>
				${pageHead(one.title, booked ? html`
					<a class="gk-button" href="#/appointments/${one.id}/edit">${icon("edit")}${t("admin.appointment.edit")}</a>
					<button type="button" class="gk-button" @click=${this.cancel}>${icon("close")}${t("admin.appointment.cancel")}</button>` : nothing)}
				${booked ? nothing : html`<div class="gk-notice" data-tone="caution">${icon("alert")}<p>${t("admin.appointment.is_cancelled")}</p></div>`}
				<section class="gk-card" data-padded><dl class="gk-details">
					<dt>${t("admin.appointment.when")}</dt><dd class="gk-list__strong">${spanOf(one.starts_at, one.ends_at, one.time_zone)} ${one.kind === "period" ? html`<span class="gk-badge" data-tone="accent">${t("admin.appointment.period_badge")}</span>` : nothing}</dd>
					<dt>${t("admin.appointment.where")}</dt><dd>${one.office}${one.room ? html`<br>${one.room}` : nothing}</dd>
					<dt>${t("admin.appointment.hosts")}</dt><dd>${namesText(one.hosts.map(({ name }) => name))}</dd>
					${one.note ? html`<dt>${t("admin.appointment.note")}</dt><dd class="admin-note">${one.note}</dd>` : nothing}
				</dl></section>
				<div class="admin-subhead"><h2>${t("admin.appointment.guests")} <span class="gk-badge">${tn("admin.people", guests.reduce((n, guest) => n + 1 + guest.companions, 0))}</span></h2>
					${booked && guests.some(({ email }) => email) ? html`<button type="button" class="gk-button" data-size="small" @click=${() => this.sendAgain()}>${icon("send")}${t("admin.appointment.send_all")}</button>` : nothing}</div>
				<section class="gk-card"><table class="gk-list"><caption class="gk-unseen">${t("admin.appointment.guests")}</caption>
					<thead><tr><th scope="col">${t("admin.col.guest")}</th><th scope="col">${t("admin.guest.email")}</th><th scope="col">${t("admin.col.invitation")}</th><th scope="col">${t("admin.col.visit")}</th><th scope="col"><span class="gk-unseen">${t("admin.col.actions")}</span></th></tr></thead>
					<tbody>${guests.map((guest) => this.guest(one, guest, booked))}</tbody></table></section>`;
		}, 5);
	}

	/** @param {Appointment} one @param {Guest} guest @param {boolean} booked */
	guest(one, guest, booked) {
		const { visit } = guest;
		return html`<tr><th scope="row"><span class="gk-list__strong">${guest.name}</span>${guest.companions > 0 ? html` <span class="gk-badge">${t("admin.guest.and_companions", { n: guest.companions })}</span>` : nothing}
				<span class="gk-list__sub">${guest.company ?? ""}</span></th>
			<td data-label=${t("admin.guest.email")}>${guest.email ?? html`<span class="gk-muted">${t("admin.guest.no_email")}</span>`}</td>
			<td>${mailState(guest.mail_state)}</td>
			<td>${visit ? html`${visitState(/** @type {TodayRow["state"]} */ (visit.state))} <span class="gk-list__sub">${dayTimeOf(visit.arrived_at, one.office_id)}</span>` : html`<span class="gk-status">${t("admin.state.expected")}</span>`}</td>
			<td><div class="gk-list__actions">${booked ? html`
				<button type="button" class="gk-button" data-size="small" @click=${() => showPass(one, guest)}>${t("admin.pass.show")}<span class="gk-unseen"> – ${guest.name}</span></button>
				<gk-menu .label=${t("admin.more_for", { name: guest.name })} .items=${[
					...(guest.email ? [{ text: t("admin.appointment.send_one"), icon: /** @type {const} */ ("send"), run: () => this.sendAgain(guest.id) }] : []),
					{ text: t("admin.pass.reissue"), icon: /** @type {const} */ ("undo"), run: () => this.reissue(guest) },
				]}></gk-menu>` : nothing}</div></td></tr>`;
	}
}
customElements.define("admin-appointment-view", AdminAppointmentView);
