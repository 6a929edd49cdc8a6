// Small pieces that several of the operator's pages show.
import { html, nothing } from "lit";
import { saveFile } from "../admin/csv_export.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { dayTimeText, ownZone } from "../shared/date_text.mjs";
import { problemTitle } from "../shared/problem.mjs";
import { t, textLanguage } from "../shared/text.mjs";
import { app } from "./operator_state.mjs";

/** @typedef {import("#types/operator").TenantState} TenantState */

/** @param {string} title @param {unknown} [aside] @param {unknown} [lead] */
export const pageHead = (title, aside = nothing, lead = nothing) => html`<div class="admin-head">
	<div class="admin-head__words"><h1 tabindex="-1">${title}</h1>${lead === nothing ? nothing : html`<p class="admin-head__lead">${lead}</p>`}</div>
	${aside === nothing ? nothing : html`<div class="admin-head__aside">${aside}</div>`}</div>`;

const TONES = /** @type {const} */ ({ active: "positive", suspended: "danger", ending: "accent", ended: "quiet" });

/** @param {TenantState} state */
export const tenantState = (state) => html`<span class="gk-status" data-tone=${TONES[state]}>${t(`operator.state.${state}`)}</span>`;

/** @param {string | null} iso */
export const momentOf = (iso) => (iso ? html`<time datetime=${iso}>${dayTimeText(iso, ownZone(), textLanguage())}</time>` : "–");

/** The list in view as a file. @param {string} url @param {import("../shared/api_client.mjs").Query} query @param {string} name */
export async function exportCsv(url, query, name) {
	try {
		saveFile(await (await app.api.request("GET", url, undefined, { query: { ...query, lang: textLanguage() } })).blob(), name);
		showToast({ text: t("operator.exported") });
	} catch (fault) {
		showToast({ text: problemTitle(fault) });
	}
}
