// Ctrl+K: everything by its name; "?": the keyboard map.
import { html, nothing } from "lit";
import { GkElement } from "../component/gk_element.mjs";
import { showDialog } from "../component/gk_dialog.mjs";
import { t } from "../shared/text.mjs";
import { singleKeys } from "./admin_keys.mjs";
import { app } from "./admin_state.mjs";

/** @typedef {{text: string, key?: string, run: () => unknown}} Command */

class AdminCommands extends GkElement {
	static properties = { commands: { attribute: false }, close: { attribute: false }, words: { state: true }, at: { state: true } };

	constructor() {
		super();
		/** @type {Command[]} */
		this.commands = [];
		this.close = () => {};
		this.words = "";
		this.at = 0;
	}

	get found() {
		const words = this.words.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
		return this.commands.filter(({ text }) => words.every((word) => text.toLowerCase().includes(word)));
	}

	/** @param {KeyboardEvent} event */
	onKey(event) {
		if (event.isComposing) return;
		const n = this.found.length;
		if (event.key === "ArrowDown") this.at = (this.at + 1) % Math.max(n, 1);
		else if (event.key === "ArrowUp") this.at = (this.at + n - 1) % Math.max(n, 1);
		else if (event.key === "Enter" && this.found[this.at]) this.choose(this.found[this.at]);
		else return;
		event.preventDefault();
	}

	/** @param {Command} command */
	choose(command) {
		this.close();
		command.run();
	}

	render() {
		return html`<div class="admin-commands">
			<input class="gk-input" data-focus role="combobox" aria-expanded="true" aria-controls="commands" aria-label=${t("admin.commands.label")} autocomplete="off" spellcheck="false"
				aria-activedescendant=${this.found.length > 0 ? `command-${this.at}` : nothing} @keydown=${this.onKey}
				@input=${(/** @type {Event} */ event) => ((this.words = /** @type {HTMLInputElement} */ (event.target).value), (this.at = 0))}>
			<ul id="commands" role="listbox" aria-label=${t("admin.commands.label")}>${this.found.map((command, i) => html`
				<li class="gk-picker__option admin-commands__one" id="command-${i}" role="option" aria-selected=${i === this.at} @click=${() => this.choose(command)}>
					<span>${command.text}</span>${command.key ? html`<kbd>${command.key}</kbd>` : nothing}</li>`)}</ul>
		</div>`;
	}
}
customElements.define("admin-commands", AdminCommands);

/** @param {Command[]} commands */
export const showCommands = (commands) => void showDialog((close) => ({
	heading: t("admin.commands.title"),
	content: html`<admin-commands .commands=${commands} .close=${close}></admin-commands>`,
}));

export const showHelp = () => void showDialog(() => ({
	heading: t("admin.key.help_title"),
	content: html`
		${app.shortcuts ? nothing : html`<p class="gk-notice">${t("admin.key.off")}</p>`}
		<table class="admin-keys"><tbody>
			${[...singleKeys, { key: "Ctrl K", text: /** @type {const} */ ("admin.key.commands") }, { key: "Ctrl Z", text: /** @type {const} */ ("admin.key.undo") },
				{ key: "Esc", text: /** @type {const} */ ("admin.key.escape") }].map(({ key, text }) =>
				html`<tr><th scope="row">${key.split(" ").map((one) => html`<kbd>${one}</kbd> `)}</th><td>${t(text)}</td></tr>`)}
		</tbody></table>
		<p class="gk-small gk-muted">${t("admin.key.where_off")}</p>`,
}));
