// From which networks this company may be used.
import { html, nothing } from "lit";
import { FormState, valueOf } from "../component/gk_form.mjs";
import { Loading } from "../component/gk_states.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { path } from "../shared/api_client.mjs";
import { t } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import { app } from "./admin_state.mjs";
import { pageHead } from "./admin_view.mjs";

/** @typedef {import("#types/api").NetworkRule} NetworkRule */

const LISTS = /** @type {const} */ (["admin", "devices", "api_keys"]);

/** What is typed, a network a line. @param {string} text */
const linesOf = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);

class AdminNetworks extends AdminElement {
	constructor() {
		super();
		this.form = new FormState(this);
		this.values = { admin: "", devices: "", api_keys: "" };
		/** @type {Loading<NetworkRule>} */
		this.rule = new Loading(this, async (signal) => this.take(await app.api.get(path`/settings/networks`, { signal })));
	}

	connectedCallback() {
		super.connectedCallback();
		this.rule.load();
	}

	/** @param {NetworkRule} rule */
	take(rule) {
		for (const list of LISTS) this.values[list] = rule[list].join("\n");
		return rule;
	}

	/** The lines as they are sent, so that their numbers are those of the answer. */
	check() {
		for (const list of LISTS) this.values[list] = linesOf(this.values[list]).join("\n");
		return [];
	}

	/** @param {NetworkRule} rule */
	async send(rule) {
		const { values } = this;
		this.rule.value = this.take(await app.api.put(path`/settings/networks`,
			{ version: rule.version, admin: linesOf(values.admin), devices: linesOf(values.devices), api_keys: linesOf(values.api_keys) }));
		showToast({ text: t("admin.networks.saved") });
	}

	/** @param {string} address */
	addMine(address) {
		this.values.admin = [...linesOf(this.values.admin), address].join("\n");
		this.requestUpdate();
	}

	render() {
		const { values, form } = this;
		return html`${pageHead(t("admin.networks.title"), nothing, t("admin.networks.lead"))}${this.rule.render((rule) => html`
			<form class="gk-form" novalidate @submit=${(/** @type {Event} */ event) => form.submit(event, () => this.check(), () => this.send(rule))}>
				${form.summary()}
				<section class="gk-card admin-appointment__part">
					${LISTS.map((list) => html`${form.field({ pointer: `/${list}`, label: t(`admin.networks.${list}`), support: `${t(`admin.networks.${list}_support`)}${t("admin.networks.lines")}`, control: (a) => html`
						<textarea class="gk-input" id=${a.id} rows="4" lang="en" spellcheck="false" autocapitalize="none" .value=${values[list]} aria-invalid=${a.invalid} aria-describedby=${a.described}
							@input=${(/** @type {Event} */ event) => (values[list] = valueOf(event))}></textarea>` })}
						${list === "admin" ? html`<p class="admin-networks__mine">${t("admin.networks.address")} <code>${rule.address || t("admin.networks.unknown")}</code>
							${rule.address === "" ? nothing : html`<button type="button" class="gk-button" data-size="small" @click=${() => this.addMine(rule.address)}>${t("admin.networks.add_mine")}</button>`}</p>` : nothing}`)}
				</section>
				<div class="gk-form__actions">${form.sendButton(t("common.save"))}</div>
			</form>`, 4)}`;
	}
}
customElements.define("admin-networks", AdminNetworks);
