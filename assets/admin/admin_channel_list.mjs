// Where arrivals are told: chats and webhooks.
import { html, nothing } from "lit";
import { checkedOf, FormState, valueOf } from "../component/gk_form.mjs";
import { GkElement } from "../component/gk_element.mjs";
import { showDialog } from "../component/gk_dialog.mjs";
import { icon } from "../component/gk_icon.mjs";
import "../component/gk_menu.mjs";
import { emptyState, Loading } from "../component/gk_states.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { newAction, path } from "../shared/api_client.mjs";
import { problemTitle } from "../shared/problem.mjs";
import { t } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import { onCommands } from "./admin_keys.mjs";
import { app } from "./admin_state.mjs";
import { copyText, pageHead } from "./admin_view.mjs";

/** @typedef {import("#types/api").Channel} Channel */

const TONES = /** @type {const} */ ({ on: "positive", off: "quiet", failing: "danger" });

class AdminChannelList extends AdminElement {
	constructor() {
		super();
		/** @type {Loading<import("./admin_state.mjs").Page<Channel>>} */
		this.channels = new Loading(this, (signal) => app.api.get(path`/channels`, { signal }));
	}

	connectedCallback() {
		super.connectedCallback();
		this.channels.load();
		onCommands(this, { new: () => this.edit() });
	}

	/** @param {Channel} [channel] */
	async edit(channel) {
		await showDialog((close) => ({
			heading: t(channel ? "admin.channels.edit" : "admin.channels.new"),
			content: html`<admin-channel-form .channel=${channel ?? null} .close=${close}></admin-channel-form>`,
		}));
		this.channels.load();
	}

	/** @param {Channel} channel */
	async test(channel) {
		try {
			await app.api.post(path`/channels/${channel.id}/tests`, undefined, { action: newAction() });
			showToast({ text: t("admin.channels.tested", { name: channel.name }), action: t("admin.channels.see_deliveries"), onAction: () => (location.hash = "#/deliveries") });
		} catch (fault) {
			showToast({ text: problemTitle(fault) });
		}
	}

	/** @param {Channel} channel @param {"on" | "off"} state */
	async turn(channel, state) {
		try {
			await app.api.patch(path`/channels/${channel.id}`, { version: channel.version, state });
		} catch (fault) {
			showToast({ text: problemTitle(fault) });
		}
		this.channels.load();
	}

	render() {
		const add = html`<button type="button" class="gk-button" data-kind="primary" @click=${() => this.edit()}>${icon("add")}${t("admin.channels.new")}</button>`;
		return html`${pageHead(t("admin.channels.title"), add, t("admin.channels.lead"))}
			<section class="gk-card">${this.channels.render(({ items }) => (items.length === 0 ? emptyState(t("admin.channels.none"), t("admin.channels.none_text"), add) : html`
				<table class="gk-list"><caption class="gk-unseen">${t("admin.channels.title")}</caption>
					<thead><tr><th scope="col">${t("admin.channels.name")}</th><th scope="col">${t("admin.channels.kind")}</th><th scope="col">${t("admin.channels.host")}</th><th scope="col">${t("admin.office")}</th><th scope="col">${t("admin.channels.show_names")}</th><th scope="col">${t("admin.col.state")}</th><th scope="col"><span class="gk-unseen">${t("admin.col.actions")}</span></th></tr></thead>
					<tbody>${items.map((channel) => this.row(channel))}</tbody></table>`), 3)}</section>`;
	}

