// The first run: three steps to the first guest, gone when they are done.
import { html, nothing } from "lit";
import { icon } from "../component/gk_icon.mjs";
import { path } from "../shared/api_client.mjs";
import { keepChoice, keptChoice } from "../shared/kept_choice.mjs";
import { t } from "../shared/text.mjs";
import { app } from "./admin_state.mjs";

/** @typedef {{office: boolean, device: boolean, appointment: boolean}} FirstSteps */

/**
 * What is done so far; null when all is, or when it is not this person's to do.
 * @param {AbortSignal} signal
 * @returns {Promise<FirstSteps | null>}
 */
export async function readFirstSteps(signal) {
	const kept = `started.${app.session?.tenant.name}`;
	if (!app.may("operations") || keptChoice(kept) === "yes") return null;
	const office = app.offices.length > 0;
	/** @type {[import("./admin_state.mjs").Page<import("#types/api").Device>, import("./admin_state.mjs").Page<unknown>]} */
	const [devices, appointments] = await Promise.all([
		app.api.get(path`/devices`, { signal }), app.api.get(path`/appointments`, { query: { limit: 1 }, signal })]);
	const steps = { office, device: devices.items.some(({ state }) => state === "active"), appointment: appointments.items.length > 0 };
	if (!steps.office || !steps.device || !steps.appointment) return steps;
	keepChoice(kept, "yes");
	return null;
}

const ways = { office: "offices/new", device: "devices?new=1", appointment: "appointments/new" };

/** @param {FirstSteps} steps */
export function firstSteps(steps) {
	const order = /** @type {(keyof FirstSteps)[]} */ (Object.keys(ways));
	const next = order.find((step) => !steps[step]);
	return html`<section class="gk-card admin-steps gk-screen-only" aria-labelledby="steps-title">
		<h2 id="steps-title">${t("admin.steps.title")}</h2>
		<ol>${order.map((step, i) => html`<li class="admin-steps__one" ?data-done=${steps[step]} aria-current=${step === next ? "step" : nothing}>
			<span class="admin-steps__mark">${steps[step] ? icon("check") : i + 1}</span>
			<div><p class="admin-steps__title">${t(`admin.steps.${step}`)}${steps[step] ? html`<span class="gk-unseen"> ${t("admin.steps.done")}</span>` : nothing}</p>
				<p class="gk-muted gk-small">${t(`admin.steps.${step}_text`)}</p></div>
			${steps[step] ? nothing : html`<a class="gk-button" data-size="small" data-kind=${step === next ? "primary" : nothing} href="#/${ways[step]}">${t(`admin.steps.${step}_action`)}</a>`}
		</li>`)}</ol></section>`;
}
