// Home: who is expected, who is here, who has left, live.
import { html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { icon } from "../component/gk_icon.mjs";
import "../component/gk_menu.mjs";
import { emptyState, Loading } from "../component/gk_states.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { newAction, path } from "../shared/api_client.mjs";
import { longDayText, timeText, wallOf } from "../shared/date_text.mjs";
import { problemNext, problemTitle } from "../shared/problem.mjs";
import { t, textLanguage, tn } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import { firstSteps, readFirstSteps } from "./admin_first_steps.mjs";
import { CurrentRow, onCommands } from "./admin_keys.mjs";
import { correctName } from "./admin_name_dialog.mjs";
import { go } from "./admin_route.mjs";
import { app } from "./admin_state.mjs";
import { namesText, officeChoice, pageHead, timeOf, visitState, zoneNote } from "./admin_view.mjs";
import { receiveWalkIn } from "./admin_walk_in.mjs";
import { CallRing } from "./call_ring.mjs";
import { filterRows, orderRows, peopleOf, rowFilters, rowHas, rowsOfAppointments } from "./today_rows.mjs";

/** @typedef {import("#types/api").TodayRow} TodayRow */
/** @typedef {import("#types/api").Call} Call */
/** @typedef {import("#types/api").Visit} Visit */
/** @typedef {import("#types/api").Appointment} Appointment */
/** @typedef {{date: string, inside: number, items: TodayRow[], calls: Call[]}} Day */

const WATCHED = ["visit", "appointment", "guest", "staff_call", "office", "resync"];

class AdminToday extends AdminElement {
	static properties = { filter: { state: true }, words: { state: true }, blocked: { state: true }, muted: { state: true } };

	constructor() {
		super();
		/** @type {import("./today_rows.mjs").RowFilter} */
		this.filter = "all";
		this.words = "";
		/** Does the browser keep the ring silent? */
		this.blocked = false;
		/** Ids of calls whose ring was silenced. @type {Set<string>} */
		this.muted = new Set();
		/** @type {Loading<Day>} */
		this.day = new Loading(this, (signal) => this.read(signal));
		/** What the rows will be when the server has answered. @type {Map<string, Partial<TodayRow>>} */
		this.expected = new Map();
		/** The action that each row is at. @type {Map<string, Promise<boolean>>} */
		this.turns = new Map();
		/** What went wrong, beside its row. @type {Map<string, string>} */
		this.faults = new Map();
		/** Guests' ids in the order shown. @type {string[]} */
		this.shown = [];
		/** Rows that have just come. @type {Set<string>} */
		this.fresh = new Set();
		this.ring = new CallRing();
		this.current = new CurrentRow(this, () => this.rows.map((row) => row.guest_id));
		/** @type {ReturnType<typeof setTimeout> | undefined} */
		this.soon = undefined;
		/** @type {import("./admin_first_steps.mjs").FirstSteps | null} */
		this.steps = null;
	}

	connectedCallback() {
		super.connectedCallback();
		const { signal } = this;
		document.addEventListener("gk-live", (event) => {
			if (!WATCHED.includes(/** @type {CustomEvent} */ (event).detail.kind)) return;
			clearTimeout(this.soon);
			this.soon = setTimeout(() => this.day.load(), 120);
		}, { signal });
		onCommands(this, {
			next: () => this.current.move(1),
			previous: () => this.current.move(-1),
			open: () => this.withCurrent((row) => row.appointment_id && go(`appointments/${row.appointment_id}`)),
			edit: () => this.withCurrent((row) => (row.visit_id ? this.correct(row) : row.appointment_id && go(`appointments/${row.appointment_id}/edit`))),
			check_in: () => this.withCurrent((row) => row.state === "expected" && app.may("reception") && this.checkIn(row)),
			depart: () => this.withCurrent((row) => (row.state === "arrived" || row.state === "met") && app.may("reception") && this.depart(row)),
			search: () => /** @type {HTMLElement | null} */ (this.querySelector("[type=search]"))?.focus(),
			print: () => globalThis.print(),
		});
		this.day.load();
		readFirstSteps(signal).then((steps) => ((this.steps = steps), this.requestUpdate()), () => undefined);
	}

	disconnectedCallback() {
		super.disconnectedCallback();
		clearTimeout(this.soon);
		this.ring.stop();
	}

	/** @param {(row: TodayRow) => unknown} act */
	withCurrent(act) {
		const row = this.rows.find((one) => one.guest_id === this.current.id);
		if (row) act(row);
	}

	/** @param {AbortSignal} signal @returns {Promise<Day>} */
	async read(signal) {
		const office = app.office;
		if (office === undefined) return { date: wallOf(new Date(), app.zone()).slice(0, 10), inside: 0, items: [], calls: [] };
		/** @type {Day} */
		let day;
		if (app.may("reception")) {
			day = await app.api.get(path`/today`, { query: { office_id: office.id }, signal });
		} else {
			const date = wallOf(new Date(), office.time_zone).slice(0, 10);
			const query = { from: date, to: date, limit: 200 };
			const [appointments, visits] = await Promise.all([
				/** @type {Promise<import("./admin_state.mjs").Page<Appointment>>} */ (app.api.get(path`/appointments`, { query: { ...query, mine: true }, signal })),
				/** @type {Promise<import("./admin_state.mjs").Page<Visit>>} */ (app.api.get(path`/visits`, { query, signal }))]);
			const items = rowsOfAppointments(appointments.items, visits.items);
			day = { date, inside: peopleOf(filterRows(items, "inside")), items, calls: [] };
		}
		const known = new Set(this.shown);
		this.fresh = new Set(this.day.value === undefined ? [] : day.items.map((row) => row.guest_id).filter((id) => !known.has(id)));
		// What the server says now stands over what was hoped for.
		for (const row of day.items) if (row.version >= (this.expected.get(row.guest_id)?.version ?? Infinity)) this.expected.delete(row.guest_id);
		return day;
	}

	/** @returns {TodayRow[]} */
	get allRows() {
		return (this.day.value?.items ?? []).map((row) => ({ ...row, ...this.expected.get(row.guest_id) }));
	}

	get rows() {
		const rows = filterRows(this.allRows, this.filter).filter((row) => rowHas(row, this.words));
		const hold = this.querySelector("tbody:hover, gk-menu [role=menu]") !== null;
		return orderRows(rows, this.shown, hold);
	}

	/**
	 * Shows the row as it will be, asks, and takes it back when refused.  The
	 * actions on one row follow each other, so that the second one knows what
	 * the first one made.
	 * @param {TodayRow} row
	 * @param {Partial<TodayRow>} becomes
	 * @param {(row: TodayRow) => Promise<unknown>} ask gets the row as it is then
	 * @returns {Promise<boolean>}
	 */
	change(row, becomes, ask) {
		const hope = { ...becomes, version: row.version + 1 };
		this.faults.delete(row.guest_id);
		this.expected.set(row.guest_id, hope);
		this.requestUpdate();
		const turn = (this.turns.get(row.guest_id) ?? Promise.resolve(true)).then((done) => done && this.ask(row, hope, ask));
		this.turns.set(row.guest_id, turn);
		return turn;
	}

	/**
	 * @param {TodayRow} row
	 * @param {Partial<TodayRow>} hope
	 * @param {(row: TodayRow) => Promise<unknown>} ask
	 */
	async ask(row, hope, ask) {
		try {
			await ask(this.day.value?.items.find(({ guest_id }) => guest_id === row.guest_id) ?? row);
			await this.day.load();
			return true;
		} catch (fault) {
			this.turns.delete(row.guest_id);
			const time = (/** @type {string} */ iso) => timeText(iso, app.zone(), textLanguage());
			this.faults.set(row.guest_id, `${problemTitle(fault, time)} ${textLanguage() === "ja" ? "" : "– "}${problemNext(fault, time)}`);
			return false;
		} finally {
			if (this.expected.get(row.guest_id) === hope) this.expected.delete(row.guest_id);
			this.requestUpdate();
		}
	}

	/** @param {TodayRow} row */
	async checkIn(row) {
		const action = newAction();
		const done = await this.change(row, { state: "arrived", arrived_at: new Date().toISOString() },
			() => app.api.post(path`/check-ins`, { guest_id: row.guest_id }, { action }));
		if (done) showToast({ text: t("admin.today.checked_in", { name: row.guest, hosts: namesText(row.hosts.map(({ name }) => name)) }) });
	}

	/** @param {TodayRow} row */
	async depart(row) {
		const done = await this.change(row, { state: "left", left_at: new Date().toISOString() }, ({ visit_id }) => app.api.post(path`/visits/${visit_id ?? ""}/departure`));
		if (done) showToast({ text: t("admin.today.departed", { name: row.guest }), action: t("common.undo"), onAction: () => this.comeBack({ ...row, state: "left" }) });
	}

	/** @param {TodayRow} row */
	comeBack(row) {
		return this.change(row, { state: "met", left_at: null }, ({ visit_id }) => app.api.delete(path`/visits/${visit_id ?? ""}/departure`));
	}

	/** @param {TodayRow} row */
	meet(row) {
		return this.change(row, { state: "met" }, async ({ visit_id }) => {
			const visit = /** @type {Visit} */ (await app.api.get(path`/visits/${visit_id ?? ""}`));
			await app.api.patch(path`/visits/${visit.id}`, { version: visit.version, state: "met" });
		});
	}

	/** @param {TodayRow} row */
	async callAgain(row) {
		const action = newAction();
		if (await this.change(row, {}, ({ visit_id }) => app.api.post(path`/visits/${visit_id ?? ""}/calls`, undefined, { action })))
			showToast({ text: t("admin.today.called", { hosts: namesText(row.hosts.map(({ name }) => name)) }) });
	}

	/** @param {TodayRow} row */
	async correct(row) {
		if (await correctName(row.visit_id ?? "")) this.day.load();
	}

	/** @param {Call} call */
	async answer(call) {
		const day = this.day.value;
		if (day) day.calls = day.calls.filter(({ id }) => id !== call.id);
		this.requestUpdate();
		try {
			await app.api.post(path`/calls/${call.id}/answer`);
		} catch (fault) {
			showToast({ text: problemTitle(fault) });
		}
		this.day.load();
	}

	updated() {
		this.shown = this.rows.map((row) => row.guest_id);
		const ringing = (this.day.value?.calls ?? []).some(({ id }) => !this.muted.has(id));
		if (ringing) this.ring.start(() => (this.blocked = true));
		else this.ring.stop();
	}

	render() {
		const { office } = app;
		if (office === undefined) return html`${pageHead(t("admin.today.title"))}${this.steps ? firstSteps(this.steps) : emptyState(t("admin.today.no_office"))}`;
		const zone = office.time_zone;
		const date = longDayText(`${wallOf(new Date(), zone)}:00Z`, "UTC", textLanguage());
		return html`
			${pageHead(t("admin.today.title"), html`
				${officeChoice({ id: "today-office", value: office.id, choose: (id) => (app.chooseOffice(id), this.day.reset(), this.day.load()) })}
				<a class="gk-button" data-kind="primary" href="#/appointments/new">${icon("add")}${t("admin.appointments.new")}</a>`,
			html`${date}${zoneNote(zone)}`)}
			<p class="gk-paper-only">${t("admin.printed_at", { office: office.name, time: timeText(new Date().toISOString(), zone, textLanguage()) })}</p>
			${this.steps ? firstSteps(this.steps) : nothing}
			${(this.day.value?.calls ?? []).map((call) => this.callBar(call))}
			<section class="gk-card admin-today" aria-label=${t("admin.today.title")}>
				<div class="admin-today__bar gk-screen-only">
					<p class="admin-today__inside" role="status"><span class="admin-today__number">${this.day.value?.inside ?? "–"}</span><span>${t("admin.today.people_inside")}</span></p>
					<div class="admin-tabs" role="group" aria-label=${t("admin.today.filter")}>${rowFilters.map((filter) => html`
						<button type="button" class="admin-tabs__one" aria-pressed=${filter === this.filter} @click=${() => (this.filter = filter)}>${t(`admin.today.${filter}`)}
							<span class="admin-tabs__n">${filterRows(this.allRows, filter).length}</span></button>`)}</div>
					<div class="admin-today__tools">
						<label class="gk-unseen" for="today-words">${t("admin.today.search")}</label>
						<div class="admin-search">${icon("search")}<input class="gk-input" type="search" id="today-words" .value=${this.words} autocomplete="off"
							@input=${(/** @type {Event} */ event) => (this.words = /** @type {HTMLInputElement} */ (event.target).value)}></div>
						${app.may("reception") ? html`<button type="button" class="gk-button" data-size="small" @click=${() => this.walkIn()}>${icon("user")}${t("admin.walk_in.title")}</button>` : nothing}
						<button type="button" class="gk-button" data-size="icon" aria-label=${t("common.print")} title=${t("common.print")} @click=${() => globalThis.print()}>${icon("print")}</button>
					</div>
				</div>
				${this.day.render(() => this.list())}
			</section>
			<p class="admin-live gk-screen-only">${app.live ? html`<span class="gk-status" data-tone="positive">${t("admin.live.on")}</span>` : html`<span class="gk-status">${t("admin.live.off")}</span>`}</p>`;
	}

	async walkIn() {
		if (await receiveWalkIn(app.office?.id ?? "")) this.day.load();
	}

	/** @param {Call} call */
	callBar(call) {
		return html`<div class="admin-call gk-screen-only" role="alert">
			<span class="admin-call__sign">${icon("bell")}</span>
			<p class="admin-call__words"><strong>${t("admin.call.title", { device: call.device })}</strong> ${timeOf(call.called_at, call.office_id)}</p>
			${this.blocked ? html`<button type="button" class="gk-button" data-size="small" @click=${() => (this.ring.allow(), (this.blocked = false))}>${t("admin.call.allow_sound")}</button>` :
				this.muted.has(call.id) ? nothing : html`<button type="button" class="gk-button" data-size="small" @click=${() => (this.muted = new Set([...this.muted, call.id]))}>${t("admin.call.mute")}</button>`}
			<button type="button" class="gk-button" data-kind="primary" data-size="small" @click=${() => this.answer(call)}>${t("admin.call.answer")}</button>
		</div>`;
	}

	list() {
		const { rows } = this;
		if (rows.length === 0) {
			if (this.words !== "") return emptyState(t("admin.none_found", { words: this.words }), nothing, html`<button type="button" class="gk-button" @click=${() => (this.words = "")}>${t("common.clear")}</button>`);
			if (this.filter !== "all") return emptyState(t(`admin.today.none_${this.filter}`));
			return emptyState(t("admin.today.none"), t("admin.today.none_text"), html`<a class="gk-button" data-kind="primary" href="#/appointments/new">${icon("add")}${t("admin.appointments.new")}</a>`);
		}
		return html`<table class="gk-list" @mouseleave=${() => this.requestUpdate()}>
			<caption class="gk-unseen">${t("admin.today.title")}</caption>
			<thead><tr><th scope="col">${t("admin.col.time")}</th><th scope="col">${t("admin.col.guest")}</th><th scope="col">${t("admin.col.host")}</th>
				<th scope="col">${t("admin.col.what")}</th><th scope="col">${t("admin.col.state")}</th><th scope="col" class="gk-screen-only"><span class="gk-unseen">${t("admin.col.actions")}</span></th></tr></thead>
			<tbody>${repeat(rows, (row) => row.guest_id, (row) => this.row(row))}</tbody>
		</table>`;
	}

	/** @param {TodayRow} row */
	row(row) {
		const fault = this.faults.get(row.guest_id);
		const name = html`<span lang="ja">${row.guest}</span>`;
		return html`<tr ?data-current=${row.guest_id === this.current.id} ?data-fresh=${this.fresh.has(row.guest_id)} data-state=${row.state}>
			<td class="gk-list__time admin-today__time">${row.starts_at ? timeOf(row.starts_at) : html`<span class="gk-badge">${t("admin.today.walk_in")}</span>`}</td>
			<th scope="row"><div class="admin-today__guest">${row.appointment_id ? html`<a class="gk-list__open" href="#/appointments/${row.appointment_id}">${name}</a>` : html`<span class="gk-list__strong">${name}</span>`}
				${row.people > 1 ? html`<span class="gk-badge">${tn("admin.people", row.people)}</span>` : nothing}
				${row.mail_state === "failed" && row.state === "expected" ? html`<span class="gk-badge" data-tone="danger">${t("admin.mail_state.failed")}</span>` : nothing}
				${row.company ? html`<span class="gk-list__sub" lang="ja">${row.company}</span>` : nothing}</div>
				${fault ? html`<p class="gk-list__fault" role="alert">${fault}</p>` : nothing}</th>
			<td class="gk-list__names" data-label=${t("admin.col.host")}>${namesText(row.hosts.map((host) => host.name))}</td>
			<td data-label=${t("admin.col.what")}>${row.title ?? ""}${row.room ? html` <span class="gk-list__sub">${row.room}</span>` : nothing}</td>
			<td>${visitState(row.state, row.late, row.left_by === "automatic")} <span class="gk-list__sub gk-list__time">${timeOf(row.state === "left" ? row.left_at : row.arrived_at)}</span></td>
			<td class="gk-screen-only"><div class="gk-list__actions">${this.actions(row)}</div></td>
		</tr>`;
	}

	/** @param {TodayRow} row */
	actions(row) {
		const desk = app.may("reception");
		const inside = row.state === "arrived" || row.state === "met";
		const named = (/** @type {string} */ words) => html`${words}<span class="gk-unseen"> – ${row.guest}</span>`;
		/** @type {import("../component/gk_menu.mjs").MenuItem[]} */
		const items = [
			...(row.state === "arrived" && desk ? [{ text: t("admin.today.met"), icon: /** @type {const} */ ("check"), run: () => this.meet(row) }] : []),
			...(row.state === "arrived" && desk ? [{ text: t("admin.today.call_again"), icon: /** @type {const} */ ("bell"), run: () => this.callAgain(row) }] : []),
			...(inside ? [{ text: t("admin.today.correct"), icon: /** @type {const} */ ("edit"), key: "e", run: () => this.correct(row) }] : []),
			...(row.state === "left" && desk ? [{ text: t("admin.today.come_back"), icon: /** @type {const} */ ("undo"), run: () => this.comeBack(row) }] : []),
			...(row.appointment_id ? [{ text: t("admin.today.open"), icon: /** @type {const} */ ("calendar"), key: "Enter", run: () => go(`appointments/${row.appointment_id}`) }] : []),
		];
		return html`
			${row.state === "expected" && desk ? html`<button type="button" class="gk-button" data-size="small" @click=${() => this.checkIn(row)}>${named(t("admin.today.check_in"))}</button>` : nothing}
			${row.state === "arrived" && !desk ? html`<button type="button" class="gk-button" data-size="small" @click=${() => this.meet(row)}>${named(t("admin.today.met"))}</button>` : nothing}
			${inside && desk ? html`<button type="button" class="gk-button" data-size="small" @click=${() => this.depart(row)}>${named(t("admin.today.depart"))}</button>` : nothing}
			${items.length === 0 ? nothing : html`<gk-menu .label=${t("admin.more_for", { name: row.guest })} .items=${items}></gk-menu>`}`;
	}
}
customElements.define("admin-today", AdminToday);