	/** @param {Channel} channel */
	row(channel) {
		return html`<tr><th scope="row" class="gk-list__strong">${channel.name}</th>
			<td data-label=${t("admin.channels.kind")}>${t(`admin.channels.kind_${channel.kind}`)}</td>
			<td data-label=${t("admin.channels.host")}>${channel.host}</td>
			<td data-label=${t("admin.office")}>${app.offices.find(({ id }) => id === channel.office_id)?.name ?? t("admin.office.all")}</td>
			<td data-label=${t("admin.channels.show_names")}>${channel.kind === "sms" ? "–" : t(channel.show_names ? "admin.yes" : "admin.no")}</td>
			<td><span class="gk-status" data-tone=${TONES[channel.state]}>${t(`admin.channels.state_${channel.state}`)}</span></td>
			<td><div class="gk-list__actions">${channel.kind === "sms" ? nothing : html`<button type="button" class="gk-button" data-size="small" @click=${() => this.test(channel)}>${t("admin.channels.test")}<span class="gk-unseen"> – ${channel.name}</span></button>`}
				${channel.kind === "sms" && !app.may("system") ? nothing : html`<gk-menu .label=${t("admin.more_for", { name: channel.name })} .items=${[
					{ text: t("admin.channels.edit"), icon: /** @type {const} */ ("edit"), run: () => this.edit(channel) },
					channel.state === "off" ? { text: t("admin.channels.turn_on"), icon: /** @type {const} */ ("check"), run: () => this.turn(channel, "on") } :
						{ text: t("admin.channels.turn_off"), icon: /** @type {const} */ ("close"), run: () => this.turn(channel, "off") },
				]}></gk-menu>`}</div></td></tr>`;
	}
}
customElements.define("admin-channel-list", AdminChannelList);

class AdminChannelForm extends GkElement {
	static properties = { channel: { attribute: false }, close: { attribute: false }, made: { state: true } };

	constructor() {
		super();
		/** @type {Channel | null} */
		this.channel = null;
		this.close = () => {};
		/** Just made, with its secret. @type {Channel | undefined} */
		this.made = undefined;
		this.form = new FormState(this);
		this.values = { kind: "slack", name: "", url: "", office_id: "", show_names: true, token: "", format: "json", template: "" };
	}

	connectedCallback() {
		super.connectedCallback();
		if (this.channel) this.values = { ...this.values, kind: this.channel.kind, name: this.channel.name, show_names: this.channel.show_names };
	}

	/** A new gateway for codes by SMS. */
	get isSms() {
		return !this.channel && this.values.kind === "sms";
	}

	/** Its token goes nowhere else than it was given for. */
	get movesSms() {
		return this.channel?.kind === "sms" && this.values.url.trim() !== "";
	}

	check() {
		const { name, url } = this.values;
		const needed = /** @type {("token" | "template")[]} */ (this.isSms ? ["token", "template"] : this.movesSms ? ["token"] : []);
		const sms = needed.filter((member) => this.values[member].trim() === "");
		return [
			...(name.trim() === "" ? [{ pointer: "/name", name: "missing" }] : []),
			...(url.trim() === "" ? (this.channel ? [] : [{ pointer: "/url", name: "missing" }]) : /^https:\/\/\S+$/.test(url.trim()) ? [] : [{ pointer: "/url", name: "bad_format" }]),
			...sms.map((member) => ({ pointer: `/${member}`, name: "missing" })),
		];
	}

	async send() {
		const { kind, office_id, show_names } = this.values;
		const name = this.values.name.trim(), url = this.values.url.trim();
		if (this.channel) await app.api.patch(path`/channels/${this.channel.id}`, { version: this.channel.version, name, show_names, ...(url === "" ? {} : { url }), ...(this.movesSms ? { token: this.values.token.trim() } : {}) });
		else {
			/** @type {Channel} */
			const made = await app.api.post(path`/channels`, { kind, name, url, show_names, ...(office_id === "" ? {} : { office_id }),
				...(this.isSms ? { token: this.values.token.trim(), format: this.values.format, template: this.values.template.trim() } : {}) }, { action: this.form.action });
			if (made.secret) {
				this.made = made;
				return;
			}
		}
		showToast({ text: t("admin.channels.saved", { name }) });
		this.close();
	}

