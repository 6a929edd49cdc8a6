// Keys by which other systems use the API.
import { html, nothing } from "lit";
import { checkedOf, FormState, valueOf } from "../component/gk_form.mjs";
import { GkElement } from "../component/gk_element.mjs";
import { askFirst, showDialog } from "../component/gk_dialog.mjs";
import { icon } from "../component/gk_icon.mjs";
import { emptyState, Loading } from "../component/gk_states.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { path } from "../shared/api_client.mjs";
import { problemTitle } from "../shared/problem.mjs";
import { t } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import { onCommands } from "./admin_keys.mjs";
import { app } from "./admin_state.mjs";
import { copyText, dayOf, dayTimeOf, namesText, pageHead } from "./admin_view.mjs";

/** @typedef {import("#types/api").ApiKey} ApiKey */
/** @typedef {ApiKey["scopes"][number]} Scope */

const SCOPES = /** @type {const} */ (["visits:read", "visits:write", "visits:export", "appointments:read", "appointments:write", "passes:read", "members:read", "offices:read"]);
const DAYS = /** @type {const} */ ([30, 90, 180, 365, 730]);
const TONES = /** @type {const} */ ({ active: "positive", expired: "caution", revoked: "quiet" });

/** @param {Scope} scope */
const scopeText = (scope) => t(/** @type {import("../shared/text.mjs").TextKey} */ (`admin.api_keys.scope_${scope.replace(":", "_")}`));

class AdminApiKeys extends AdminElement {
	constructor() {
		super();
		/** @type {Loading<import("./admin_state.mjs").Page<ApiKey>>} */
		this.keys = new Loading(this, (signal) => app.api.get(path`/api-keys`, { signal }));
	}

	connectedCallback() {
		super.connectedCallback();
		this.keys.load();
		onCommands(this, { new: () => this.make() });
	}

	async make() {
		await showDialog((close) => ({ heading: t("admin.api_keys.new"), content: html`<admin-api-key-form .close=${close}></admin-api-key-form>` }));
		this.keys.load();
	}

	/** @param {ApiKey} key */
	async revoke(key) {
		const { name } = key;
		if (!await askFirst({ heading: t("admin.api_keys.revoke_title", { name }), text: t("admin.api_keys.revoke_text"), action: t("admin.api_keys.revoke") })) return;
		try {
			await app.api.delete(path`/api-keys/${key.id}`);
			showToast({ text: t("admin.api_keys.revoked", { name }) });
		} catch (fault) {
			showToast({ text: problemTitle(fault) });
		}
		this.keys.load();
	}

	render() {
		const add = html`<button type="button" class="gk-button" data-kind="primary" @click=${() => this.make()}>${icon("add")}${t("admin.api_keys.new")}</button>`;
		return html`${pageHead(t("admin.api_keys.title"), add, t("admin.api_keys.lead"))}
			<section class="gk-card">${this.keys.render(({ items }) => (items.length === 0 ? emptyState(t("admin.api_keys.none"), t("admin.api_keys.none_text"), add) : html`
				<table class="gk-list"><caption class="gk-unseen">${t("admin.api_keys.title")}</caption>
					<thead><tr><th scope="col">${t("admin.api_keys.name")}</th><th scope="col">${t("admin.api_keys.scopes")}</th><th scope="col">${t("admin.api_keys.maker")}</th><th scope="col">${t("admin.api_keys.expires")}</th><th scope="col">${t("admin.api_keys.used")}</th><th scope="col">${t("admin.col.state")}</th><th scope="col"><span class="gk-unseen">${t("admin.col.actions")}</span></th></tr></thead>
					<tbody>${items.map((key) => this.row(key))}</tbody></table>`), 3)}</section>`;
	}

