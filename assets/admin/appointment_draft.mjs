// What the appointment form holds, from the API's shape and back.
import { instantOf, isoOf, nextHalfHour, wallOf, wallPlus } from "../shared/date_text.mjs";

/** @typedef {import("#types/api").Appointment} Appointment */
/** @typedef {import("#types/api").AppointmentEdit} AppointmentEdit */
/** @typedef {import("../shared/problem.mjs").FieldFault} FieldFault */
/** @typedef {{key: string, id?: string, name: string, company: string, email: string, companions: string, kana: string, phone: string, language: "ja" | "en"}} DraftGuest */
/**
 * @typedef {object} Draft
 * @property {"single" | "period"} kind
 * @property {string} title
 * @property {string} office_id
 * @property {string} room
 * @property {string} note
 * @property {string} day "2026-11-20"
 * @property {string} from "14:30"
 * @property {string} end_day
 * @property {string} to
 * @property {{id: string, name: string}[]} hosts
 * @property {boolean} invite
 * @property {DraftGuest[]} guests
 * @property {number} [version]
 */

let keys = 0;

/** @param {Partial<DraftGuest>} [known] @returns {DraftGuest} */
export const newGuest = (known = {}) =>
	({ key: `guest-${++keys}`, name: "", company: "", email: "", companions: "0", kana: "", phone: "", language: "ja", ...known });

/** Nothing was typed into it. @param {DraftGuest} guest */
export const isEmptyGuest = ({ name, company, email }) => `${name}${company}${email}`.trim() === "";

/**
 * The form as it opens: today, the next half hour, for an hour, for me.
 * @param {object} o
 * @param {Date} o.now
 * @param {string} o.zone
 * @param {string} o.officeId
 * @param {{id: string, name: string}} o.me
 * @param {string} o.title
 * @returns {Draft}
 */
export function newDraft({ now, zone, officeId, me, title }) {
	const start = nextHalfHour(now, zone);
	const end = wallPlus(start, 60);
	return {
		kind: "single", title, office_id: officeId, room: "", note: "", day: start.slice(0, 10), from: start.slice(11),
		end_day: end.slice(0, 10), to: end.slice(11), hosts: [me], invite: true, guests: [newGuest()],
	};
}

/** @param {Appointment} appointment @returns {Draft} */
export function draftOf(appointment) {
	const start = wallOf(new Date(appointment.starts_at), appointment.time_zone);
	const end = wallOf(new Date(appointment.ends_at), appointment.time_zone);
	return {
		version: appointment.version, kind: appointment.kind, title: appointment.title, office_id: appointment.office_id,
		room: appointment.room ?? "", note: appointment.note ?? "", day: start.slice(0, 10), from: start.slice(11),
		end_day: end.slice(0, 10), to: end.slice(11), hosts: appointment.hosts.map(({ id, name }) => ({ id, name })), invite: true,
		guests: appointment.guests.filter(({ state }) => state !== "removed").map((guest) => newGuest({
			id: guest.id, name: guest.name, company: guest.company ?? "", email: guest.email ?? "", companions: String(guest.companions),
			kana: guest.kana ?? "", phone: guest.phone ?? "", language: guest.language === "en" ? "en" : "ja",
		})),
	};
}

/** One day unless it is for a period. @param {Draft} draft */
const endDay = (draft) => (draft.kind === "single" ? draft.day : draft.end_day);

/**
 * What the server would complain about and we can see ourselves.
 * @param {Draft} draft
 * @param {string} zone of its office
 * @param {Date} now
 * @returns {FieldFault[]}
 */
export function checkDraft(draft, zone, now) {
	/** @type {FieldFault[]} */
	const faults = [];
	const add = (/** @type {string} */ pointer, /** @type {string} */ name) => faults.push({ pointer, name });
	const start = instantOf(`${draft.day}T${draft.from}`, zone);
	const end = instantOf(`${endDay(draft)}T${draft.to}`, zone);

	if (draft.title.trim() === "") add("/title", "missing");
	if (draft.office_id === "") add("/office_id", "missing");
	if (start === null) add("/starts_at", draft.day === "" || draft.from === "" ? "missing" : "bad_format");
	if (end === null) add("/ends_at", draft.to === "" ? "missing" : "bad_format");
	else if (start !== null && end <= start) add("/ends_at", "end_before_start");
	else if (end <= now) add("/ends_at", "in_past");
	if (draft.hosts.length === 0) add("/hosts", "missing");
	const guests = draft.guests.filter((guest) => !isEmptyGuest(guest));
	if (guests.length === 0) add("/guests/0/name", "missing");
	for (const [i, guest] of guests.entries()) {
		if (guest.name.trim() === "") add(`/guests/${i}/name`, "missing");
		if (guest.email.trim() !== "" && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(guest.email.trim())) add(`/guests/${i}/email`, "bad_format");
		if (!/^\d{1,2}$/.test(guest.companions.trim() || "0")) add(`/guests/${i}/companions`, "out_of_range");
	}
	return faults;
}

/**
 * @param {Draft} draft without faults
 * @param {string} zone of its office
 * @returns {AppointmentEdit}
 */
export const editOf = (draft, zone) => ({
	...(draft.version === undefined ? {} : { version: draft.version }),
	kind: draft.kind,
	title: draft.title.trim(),
	office_id: draft.office_id,
	room: draft.room.trim() || null,
	note: draft.note.trim() || null,
	starts_at: isoOf(`${draft.day}T${draft.from}`, zone) ?? "",
	ends_at: isoOf(`${endDay(draft)}T${draft.to}`, zone) ?? "",
	hosts: draft.hosts.map(({ id }) => id),
	invite: draft.invite,
	guests: draft.guests.filter((guest) => !isEmptyGuest(guest)).map((guest) => ({
		...(guest.id === undefined ? {} : { id: guest.id }),
		name: guest.name.trim(),
		kana: guest.kana.trim() || null,
		company: guest.company.trim() || null,
		email: guest.email.trim() || null,
		phone: guest.phone.trim() || null,
		companions: Number(guest.companions.trim() || "0"),
		language: guest.language,
	})),
});
