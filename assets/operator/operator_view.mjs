// Small pieces that several of the operator's pages show.
import { html, nothing } from "lit";
import { saveFile } from "../admin/csv_export.mjs";
import { icon } from "../component/gk_icon.mjs";
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

/** @typedef {{mailed: boolean, url: string | null, expires_at: string}} Invitation */

/** Where no mail goes, the operator hands the link over. @param {Invitation} invitation */
export const linkNotice = ({ url }) => html`<div class="gk-notice" data-tone="caution" role="status">${icon("key")}<div class="gk-notice__body"><p class="gk-notice__title">${t("operator.new.link_title")}</p>
	<p>${t("operator.new.link_text")}</p><p class="operator-link"><code>${url}</code></p></div></div>`;

/** @param {import("../component/gk_form.mjs").FormState} form @param {{who: string, email: string}} values */
export const administratorFields = (form, values) => html`${form.text({ pointer: "/administrator/name", label: t("operator.new.who"), value: values.who, set: (v) => (values.who = v), required: true })}
	${form.text({ pointer: "/administrator/email", label: t("operator.email"), support: t("operator.new.email_support"), value: values.email, set: (v) => (values.email = v), required: true, type: "email", inputmode: "email", language: "en" })}`;

/** The list in view as a file. @param {string} url @param {import("../shared/api_client.mjs").Query} query @param {string} name */
export async function exportCsv(url, query, name) {
	try {
		saveFile(await (await app.api.request("GET", url, undefined, { query: { ...query, lang: textLanguage() } })).blob(), name);
		showToast({ text: t("operator.exported") });
	} catch (fault) {
		showToast({ text: problemTitle(fault) });
	}
}
