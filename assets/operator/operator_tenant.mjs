// One company: its contract, its keys, and what may be done to it, each asked
// first.
import { html, nothing } from "lit";
import { askFirst, showDialog } from "../component/gk_dialog.mjs";
import { FormState, valueOf } from "../component/gk_form.mjs";
import { icon } from "../component/gk_icon.mjs";
import { Loading, problemNotice } from "../component/gk_states.mjs";
import { showToast } from "../component/gk_toasts.mjs";
import { path } from "../shared/api_client.mjs";
import { Problem, problemNext, problemTitle } from "../shared/problem.mjs";
import { t } from "../shared/text.mjs";
import { app, OperatorElement } from "./operator_state.mjs";
import { administratorFields, linkNotice, momentOf, pageHead, tenantState } from "./operator_view.mjs";

/** @typedef {import("#types/operator").Tenant} Tenant */
/** @typedef {{use: string, version: number, state: string, kms_key_id: string, created_at: string, writes: number}} Key */

const LIMITS = /** @type {const} */ (["members", "offices", "devices", "appointments"]);

class OperatorTenant extends OperatorElement {
	static properties = { tenantId: {} };

	constructor() {
		super();
		this.tenantId = "";
		/** @type {Loading<Tenant>} */
		this.tenant = new Loading(this, (signal) => app.api.get(path`/tenants/${this.tenantId}`, { signal }));
		/** @type {Loading<{items: Key[]}>} */
		this.keys = new Loading(this, (signal) => app.api.get(path`/tenants/${this.tenantId}/keys`, { signal }));
	}

	connectedCallback() {
		super.connectedCallback();
		this.tenant.load();
		this.keys.load();
	}

	/** @param {Tenant} now @param {string} words */
	changed(now, words) {
		this.tenant.value = now;
		this.requestUpdate();
		showToast({ text: words });
	}

	/** @param {"suspend" | "resume" | "cancel_end"} what @param {Tenant} row */
	async ask(what, row) {
		const values = { name: row.display_name };
		if (!await askFirst({ heading: t(`operator.${what}.ask`, values), text: t(`operator.${what}.text`), action: t(`operator.${what}.action`) })) return;
		const at = what === "cancel_end" ? path`/tenants/${row.id}/end` : path`/tenants/${row.id}/suspension`;
		try {
			this.changed(await (what === "suspend" ? app.api.post(at) : app.api.delete(at)), t(`operator.${what}.done`, values));
		} catch (fault) {
			showToast({ text: problemTitle(fault) });
			this.tenant.load();
		}
	}

	/** @param {Tenant} row @param {"operator-plan-form" | "operator-end-form"} kind */
	open(row, kind) {
		const plan = kind === "operator-plan-form";
		showDialog((close) => {
			const done = (/** @type {Tenant} */ now) => {
				close();
				this.changed(now, t(plan ? "operator.plan.done" : "operator.end.done", { name: row.display_name }));
			};
			return {
				heading: t(plan ? "operator.plan.title" : "operator.end.title", { name: row.display_name }),
				content: plan ? html`<operator-plan-form .tenant=${row} .done=${done}></operator-plan-form>` : html`<operator-end-form .tenant=${row} .done=${done}></operator-end-form>`,
			};
		});
	}

	/** @param {Tenant} row */
	invite(row) {
		showDialog((close) => ({
			heading: t("operator.invite.title", { name: row.display_name }),
			content: html`<operator-invite-form .tenant=${row} .done=${(/** @type {string} */ email) => {
				close();
				showToast({ text: t("operator.new.mailed", { email }) });
			}}></operator-invite-form>`,
		}));
	}

	/** @param {Tenant} row */
	async certificate(row) {
		try {
			/** @type {{certificate: string, signature: string}} */
			const { certificate, signature } = await app.api.get(path`/tenants/${row.id}/certificate`);
			await showDialog(() => ({ heading: t("operator.certificate.title"), wide: true, content: html`<pre>${certificate}</pre><p class="operator-link"><code>${signature}</code></p>` }));
		} catch (fault) {
			const due = fault instanceof Problem ? fault.body.due_at : undefined;
			await showDialog(() => ({ heading: problemTitle(fault), content: html`<p>${problemNext(fault)}</p>${due ? html`<p>${t("operator.certificate.due")} ${momentOf(String(due))}</p>` : nothing}` }));
		}
	}

	render() {
		return html`<p class="admin-back"><a href="#/tenants">${t("operator.tenants.title")}</a></p>${this.tenant.render((row) => this.page(row))}`;
	}

