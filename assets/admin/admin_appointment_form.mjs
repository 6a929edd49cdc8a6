// New appointment, or change one: what, where, when, who comes, to whom.
import { html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { checkedOf, FormState, valueOf } from "../component/gk_form.mjs";
import { icon } from "../component/gk_icon.mjs";
import "../component/gk_picker.mjs";
import { Loading } from "../component/gk_states.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { path } from "../shared/api_client.mjs";
import { wallPlus } from "../shared/date_text.mjs";
import { problemTitle } from "../shared/problem.mjs";
import { t, tn } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import { searchMembers } from "./admin_members.mjs";
import { go } from "./admin_route.mjs";
import { app } from "./admin_state.mjs";
import { pageHead, zoneNote } from "./admin_view.mjs";
import { checkDraft, draftOf, editOf, isEmptyGuest, newDraft, newGuest } from "./appointment_draft.mjs";
import { parseGuests } from "./guest_paste.mjs";

/** @typedef {import("#types/api").Appointment} Appointment */
/** @typedef {import("./appointment_draft.mjs").Draft} Draft */
/** @typedef {import("./appointment_draft.mjs").DraftGuest} DraftGuest */

/** A new one that was left unsaved, kept until it is saved or the page is closed. @type {{memberId: string, draft: Draft} | undefined} */
let unsaved;

class AdminAppointmentForm extends AdminElement {
	static properties = { appointmentId: { attribute: false }, draft: { state: true }, more: { state: true } };

	constructor() {
		super();
		/** "" for a new one. */
		this.appointmentId = "";
		this.form = new FormState(this);
		/** @type {Draft | undefined} */
		this.draft = undefined;
		this.memberId = "";
		/** Is the draft one that was left before? */
		this.restored = false;
		/** Keys of guests whose rarer fields are open. @type {Set<string>} */
		this.more = new Set();
		/** @type {Loading<Appointment>} */
		this.appointment = new Loading(this, async (signal) => {
			const appointment = /** @type {Appointment} */ (await app.api.get(path`/appointments/${this.appointmentId}`, { signal }));
			this.draft = draftOf(appointment);
			return appointment;
		});
	}

	connectedCallback() {
		super.connectedCallback();
		globalThis.addEventListener("beforeunload", (event) => this.isTouched && event.preventDefault(), { signal: this.signal });
		this.memberId = app.memberId;
		if (this.appointmentId !== "") this.appointment.load();
		else if (unsaved?.memberId === this.memberId) {
			this.draft = unsaved.draft;
			this.restored = true;
		} else this.begin();
	}

	disconnectedCallback() {
		super.disconnectedCallback();
		if (this.appointmentId === "") unsaved = this.draft && this.isTouched ? { memberId: this.memberId, draft: this.draft } : undefined;
	}

	begin() {
		this.restored = false;
		if (app.office !== undefined && app.session) {
			const { id, name } = app.session.member;
			this.draft = newDraft({ now: new Date(), zone: app.zone(), officeId: app.office.id, me: { id, name }, title: t("admin.appointment.default_title") });
		}
	}

	/** Would something typed be lost? */
	get isTouched() {
		return !this.form.sending && this.draft !== undefined && this.draft.guests.some((guest) => guest.id === undefined && !isEmptyGuest(guest));
	}

	firstUpdated() {
		if (this.appointmentId === "") this.updateComplete.then(() => /** @type {HTMLElement | null} */ (this.querySelector("#field-guests-0-company"))?.focus());
	}

	/** @param {Partial<Draft>} changes */
	set(changes) {
		this.draft = /** @type {Draft} */ ({ ...this.draft, ...changes });
	}

	/** @param {DraftGuest} guest @param {Partial<DraftGuest>} changes */
	setGuest(guest, changes) {
		this.set({ guests: /** @type {Draft} */ (this.draft).guests.map((one) => (one.key === guest.key ? { ...one, ...changes } : one)) });
	}

	// A later start moves the end along, as calendars do.
	/** @param {string} from */
	setStart(from) {
		const draft = /** @type {Draft} */ (this.draft);
		const minutes = (Date.parse(`${draft.day}T${draft.to}:00Z`) - Date.parse(`${draft.day}T${draft.from}:00Z`)) / 60e3;
		const to = draft.kind === "single" && minutes > 0 && /^\d\d:\d\d$/.test(from) ? wallPlus(`${draft.day}T${from}`, minutes).slice(11) : draft.to;
		this.set({ from, to: to > from ? to : "23:59" });
	}

	/** @param {string} text @param {DraftGuest} [into] the row it was pasted into */
	paste(text, into) {
		const pasted = parseGuests(text).map((one) => newGuest(one));
		if (pasted.length === 0) return;
		const guests = /** @type {Draft} */ (this.draft).guests.filter((guest) => guest.key !== into?.key && (guest.id !== undefined || !isEmptyGuest(guest)));
		this.set({ guests: [...guests, ...pasted].slice(0, 100) });
		showToast({ text: tn("admin.appointment.pasted", pasted.length) });
	}

	/** @param {ClipboardEvent} event @param {DraftGuest} guest */
	onPaste(event, guest) {
		const text = event.clipboardData?.getData("text/plain") ?? "";
		const whole = /[\n\t]/.test(text.trim()) || /\S\s+\S+@/.test(text);
		if (!whole || !isEmptyGuest(guest)) return;
		event.preventDefault();
		this.paste(text, guest);
	}

	async send() {
		const draft = /** @type {Draft} */ (this.draft);
		const body = editOf(draft, app.zone(draft.office_id));
		const isNew = this.appointmentId === "";
		/** @type {Appointment} */
		const saved = await (isNew ? app.api.post(path`/appointments`, body, { action: this.form.action }) : app.api.put(path`/appointments/${this.appointmentId}`, body));
		const invited = draft.invite && saved.guests.some(({ mail_state }) => mail_state === "waiting");
		app.chooseOffice(saved.office_id);
		if (this.isConnected) {
			this.draft = undefined;
			go(`appointments/${saved.id}`);
		}
		if (saved.warning === "outside_hours") showToast({ text: t("admin.appointment.outside_hours") });
		showToast(invited ? { text: t(isNew ? "admin.appointment.saved_invited" : "admin.appointment.changed_invited"), action: t("admin.appointment.withdraw"), onAction: () => withdraw(saved.id) } :
			{ text: t("admin.appointment.saved") });
	}

	/** @param {Event} event */
	submit(event) {
		const draft = /** @type {Draft} */ (this.draft);
		// The empty row that waits at the end is no guest, and the pointers of faults count without it.
		const guests = draft.guests.filter((guest) => !isEmptyGuest(guest));
		this.draft = { ...draft, guests: guests.length > 0 ? guests : [newGuest()] };
		return this.form.submit(event, () => checkDraft(/** @type {Draft} */ (this.draft), app.zone(draft.office_id), new Date()), () => this.send());
	}

	render() {
		const title = t(this.appointmentId === "" ? "admin.appointments.new" : "admin.appointments.edit");
		if (this.appointmentId === "" && app.office === undefined)
			return html`${pageHead(title)}<div class="gk-notice">${icon("office")}<div class="gk-notice__body"><p>${t("admin.appointment.no_office")}</p></div>
				${app.may("operations") ? html`<a class="gk-button" data-size="small" href="#/offices/new">${t("admin.offices.new")}</a>` : nothing}</div>`;
		const { draft } = this;
		return html`${pageHead(title)}
			${draft === undefined ? this.appointment.render(() => nothing, 6) : this.formOf(draft)}`;
	}

	/** @param {Draft} draft */
	formOf(draft) {
		const { form } = this;
		const zone = app.zone(draft.office_id);
		const isNew = this.appointmentId === "";
		return html`<form class="gk-form admin-appointment" novalidate @submit=${this.submit}>
			${this.restored ? html`<div class="gk-notice" role="status">${icon("undo")}<p class="gk-notice__body">${t("admin.appointment.restored")}</p>
				<button type="button" class="gk-button" data-size="small" @click=${() => this.begin()}>${t("admin.appointment.start_anew")}</button></div>` : nothing}
			${form.summary()}
			${form.problem?.name === "conflict" ? html`<p><a href="#/appointments/${this.appointmentId}">${t("admin.appointment.see_current")}</a></p>` : nothing}
			<section class="gk-card admin-appointment__part" aria-labelledby="guests-title">
				<div class="admin-appointment__head"><h2 id="guests-title">${t("admin.appointment.guests")}</h2>
					<button type="button" class="gk-button" data-kind="plain" data-size="small" aria-expanded=${this.more.has("paste")} @click=${() => this.toggle("paste")}>${icon("copy")}${t("admin.appointment.paste")}</button></div>
				${this.more.has("paste") ? this.pasteBox() : nothing}
				<ol class="admin-guests">${repeat(draft.guests, (guest) => guest.key, (guest, i) => this.guest(draft, guest, i))}</ol>
				<p><button type="button" class="gk-button" data-size="small" @click=${this.addGuest}>${icon("add")}${t("admin.appointment.add_guest")}</button></p>
				<label class="gk-check"><input type="checkbox" .checked=${draft.invite} @change=${(/** @type {Event} */ event) => this.set({ invite: checkedOf(event) })}><span>${t(isNew ? "admin.appointment.invite" : "admin.appointment.invite_changed")}</span></label>
			</section>
			<section class="gk-card admin-appointment__part" aria-labelledby="when-title">
				<h2 id="when-title">${t("admin.appointment.when")}</h2>
				${draft.kind === "period" ? html`<div class="gk-form__row">${this.startFields(draft, zone)}</div><div class="gk-form__row">${this.endFields(draft, true)}</div>` :
					html`<div class="gk-form__row">${this.startFields(draft, zone)}${this.endFields(draft, false)}</div>`}
				<label class="gk-check"><input type="checkbox" .checked=${draft.kind === "period"} @change=${(/** @type {Event} */ event) =>
					this.set({ kind: checkedOf(event) ? "period" : "single", end_day: draft.end_day > draft.day ? draft.end_day : draft.day })}><span>${t("admin.appointment.period")}</span></label>
				<div class="gk-form__row">
					${app.offices.length > 1 ? form.field({ pointer: "/office_id", label: t("admin.office"), required: true, width: "half", control: (a) => html`
						<select class="gk-input" id=${a.id} aria-invalid=${a.invalid} aria-describedby=${a.described} @change=${(/** @type {Event} */ event) => this.set({ office_id: valueOf(event) })}>
							${app.offices.filter((office) => office.state === "open" || office.id === draft.office_id).map((office) => html`<option value=${office.id} ?selected=${office.id === draft.office_id}>${office.name}</option>`)}</select>` }) : nothing}
					${form.text({ pointer: "/room", label: t("admin.appointment.room"), value: draft.room, set: (room) => this.set({ room }), width: "half" })}
				</div>
			</section>
			<section class="gk-card admin-appointment__part" aria-labelledby="what-title">
				<h2 id="what-title">${t("admin.appointment.what")}</h2>
				${form.text({ pointer: "/title", label: t("admin.appointment.title"), support: t("admin.appointment.title_support"), value: draft.title, set: (title) => this.set({ title }), required: true })}
				${form.field({ pointer: "/hosts", label: t("admin.appointment.hosts"), support: t("admin.hosts.support"), required: true, control: (a) => html`<gk-picker .control=${a} .chosen=${draft.hosts} .search=${searchMembers}
					@gk-chosen=${(/** @type {CustomEvent} */ event) => this.set({ hosts: event.detail })}></gk-picker>` })}
				${form.field({ pointer: "/note", label: t("admin.appointment.note"), support: t("admin.appointment.note_support"), control: (a) => html`<textarea class="gk-input" id=${a.id} rows="3" .value=${draft.note}
					aria-invalid=${a.invalid} aria-describedby=${a.described} @input=${(/** @type {Event} */ event) => this.set({ note: valueOf(event) })}></textarea>` })}
			</section>
			<div class="gk-form__actions admin-appointment__actions">
				${form.sendButton(t(isNew ? "admin.appointment.save_new" : "common.save"))}
				<a class="gk-button" data-kind="plain" @click=${() => (this.draft = undefined)} href=${isNew ? "#/appointments" : `#/appointments/${this.appointmentId}`}>${t("common.cancel")}</a>
			</div>
		</form>`;
	}

	/** @param {Draft} draft @param {string} zone */
	startFields(draft, zone) {
		const period = draft.kind === "period";
		return html`${this.form.field({ pointer: "/starts_at", label: t(period ? "admin.appointment.first_day" : "admin.appointment.day"), required: true, control: (a) => html`
				<input class="gk-input" id=${a.id} type="date" data-width="date" .value=${draft.day} aria-invalid=${a.invalid} aria-describedby=${a.described} aria-required="true"
					@change=${(/** @type {Event} */ event) => this.set({ day: valueOf(event), end_day: draft.end_day < valueOf(event) ? valueOf(event) : draft.end_day })}>` })}
			<div class="gk-field"><label class="gk-field__label" for="start-time">${t("admin.appointment.from")}<span class="gk-field__required">${t("common.required")}</span>${zoneNote(zone)}</label>
				<input class="gk-input" id="start-time" type="time" aria-required="true" data-width="time" .value=${draft.from} @change=${(/** @type {Event} */ event) => this.setStart(valueOf(event))}></div>`;
	}

	/** @param {Draft} draft @param {boolean} period */
	endFields(draft, period) {
		const time = (/** @type {import("../component/gk_form.mjs").ControlAttributes} */ a) => html`<input class="gk-input" id=${a.id} type="time" data-width="time" .value=${draft.to}
			aria-invalid=${a.invalid} aria-describedby=${a.described} aria-required="true" @change=${(/** @type {Event} */ event) => this.set({ to: valueOf(event) })}>`;
		return html`${period ? html`<div class="gk-field"><label class="gk-field__label" for="end-day">${t("admin.appointment.last_day")}</label>
				<input class="gk-input" id="end-day" type="date" data-width="date" .value=${draft.end_day} min=${draft.day} @change=${(/** @type {Event} */ event) => this.set({ end_day: valueOf(event) })}></div>` : nothing}
			${this.form.field({ pointer: "/ends_at", label: t("admin.appointment.to"), required: true, control: time })}`;
	}

	/** @param {string} key */
	toggle(key) {
		const more = new Set(this.more);
		if (!more.delete(key)) more.add(key);
		this.more = more;
	}

	async addGuest() {
		const guests = [.../** @type {Draft} */ (this.draft).guests, newGuest()];
		this.set({ guests });
		await this.updateComplete;
		/** @type {HTMLElement | null} */ (this.querySelector(`#field-guests-${guests.length - 1}-company`))?.focus();
	}

	pasteBox() {
		return html`<div class="gk-field"><label class="gk-field__label" for="paste">${t("admin.appointment.paste_label")}</label>
			<p class="gk-field__support" id="paste-support">${t("admin.appointment.paste_support")}</p>
			<textarea class="gk-input" id="paste" rows="4" aria-describedby="paste-support"></textarea>
			<p><button type="button" class="gk-button" data-size="small" @click=${() => {
				const box = /** @type {HTMLTextAreaElement} */ (this.querySelector("#paste"));
				this.paste(box.value);
				if (parseGuests(box.value).length > 0) this.toggle("paste");
			}}>${t("admin.appointment.paste_do")}</button></p></div>`;
	}

	/** @param {Draft} draft @param {DraftGuest} guest @param {number} i */
	guest(draft, guest, i) {
		const at = `/guests/${i}`;
		const { form } = this;
		const open = this.more.has(guest.key) || form.faultOf(`${at}/companions`) !== undefined || form.faultOf(`${at}/phone`) !== undefined;
		const set = (/** @type {Partial<DraftGuest>} */ changes) => this.setGuest(guest, changes);
		return html`<li class="admin-guests__one"><fieldset @paste=${(/** @type {ClipboardEvent} */ event) => this.onPaste(event, guest)}>
			<legend class="gk-unseen">${t("admin.appointment.guest_n", { n: i + 1 })}</legend>
			<div class="admin-guests__fields">
				${form.text({ pointer: `${at}/company`, label: t("admin.guest.company"), value: guest.company, set: (company) => set({ company }) })}
				${form.text({ pointer: `${at}/name`, label: t("admin.guest.name"), value: guest.name, set: (name) => set({ name }), required: true })}
				${form.text({ pointer: `${at}/email`, label: t("admin.guest.email"), value: guest.email, set: (email) => set({ email }), type: "email", inputmode: "email", language: "en" })}
			</div>
			${open ? html`<div class="admin-guests__fields">
				${form.text({ pointer: `${at}/kana`, label: t("admin.guest.kana"), value: guest.kana, set: (kana) => set({ kana }) })}
				${form.text({ pointer: `${at}/companions`, label: t("admin.guest.companions"), value: guest.companions, set: (companions) => set({ companions }), inputmode: "numeric", size: "number" })}
				${form.text({ pointer: `${at}/phone`, label: t("admin.guest.phone"), value: guest.phone, set: (phone) => set({ phone }), type: "tel", inputmode: "tel" })}
				${form.field({ pointer: `${at}/language`, label: t("admin.guest.language"), control: (a) => html`<select class="gk-input" id=${a.id} @change=${(/** @type {Event} */ event) => set({ language: valueOf(event) === "en" ? "en" : "ja" })}>
					<option value="ja" lang="ja" ?selected=${guest.language === "ja"}>${"\u65e5\u672c\u8a9e"}</option><option value="en" lang="en" ?selected=${guest.language === "en"}>English</option></select>` })}
			</div>` : nothing}
			<div class="admin-guests__tools">
				${open ? nothing : html`<button type="button" class="gk-button" data-kind="plain" data-size="small" @click=${() => this.toggle(guest.key)}>${t("admin.guest.more")}</button>`}
				${draft.guests.length > 1 ? html`<button type="button" class="gk-button" data-kind="plain" data-size="small" @click=${() => this.set({ guests: draft.guests.filter((one) => one.key !== guest.key) })}>
					${t("admin.guest.remove")}<span class="gk-unseen"> ${guest.name}</span></button>` : nothing}
			</div>
		</fieldset></li>`;
	}
}
customElements.define("admin-appointment-form", AdminAppointmentForm);

/** @param {string} id */
async function withdraw(id) {
	try {
		const { withdrawn } = /** @type {{withdrawn: number}} */ (await app.api.delete(path`/appointments/${id}/invitations`));
		showToast({ text: withdrawn > 0 ? tn("admin.appointment.withdrawn", withdrawn) : t("admin.appointment.too_late") });
		document.dispatchEvent(new CustomEvent("gk-live", { detail: { kind: "appointment", id } }));
	} catch (fault) {
		showToast({ text: problemTitle(fault) });
	}
}
