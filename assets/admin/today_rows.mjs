// The day's rows: in which order, under which heading, how many.

/** @typedef {import("#types/api").TodayRow} TodayRow */
/** @typedef {import("#types/api").Appointment} Appointment */
/** @typedef {import("#types/api").Visit} Visit */
/** @typedef {"all" | "expected" | "inside" | "left"} RowFilter */

// Whoever stands at the desk comes first, whoever is gone last.
const RANK = { arrived: 0, met: 1, expected: 2, left: 3, undone: 4, cancelled: 5 };

/** @type {Record<RowFilter, (row: TodayRow) => boolean>} */
const FILTERS = {
	all: () => true,
	expected: ({ state }) => state === "expected",
	inside: ({ state }) => state === "arrived" || state === "met",
	left: ({ state }) => state === "left",
};
export const rowFilters = /** @type {RowFilter[]} */ (Object.keys(FILTERS));

/** What makes a row the same row. @param {TodayRow} row */
export const rowId = (row) => row.visit_id ?? row.guest_id;

/** @param {TodayRow[]} rows @param {RowFilter} filter */
export const filterRows = (rows, filter) => rows.filter(FILTERS[filter]);

/** @param {TodayRow[]} rows */
export function sortRows(rows) {
	return [...rows].sort((a, b) => RANK[a.state] - RANK[b.state] || timeOf(a) - timeOf(b) ||
		a.guest.localeCompare(b.guest) || (a.guest_id < b.guest_id ? -1 : 1));
}

// The newest arrival on top; whoever is expected by the clock; the last to leave first.
/** @param {TodayRow} row */
function timeOf(row) {
	if (row.state === "expected" || row.state === "cancelled") return Date.parse(row.starts_at ?? "") || 0;
	return -(Date.parse((row.state === "left" ? row.left_at : row.arrived_at) ?? "") || 0);
}

/**
 * While somebody points at the list, rows stay where they are and new ones
 * come below; otherwise they are sorted.
 * @param {TodayRow[]} rows
 * @param {string[]} shown guests' ids in the order shown now
 * @param {boolean} hold
 */
export function orderRows(rows, shown, hold) {
	const sorted = sortRows(rows);
	if (!hold) return sorted;
	const places = new Map(shown.map((id, i) => [id, i]));
	const place = (/** @type {TodayRow} */ row) => places.get(row.guest_id) ?? shown.length;
	return sorted.sort((a, b) => place(a) - place(b));
}

/** People, not rows: companions count. @param {TodayRow[]} rows */
export const peopleOf = (rows) => rows.reduce((n, row) => n + row.people, 0);

/** Whether the text is found in what the row shows. @param {TodayRow} row @param {string} words */
export function rowHas(row, words) {
	const fold = (/** @type {string} */ text) => text.normalize("NFKC").toLowerCase();
	const all = fold([row.guest, row.kana, row.company, row.title, row.room, ...row.hosts.map((host) => host.name)].filter(Boolean).join(" "));
	return fold(words).split(/\s+/).filter(Boolean).every((word) => all.includes(word));
}

/**
 * The same rows for a member who sees only the own appointments.
 * @param {Appointment[]} appointments
 * @param {Visit[]} visits
 * @returns {TodayRow[]}
 */
export function rowsOfAppointments(appointments, visits) {
	return appointments.flatMap((appointment) => appointment.guests.filter(({ state }) => state !== "removed").map((guest) => {
		const visit = visits.find((one) => one.guest_id === guest.id);
		return {
			guest_id: guest.id, guest: guest.name, kana: guest.kana, company: guest.company, people: 1 + guest.companions,
			title: appointment.title, room: appointment.room, hosts: appointment.hosts,
			starts_at: appointment.starts_at, ends_at: appointment.ends_at,
			state: visit?.state ?? (appointment.state === "cancelled" ? "cancelled" : "expected"),
			late: visit?.late, arrived_at: visit?.arrived_at ?? null, left_at: visit?.left_at ?? null, left_by: visit?.left_by ?? null,
			appointment_id: appointment.id, visit_id: visit?.id ?? null, version: visit?.version ?? 0, mail_state: guest.mail_state,
		};
	}));
}