	/** @param {ApiKey} key */
	row(key) {
		return html`<tr><th scope="row" class="gk-list__strong">${key.name}</th>
			<td data-label=${t("admin.api_keys.scopes")}>${namesText(key.scopes.map(scopeText))}</td>
			<td data-label=${t("admin.api_keys.maker")}>${key.created_by.name}${key.created_by.left ? html` <span class="gk-status" data-tone=${key.state === "active" ? "caution" : "quiet"}>${t("admin.members.state_disabled")}</span>` : nothing}</td>
			<td data-label=${t("admin.api_keys.expires")}>${dayOf(key.expires_at)}</td>
			<td data-label=${t("admin.api_keys.used")}>${key.used_at ? dayTimeOf(key.used_at) : t("admin.api_keys.never")}</td>
			<td><span class="gk-status" data-tone=${TONES[key.state]}>${t(`admin.api_keys.state_${key.state}`)}</span></td>
			<td><div class="gk-list__actions">${key.state === "active" ? html`<button type="button" class="gk-button" data-size="small" @click=${() => this.revoke(key)}>${t("admin.api_keys.revoke")}<span class="gk-unseen"> – ${key.name}</span></button>` : nothing}</div></td></tr>`;
	}
}
customElements.define("admin-api-keys", AdminApiKeys);

class AdminApiKeyForm extends GkElement {
	static properties = { close: { attribute: false }, made: { state: true } };

	constructor() {
		super();
		this.close = () => {};
		/** Just made. @type {string | undefined} */
		this.made = undefined;
		this.form = new FormState(this);
		this.name = "";
		this.days = "90";
		/** @type {Set<Scope>} */
		this.scopes = new Set();
	}

	check() {
		return [
			...(this.name.trim() === "" ? [{ pointer: "/name", name: "missing" }] : []),
			...(this.scopes.size === 0 ? [{ pointer: "/scopes", name: "too_few" }] : []),
		];
	}

	async send() {
		const body = { name: this.name.trim(), scopes: [...this.scopes], days: Number(this.days) };
		this.made = /** @type {ApiKey & {token: string}} */ (await app.api.post(path`/api-keys`, body, { action: this.form.action })).token;
	}

	render() {
		const { form, made } = this;
		if (made !== undefined) return html`
			<div class="gk-notice" data-tone="caution" role="status">${icon("alert")}<div class="gk-notice__body"><p class="gk-notice__title">${t("admin.api_keys.made_title")}</p><p>${t("admin.api_keys.made_text")}</p></div></div>
			<p class="admin-secret"><code>${made}</code></p>
			<div class="gk-dialog__actions"><button type="button" class="gk-button" @click=${() => copyText(made).then(() => showToast({ text: t("common.copied") }))}>${icon("copy")}${t("common.copy")}</button>
				<button type="button" class="gk-button" data-kind="primary" @click=${() => this.close()}>${t("admin.channels.secret_done")}</button></div>`;
		const fault = form.faultOf("/scopes");
		return html`<form class="gk-form" novalidate @submit=${(/** @type {Event} */ event) => form.submit(event, () => this.check(), () => this.send())}>
			${form.summary()}
			${form.text({ pointer: "/name", label: t("admin.api_keys.name"), support: t("admin.api_keys.name_support"), value: this.name, set: (v) => (this.name = v), required: true })}
			<fieldset class="gk-field" ?data-faulty=${fault !== undefined} id="field-scopes" tabindex="-1"><legend class="gk-field__label" id="field-scopes-label">${t("admin.api_keys.scopes")}</legend>
				${fault ? html`<p class="gk-field__fault">${icon("alert")}<span>${fault}</span></p>` : nothing}
				${SCOPES.map((scope) => html`<label class="gk-check"><input type="checkbox" name="scope" @change=${(/** @type {Event} */ event) => void (checkedOf(event) ? this.scopes.add(scope) : this.scopes.delete(scope))}><span>${scopeText(scope)}</span></label>`)}</fieldset>
			${form.field({ pointer: "/days", label: t("admin.api_keys.valid"), control: (a) => html`<select class="gk-input" id=${a.id} @change=${(/** @type {Event} */ event) => (this.days = valueOf(event))}>
				${DAYS.map((days) => html`<option value=${days} ?selected=${String(days) === this.days}>${t("admin.api_keys.days", { days })}</option>`)}</select>` })}
			<div class="gk-form__actions">${form.sendButton(t("admin.api_keys.make"))}</div>
		</form>`;
	}
}
customElements.define("admin-api-key-form", AdminApiKeyForm);
