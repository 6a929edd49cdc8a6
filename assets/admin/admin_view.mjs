// Small pieces many pages show: heads, states, office choice, times.
import { html, nothing } from "lit";
import { t, textLanguage } from "../shared/text.mjs";
import { dayText, dayTimeText, ownZone, spanText, timeText } from "../shared/date_text.mjs";
import { app } from "./admin_state.mjs";

/** @typedef {import("#types/api").TodayRow} TodayRow */
/** @typedef {import("#types/api").Guest} Guest */

/** The head of a page. @param {string} title @param {unknown} [aside] @param {unknown} [lead] */
export const pageHead = (title, aside = nothing, lead = nothing) => html`<div class="admin-head">
	<div class="admin-head__words"><h1 tabindex="-1">${title}</h1>${lead === nothing ? nothing : html`<p class="admin-head__lead">${lead}</p>`}</div>
	${aside === nothing ? nothing : html`<div class="admin-head__aside">${aside}</div>`}</div>`;

const TONES = /** @type {const} */ ({ expected: "", arrived: "accent", met: "positive", left: "quiet", undone: "quiet", cancelled: "quiet" });

/** @param {TodayRow["state"]} state @param {boolean} [late] @param {boolean} [automatic] */
export const visitState = (state, late = false, automatic = false) => html`<span class="gk-status" data-tone=${TONES[state]}>${t(`admin.state.${state}`)}</span>
	${late ? html` <span class="gk-badge" data-tone="caution">${t("admin.state.late")}</span>` : nothing}
	${automatic ? html` <span class="gk-badge">${t("admin.state.automatic")}</span>` : nothing}`;

const MAIL_TONES = /** @type {const} */ ({ none: "quiet", waiting: "", sent: "done", failed: "danger" });

/** @param {Guest["mail_state"]} state */
export const mailState = (state) => html`<span class="gk-status" data-tone=${MAIL_TONES[state]}>${t(`admin.mail_state.${state}`)}</span>`;

/** @param {string | null | undefined} iso @param {string} [officeId] */
export const timeOf = (iso, officeId) => (iso ? html`<time datetime=${iso}>${timeText(iso, app.zone(officeId), textLanguage())}</time>` : nothing);

/** @param {string | null | undefined} iso @param {string} [officeId] */
export const dayTimeOf = (iso, officeId) => (iso ? html`<time datetime=${iso}>${dayTimeText(iso, app.zone(officeId), textLanguage())}</time>` : nothing);

/** @param {string | null | undefined} iso @param {string} [officeId] */
export const dayOf = (iso, officeId) => (iso ? html`<time datetime=${iso}>${dayText(iso, app.zone(officeId), textLanguage())}</time>` : nothing);

/** @param {string} from @param {string} to @param {string} zone */
export const spanOf = (from, to, zone) => html`<span class="gk-list__time">${spanText(from, to, zone, textLanguage())}</span>${zoneNote(zone)}`;

/** Says the zone when it is not the viewer's. @param {string} zone */
export const zoneNote = (zone) => (zone === ownZone() ? nothing : html` <span class="gk-badge">${zone}</span>`);

/** Names with the sign between them that the language uses. @param {string[]} names */
export const namesText = (names) => names.join(textLanguage() === "ja" ? "\u3001" : ", ");

/**
 * A choice of offices; nothing when there is only one.
 * @param {object} o
 * @param {string} o.id
 * @param {string} o.value
 * @param {(id: string) => void} o.choose
 * @param {boolean} [o.all] offer "all offices"
 * @param {boolean} [o.labelled] show the label
 */
export function officeChoice({ id, value, choose, all = false, labelled = false }) {
	if (app.offices.length < 2) return nothing;
	return html`<div class="gk-field"><label class=${labelled ? "gk-field__label" : "gk-unseen"} for=${id}>${t("admin.office")}</label>
		<select class="gk-input" id=${id} @change=${(/** @type {Event} */ event) => choose(/** @type {HTMLSelectElement} */ (event.target).value)}>
			${all ? html`<option value="" ?selected=${value === ""}>${t("admin.office.all")}</option>` : nothing}
			${app.offices.map((office) => html`<option value=${office.id} ?selected=${office.id === value}>${office.name}</option>`)}
		</select></div>`;
}

/** @param {string} text */
export async function copyText(text) {
	await navigator.clipboard.writeText(text);
}