	/** @param {Tenant} row */
	page(row) {
		const button = (/** @type {string} */ words, /** @type {() => unknown} */ run, /** @type {string | typeof nothing} */ kind = nothing) => html`<button type="button" class="gk-button" data-kind=${kind} @click=${run}>${words}</button>`;
		return html`${pageHead(row.display_name, html`${tenantState(row.state)}`)}
			<section class="gk-card operator-section"><h2>${t("operator.contract")}</h2>
				<dl class="operator-facts">
					<dt>${t("operator.col.name")}</dt><dd>${row.name}</dd>
					<dt>${t("operator.col.plan")}</dt><dd>${row.plan ?? "–"}</dd>
					${LIMITS.map((name) => html`<dt>${t(`operator.limit.${name}`)}</dt><dd>${row.limits[name] ?? t("operator.limit.none")}</dd>`)}
					<dt>${t("operator.col.created_at")}</dt><dd>${momentOf(row.created_at)}</dd>
					<dt>${t("operator.col.stops_at")}</dt><dd>${momentOf(row.stops_at)}</dd>
					<dt>${t("operator.col.data_until")}</dt><dd>${momentOf(row.data_until)}</dd>
					<dt>${t("operator.col.time_zone")}</dt><dd>${row.time_zone}</dd>
				</dl>
				<div class="operator-actions">
					${row.state === "ended" ? nothing : button(t("operator.plan.action"), () => this.open(row, "operator-plan-form"))}
					${row.state === "active" ? button(t("operator.invite.action"), () => this.invite(row)) : nothing}
					${row.state === "active" ? button(t("operator.suspend.action"), () => this.ask("suspend", row), "danger") : nothing}
					${row.state === "suspended" ? button(t("operator.resume.action"), () => this.ask("resume", row)) : nothing}
					${row.stops_at !== null && row.state !== "ended" ? button(t("operator.cancel_end.action"), () => this.ask("cancel_end", row)) : nothing}
					${row.state === "ended" ? button(t("operator.certificate.action"), () => this.certificate(row)) : button(t("operator.end.action"), () => this.open(row, "operator-end-form"), "danger")}
				</div></section>
			<section class="gk-card operator-section"><h2>${t("operator.keys.title")}</h2><p>${t("operator.keys.lead")}</p>
				${this.keys.problem !== undefined ? problemNotice(this.keys.problem, () => this.keys.load()) : this.keys.render(({ items }) => html`
				<table class="gk-list"><caption class="gk-unseen">${t("operator.keys.title")}</caption>
					<thead><tr><th scope="col">${t("operator.keys.use")}</th><th scope="col">${t("operator.keys.version")}</th><th scope="col">${t("operator.col.state")}</th><th scope="col">${t("operator.col.created_at")}</th><th scope="col">${t("operator.keys.kms")}</th></tr></thead>
					<tbody>${items.map((key) => html`<tr><th scope="row" class="gk-list__strong">${key.use}</th><td data-label=${t("operator.keys.version")}>${key.version}</td><td data-label=${t("operator.col.state")}>${key.state}</td>
						<td data-label=${t("operator.col.created_at")}>${momentOf(key.created_at)}</td><td data-label=${t("operator.keys.kms")} class="operator-link"><code>${key.kms_key_id}</code></td></tr>`)}</tbody></table>`, 5)}
			</section>
			<p class="operator-section"><a class="gk-button" href="#/log?tenant_id=${row.id}">${icon("time")}${t("operator.log.of_tenant")}</a></p>`;
	}
}
customElements.define("operator-tenant", OperatorTenant);

class OperatorPlanForm extends OperatorElement {
	static properties = { tenant: { attribute: false }, done: { attribute: false } };

	constructor() {
		super();
		/** @type {Tenant | undefined} */
		this.tenant = undefined;
		/** @type {(now: Tenant) => void} */
		this.done = () => {};
		this.form = new FormState(this);
		/** @type {Record<string, string>} */
		this.values = {};
	}

	connectedCallback() {
		super.connectedCallback();
		this.values = { plan: this.tenant?.plan ?? "", ...Object.fromEntries(LIMITS.map((name) => [name, String(this.tenant?.limits[name] ?? "")])) };
	}

	check() {
		return LIMITS.filter((name) => !/^\s*\d*\s*$/.test(this.values[name])).map((name) => ({ pointer: `/${name}`, name: "out_of_range" }));
	}

	async send() {
		const body = { plan: this.values.plan.trim() || null, ...Object.fromEntries(LIMITS.map((name) => [name, this.values[name].trim() === "" ? null : Number(this.values[name])])) };
		/** @type {Tenant} */
		const now = await app.api.put(path`/tenants/${this.tenant?.id ?? ""}/plan`, body, { signal: this.signal });
		this.done(now);
	}

