// A refusal or a fault of the server, as the pages tell it.
import { isTextKey, t } from "./text.mjs";

/** @typedef {import("#types/api").Problem} ProblemBody */
/** @typedef {{pointer: string, name: string, min?: number}} FieldFault */

/** An answer other than the one asked for. */
export class Problem extends Error {
	/**
	 * @param {string} name as in the API document, "away" when nobody answered
	 * @param {number} status of HTTP, 0 when nobody answered
	 * @param {Partial<ProblemBody>} body
	 */
	constructor(name, status, body) {
		super(body.title ?? name);
		this.name = name;
		this.status = status;
		this.body = body;
		/** @type {FieldFault[]} */
		this.errors = body.errors ?? [];
	}

	/** Nobody answered, or somebody who cannot answer now: try again later. */
	get isAway() {
		return this.status === 0 || this.status >= 502;
	}
}

/**
 * What happened, in the page's language.
 * @param {unknown} fault
 * @param {(iso: string) => string} [time] writes a time of the problem
 */
export const problemTitle = (fault, time) => say(fault, "title", time);

/**
 * What to do now.
 * @param {unknown} fault
 * @param {(iso: string) => string} [time]
 */
export const problemNext = (fault, time) => say(fault, "next", time);

/**
 * @param {unknown} fault
 * @param {"title" | "next"} part
 * @param {(iso: string) => string} [time]
 */
function say(fault, part, time = (iso) => iso) {
	const problem = fault instanceof Problem ? fault : new Problem("fault", 500, {});
	const body = problem.body;
	const key = `problem.${problem.name}.${part}`;

	if (!isTextKey(key)) return (part === "title" ? body.title : body.detail) ?? t(`problem.fault.${part}`, { incident: "–" });
	return t(key, {
		incident: body.incident ?? "–",
		office: body.office ?? "",
		seconds: body.retry_after ?? "",
		retry_after: body.retry_after ?? "",
		scope: body.scope ?? "",
		address: body.address ?? "",
		what: body.what ?? "",
		limit: body.limit ?? "",
		day: body.day ?? "",
		from: body.from ? time(body.from) : "",
		until: body.until ? time(body.until) : "",
		since: body.since ? time(body.since) : "",
	});
}

/**
 * What is wrong with a field: the words for this member if there are any, or
 * those for any field.
 * @param {FieldFault} error
 */
export function fieldFaultText({ pointer, name, min }) {
	const parts = pointer.split("/");
	const member = parts.filter((part) => !/^\d*$/.test(part)).at(-1) ?? "";
	const line = Number(parts.at(-1)) + 1;
	for (const key of [`field.${member}.${name}`, `field.${name}`]) if (isTextKey(key)) return t(key, { line, min: min ?? "" });
	return t("field.bad_format");
}