	render() {
		if (this.made) return this.secret(this.made);
		const { form, values } = this;
		return html`<form class="gk-form" novalidate @submit=${(/** @type {Event} */ event) => form.submit(event, () => this.check(), () => this.send())}>
			${form.summary()}
			${this.channel ? nothing : html`<fieldset class="gk-field"><legend class="gk-field__label">${t("admin.channels.kind")}</legend>
				${(/** @type {const} */ (["slack", "webhook", "sms"])).filter((kind) => kind !== "sms" || app.may("system")).map((kind) => html`<label class="gk-check"><input type="radio" name="kind" .checked=${values.kind === kind} @change=${() => ((values.kind = kind), this.requestUpdate())}>
					<span>${t(`admin.channels.kind_${kind}`)} <span class="gk-list__sub">${t(`admin.channels.kind_${kind}_text`)}</span></span></label>`)}</fieldset>`}
			${form.text({ pointer: "/name", label: t("admin.channels.name"), support: t("admin.channels.name_support"), value: values.name, set: (v) => (values.name = v), required: true })}
			${form.text({ pointer: "/url", label: t("admin.channels.url"), support: t(this.channel ? "admin.channels.url_keep" : "admin.channels.url_support"), value: values.url, set: (v) => ((values.url = v), this.requestUpdate()), required: !this.channel, type: "url", inputmode: "url", language: "en" })}
			${this.movesSms ? this.token() : nothing}
			${this.isSms ? this.gateway() : nothing}
			${this.channel || this.isSms || app.offices.length < 2 ? nothing : form.field({ pointer: "/office_id", label: t("admin.office"), control: (a) => html`<select class="gk-input" id=${a.id} @change=${(/** @type {Event} */ event) => (values.office_id = valueOf(event))}>
				<option value="">${t("admin.office.all")}</option>${app.offices.map((office) => html`<option value=${office.id}>${office.name}</option>`)}</select>` })}
			${(this.channel?.kind ?? values.kind) === "sms" ? nothing : html`<label class="gk-check"><input type="checkbox" .checked=${values.show_names} @change=${(/** @type {Event} */ event) => (values.show_names = checkedOf(event))}><span>${t("admin.channels.show_names_long")}</span></label>`}
			<div class="gk-form__actions">${form.sendButton(t("common.save"))}</div>
		</form>`;
	}

	token() {
		const { form, values } = this;
		return html`${form.text({ pointer: "/token", label: t("admin.channels.token"), support: t("admin.channels.token_support"), value: values.token, set: (v) => (values.token = v), required: true, type: "password", language: "en" })}`;
	}

	gateway() {
		const { form, values } = this;
		const example = { json: '{"to":"{number}","body":"{text}"}', form: "to={number}&body={text}" };
		return html`${this.token()}
			<fieldset class="gk-field"><legend class="gk-field__label">${t("admin.channels.format")}</legend><div class="gk-choices">
				${(/** @type {const} */ (["json", "form"])).map((format) => html`<label class="gk-check"><input type="radio" name="format" .checked=${values.format === format} @change=${() => ((values.format = format), this.requestUpdate())}><span>${t(`admin.channels.format_${format}`)}</span></label>`)}</div></fieldset>
			${form.text({ pointer: "/template", label: t("admin.channels.template"), support: t("admin.channels.template_support", { number: "{number}", text: "{text}", example: example[values.format === "form" ? "form" : "json"] }), value: values.template, set: (v) => (values.template = v), required: true, language: "en" })}`;
	}

	/** @param {Channel} made */
	secret(made) {
		const secret = made.secret ?? "";
		return html`<div class="gk-notice" data-tone="caution" role="status">${icon("alert")}<div class="gk-notice__body"><p class="gk-notice__title">${t("admin.channels.secret_title")}</p><p>${t("admin.channels.secret_text")}</p></div></div>
			<p class="admin-secret"><code>${secret}</code></p>
			<div class="gk-dialog__actions"><button type="button" class="gk-button" @click=${() => copyText(secret).then(() => showToast({ text: t("common.copied") }))}>${icon("copy")}${t("common.copy")}</button>
				<button type="button" class="gk-button" data-kind="primary" @click=${() => this.close()}>${t("admin.channels.secret_done")}</button></div>`;
	}
}
customElements.define("admin-channel-form", AdminChannelForm);