	render() {
		const { values, form } = this;
		return html`<form class="gk-form" novalidate @submit=${(/** @type {Event} */ event) => form.submit(event, () => this.check(), () => this.send())}>
			${form.summary()}
			${form.text({ pointer: "/plan", label: t("operator.plan.name"), value: values.plan, set: (v) => (values.plan = v) })}
			${LIMITS.map((name) => form.text({ pointer: `/${name}`, label: t(`operator.limit.${name}`), support: t("operator.limit.support"), value: values[name], set: (v) => (values[name] = v), inputmode: "numeric", size: "number" }))}
			<div class="gk-form__actions">${form.sendButton(t("common.save"))}</div></form>`;
	}
}
customElements.define("operator-plan-form", OperatorPlanForm);

class OperatorInviteForm extends OperatorElement {
	static properties = { tenant: { attribute: false }, done: { attribute: false }, made: { state: true } };

	constructor() {
		super();
		/** @type {Tenant | undefined} */
		this.tenant = undefined;
		/** @type {(email: string) => void} */
		this.done = () => {};
		this.form = new FormState(this);
		this.values = { who: "", email: "" };
		/** @type {import("./operator_view.mjs").Invitation | undefined} */
		this.made = undefined;
	}

	check() {
		return [["/administrator/name", this.values.who], ["/administrator/email", this.values.email]].filter(([, value]) => value.trim() === "").map(([pointer]) => ({ pointer, name: "missing" }));
	}

	async send() {
		const name = this.values.who.trim(), email = this.values.email.trim();
		/** @type {{invitation: import("./operator_view.mjs").Invitation}} */
		const { invitation } = await app.api.post(path`/tenants/${this.tenant?.id ?? ""}/invitation`, { administrator: { name, email } }, { signal: this.signal, action: this.form.action });
		if (invitation.mailed) this.done(email);
		else this.made = invitation;
	}

	render() {
		const { form, values } = this;
		if (this.made) return linkNotice(this.made);
		return html`<form class="gk-form" novalidate @submit=${(/** @type {Event} */ event) => form.submit(event, () => this.check(), () => this.send())}>
			<p>${t("operator.invite.text")}</p>
			${form.summary()}
			${administratorFields(form, values)}
			<div class="gk-form__actions">${form.sendButton(t("operator.invite.send"))}</div></form>`;
	}
}
customElements.define("operator-invite-form", OperatorInviteForm);

class OperatorEndForm extends OperatorElement {
	static properties = { tenant: { attribute: false }, done: { attribute: false } };

	constructor() {
		super();
		/** @type {Tenant | undefined} */
		this.tenant = undefined;
		/** @type {(now: Tenant) => void} */
		this.done = () => {};
		this.form = new FormState(this);
		this.values = { on: "", export_days: "14", name: "" };
	}

	check() {
		const { on, export_days, name } = this.values;
		return [...(on === "" ? [{ pointer: "/on", name: "missing" }] : []), ...(/^\d+$/.test(export_days.trim()) ? [] : [{ pointer: "/export_days", name: "out_of_range" }]),
			...(name.trim() === this.tenant?.name ? [] : [{ pointer: "/name", name: "no_match" }])];
	}

	async send() {
		const { on, export_days, name } = this.values;
		/** @type {Tenant} */
		const now = await app.api.put(path`/tenants/${this.tenant?.id ?? ""}/end`, { on, export_days: Number(export_days), time_zone: this.tenant?.time_zone, name: name.trim() }, { signal: this.signal });
		this.done(now);
	}

	render() {
		const { values, form } = this;
		return html`<form class="gk-form" novalidate @submit=${(/** @type {Event} */ event) => form.submit(event, () => this.check(), () => this.send())}>
			<div class="gk-notice" data-tone="danger">${icon("alert")}<p>${t("operator.end.text")}</p></div>
			${form.summary()}
			${form.field({ pointer: "/on", label: t("operator.end.on"), support: this.tenant?.time_zone, required: true, control: (a) => html`<input class="gk-input" id=${a.id} type="date" data-width="date" .value=${values.on}
				aria-invalid=${a.invalid} aria-describedby=${a.described} aria-required=${a.required} @input=${(/** @type {Event} */ event) => (values.on = valueOf(event))}>` })}
			${form.text({ pointer: "/export_days", label: t("operator.end.export_days"), support: t("operator.end.export_support"), value: values.export_days, set: (v) => (values.export_days = v), required: true, inputmode: "numeric", size: "number" })}
			${form.text({ pointer: "/name", label: t("operator.end.confirm", { name: this.tenant?.name ?? "" }), value: values.name, set: (v) => (values.name = v), required: true, language: "en" })}
			<div class="gk-form__actions"><button class="gk-button" data-kind="danger" aria-busy=${form.sending ? "true" : nothing}>${t("operator.end.action")}</button></div></form>`;
	}
}
customElements.define("operator-end-form", OperatorEndForm);
