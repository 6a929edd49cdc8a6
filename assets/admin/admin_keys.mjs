// The keyboard map of the admin page.  A key becomes an event "gk-key" with a
// command, given to the page in view; whoever handles it prevents its default.
import { app } from "./admin_state.mjs";

/** @typedef {import("../shared/text.mjs").TextKey} TextKey */

/** @type {{key: string, command: string, text: TextKey}[]} */
export const singleKeys = [
	{ key: "/", command: "search", text: "admin.key.search" },
	{ key: "n", command: "new", text: "admin.key.new" },
	{ key: "j", command: "next", text: "admin.key.next" },
	{ key: "k", command: "previous", text: "admin.key.previous" },
	{ key: "Enter", command: "open", text: "admin.key.open" },
	{ key: "e", command: "edit", text: "admin.key.edit" },
	{ key: "c", command: "check_in", text: "admin.key.check_in" },
	{ key: "d", command: "depart", text: "admin.key.depart" },
	{ key: "u", command: "undo", text: "admin.key.undo" },
	{ key: "p", command: "print", text: "admin.key.print" },
	{ key: "?", command: "help", text: "admin.key.help" },
];

const typing = "input:not([type=checkbox], [type=radio], [type=button]), select, textarea, [contenteditable], [role=combobox], [role=menuitem]";

/**
 * @param {KeyboardEvent} event
 * @returns {string} the command, "" for none
 */
export function commandOf(event) {
	if (event.isComposing || event.defaultPrevented) return "";
	const control = event.ctrlKey || event.metaKey;
	const target = event.target instanceof Element ? event.target : document.body;
	const inField = target.closest(typing) !== null;
	if (control && event.key.toLowerCase() === "k") return "commands";
	if (control && event.key.toLowerCase() === "z" && !inField) return "undo";
	if (control || event.altKey || inField || !app.shortcuts || document.querySelector("dialog[open]") !== null) return "";
	// Enter belongs to the button or link that has the focus.
	if (event.key === "Enter" && target.closest("a, button, summary") !== null) return "";
	return singleKeys.find(({ key }) => key === event.key)?.command ?? "";
}

/**
 * Does the command on the page in view; false when nobody there knows it.
 * @param {string} command
 */
export function sendCommand(command) {
	const event = new CustomEvent("gk-key", { detail: command, cancelable: true });
	document.dispatchEvent(event);
	return event.defaultPrevented;
}

/**
 * Handles commands while the element is on the page.
 * @param {import("../component/gk_element.mjs").GkElement} element
 * @param {Record<string, () => unknown>} handlers by command
 */
export function onCommands(element, handlers) {
	document.addEventListener("gk-key", (event) => {
		const handler = handlers[/** @type {CustomEvent<string>} */ (event).detail];
		if (handler === undefined || event.defaultPrevented) return;
		event.preventDefault();
		handler();
	}, { signal: element.signal });
}

/**
 * The row that j and k move over: by id, so it stays when rows come and go.
 */
export class CurrentRow {
	#element;
	#ids;

	/**
	 * @param {import("../component/gk_element.mjs").GkElement} element
	 * @param {() => string[]} ids of the rows, in order
	 */
	constructor(element, ids) {
		this.#element = element;
		this.#ids = ids;
		this.id = "";
	}

	/** @param {number} step */
	move(step) {
		const ids = this.#ids();
		if (ids.length === 0) return;
		const at = ids.indexOf(this.id);
		this.id = ids[Math.max(0, Math.min(ids.length - 1, at < 0 ? (step > 0 ? 0 : ids.length - 1) : at + step))];
		this.#element.requestUpdate();
		this.#element.updateComplete.then(() => {
			const row = /** @type {HTMLElement | null} */ (this.#element.querySelector("[data-current]"));
			row?.scrollIntoView({ block: "nearest" });
			/** @type {HTMLElement | null} */ (row?.querySelector("a, button"))?.focus({ preventScroll: true });
		});
	}
}
