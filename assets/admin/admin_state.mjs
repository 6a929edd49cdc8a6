// What all parts of the admin page share: the session, the offices, the office
// in view, the person's choices.  Elements listen to "change".
import { path } from "../shared/api_client.mjs";
import { keepChoice, keptChoice } from "../shared/kept_choice.mjs";
import { SessionState } from "../shared/session_state.mjs";
import { textLanguage } from "../shared/text.mjs";

/** @typedef {import("#types/api").Session} Session */
/** @typedef {import("#types/api").PendingSession} PendingSession */
/** @typedef {import("#types/api").Office} Office */
/** @typedef {import("#types/api").Role} Role */
/** @template T @typedef {{items: T[], next: string | null}} Page */

/** Which roles have a right; the server decides, this only hides what it would refuse. */
const RIGHTS = {
	reception: ["reception", "operations_admin", "system_admin"],
	operations: ["operations_admin", "system_admin"],
	accounts: ["account_admin", "system_admin"],
	system: ["system_admin"],
};
/** @typedef {keyof typeof RIGHTS} Right */

/** @extends {SessionState<Session>} */
class AdminState extends SessionState {
	constructor() {
		super();
		/** The password was right, and this comes before anything else @type {PendingSession | undefined} */
		this.pending = undefined;
		/** @type {Office[]} */
		this.offices = [];
		this.live = false;
	}

	/** @override @param {Session | PendingSession} session */
	async enter(session) {
		this.api.useCsrfToken(session.csrf_token);
		if ("pending" in session) {
			this.pending = session;
			this.session = null;
			this.problem = undefined;
			this.changed();
			return;
		}
		/** @type {Page<Office>} */
		const { items } = await this.api.get(path`/offices`);
		this.offices = items;
		this.pending = undefined;
		super.enter(session);
	}

	/** @override @param {boolean} expired */
	leave(expired) {
		if (this.session === null && this.pending === undefined) return;
		this.pending = undefined;
		this.offices = [];
		super.leave(expired);
	}

	/** @param {Right} right */
	may(right) {
		return this.session?.member.roles.some((role) => RIGHTS[right].includes(role)) ?? false;
	}

	get memberId() {
		return this.session?.member.id ?? "";
	}

	get openOffices() {
		return this.offices.filter((office) => office.state === "open");
	}

	/** The office in view: the one chosen last, else the member's own, else the first. */
	get office() {
		const open = this.openOffices.length > 0 ? this.openOffices : this.offices;
		const own = this.session?.member.offices ?? [];
		return open.find((office) => office.id === keptChoice("office")) ??
			open.find((office) => own.includes(office.id)) ?? open[0];
	}

	/** @param {string} id */
	chooseOffice(id) {
		keepChoice("office", id);
		this.changed();
	}

	/** @param {Office} office made or changed */
	putOffice(office) {
		const rest = this.offices.filter((one) => one.id !== office.id);
		this.offices = [...rest, office].sort((a, b) => a.name.localeCompare(b.name, textLanguage()));
		this.changed();
	}

	/** The time zone of that office, or of the one in view. @param {string} [id] */
	zone(id) {
		return (this.offices.find((office) => office.id === id) ?? this.office)?.time_zone ?? "Asia/Tokyo";
	}

	/** @param {boolean} live */
	setLive(live) {
		if (this.live === live) return;
		this.live = live;
		this.changed();
	}

	/** Are single keys shortcuts? */
	get shortcuts() {
		return keptChoice("shortcuts", "on") === "on";
	}

	/** @param {boolean} on */
	setShortcuts(on) {
		keepChoice("shortcuts", on ? "on" : "off");
		this.changed();
	}

	get theme() {
		return keptChoice("theme", "system");
	}

	/** @param {string} theme "system", "light", "dark" */
	setTheme(theme) {
		keepChoice("theme", theme === "system" ? "" : theme);
		applyTheme();
		this.changed();
	}
}

export function applyTheme() {
	const theme = keptChoice("theme", "system");
	if (theme === "system") delete document.documentElement.dataset.theme;
	else document.documentElement.dataset.theme = theme;
}

export const app = new AdminState();
