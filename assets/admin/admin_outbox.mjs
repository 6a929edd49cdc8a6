// The mails that would have gone, while there is no mail server: as their
// receivers would see them.
import { html, nothing } from "lit";
import { icon } from "../component/gk_icon.mjs";
import { emptyState } from "../component/gk_states.mjs";
import { path } from "../shared/api_client.mjs";
import { t } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import { PagedRows } from "./admin_paging.mjs";
import { dayTimeOf, pageHead } from "./admin_view.mjs";
import { saveFile } from "./csv_export.mjs";
import { showMail } from "./mail_frame.mjs";
import { headerText, leafParts, parseField, parseMail, partText } from "./mail_parts.mjs";

/** @typedef {{id: string, topic: string, to: string, subject: string, created_at: string, message: string}} OutboxMail */

// The live feed tells of visits, not of what courier does with their mails.
const LOOK = 5000; // ms

class AdminOutbox extends AdminElement {
	static properties = { mailId: { attribute: false }, shape: { state: true } };

	constructor() {
		super();
		this.mailId = "";
		/** @type {"html" | "text" | "source"} */
		this.shape = "html";
		/** @type {PagedRows<OutboxMail>} */
		this.rows = new PagedRows(this, path`/outbox`, () => ({}));
		/** @type {ReturnType<typeof setInterval> | undefined} */
		this.timer = undefined;
		/** Addresses of pictures made for the mail shown. @type {string[]} */
		this.pictures = [];
	}

	connectedCallback() {
		super.connectedCallback();
		this.rows.load();
		this.timer = setInterval(() => this.rows.refresh(), LOOK);
	}

	disconnectedCallback() {
		super.disconnectedCallback();
		clearInterval(this.timer);
		this.forgetPictures();
	}

	forgetPictures() {
		for (const picture of this.pictures.splice(0)) URL.revokeObjectURL(picture);
	}

	get mail() {
		return this.rows.items.find(({ id }) => id === this.mailId);
	}

	/** The frame is filled once for each mail shown. */
	updated() {
		const frame = /** @type {HTMLIFrameElement | null} */ (this.querySelector("iframe"));
		const { mail } = this;
		if (frame === null || mail === undefined || frame.dataset.mail === mail.id) return;
		frame.dataset.mail = mail.id;
		this.forgetPictures();
		const leaves = leafParts(parseMail(mail.message));
		const pictures = new Map(leaves.filter(({ type, headers }) => type.startsWith("image/") && headers.has("content-id")).map((part) => {
			const address = URL.createObjectURL(new Blob([part.bytes], { type: part.type }));
			this.pictures.push(address);
			return [(part.headers.get("content-id") ?? "").replace(/^<|>$/g, ""), address];
		}));
		const source = leaves.find(({ type }) => type === "text/html");
		showMail(frame, source ? partText(source) : "", pictures);
	}

	render() {
		const { mail } = this;
		return html`${pageHead(t("admin.outbox.title"), nothing, t("admin.outbox.lead"))}
			${this.rows.render((items) => (items.length === 0 ? html`<section class="gk-card">${emptyState(t("admin.outbox.none"), t("admin.outbox.none_text"))}</section>` : html`
				<div class="admin-outbox" ?data-reading=${mail !== undefined}>
					<ul class="gk-card admin-outbox__list">${items.map((one) => html`<li><a class="admin-outbox__one" href="#/outbox/${one.id}" aria-current=${one.id === this.mailId ? "true" : nothing}>
						<span class="admin-outbox__subject">${one.subject}</span><span class="gk-list__sub">${one.to}</span><span class="gk-list__sub">${dayTimeOf(one.created_at)}</span></a></li>`)}</ul>
					<div class="gk-card admin-outbox__mail">${mail === undefined ? emptyState(t("admin.outbox.choose")) : this.reading(mail)}</div>
				</div>`))}`;
	}

	/** @param {OutboxMail} mail */
	reading(mail) {
		const message = parseMail(mail.message);
		const leaves = leafParts(message);
		const shapes = /** @type {("html" | "text" | "source")[]} */ (["html", "text", "source"]);
		const plain = leaves.find(({ type }) => type === "text/plain");
		const attached = leaves.filter(({ type, headers }) => !["text/plain", "text/html"].includes(type) || /^attachment/i.test(headers.get("content-disposition") ?? ""));
		return html`<p class="admin-back"><a href="#/outbox">${t("admin.outbox.title")}</a></p>
			<h2>${mail.subject}</h2>
			<dl class="gk-details gk-small"><dt>${t("admin.outbox.from")}</dt><dd>${headerText(message, "from")}</dd><dt>${t("admin.outbox.to")}</dt><dd>${headerText(message, "to") || mail.to}</dd>
				${message.headers.has("reply-to") ? html`<dt>${t("admin.outbox.reply_to")}</dt><dd>${headerText(message, "reply-to")}</dd>` : nothing}<dt>${t("admin.outbox.at")}</dt><dd>${dayTimeOf(mail.created_at)}</dd></dl>
			<div class="admin-tabs" role="group" aria-label=${t("admin.outbox.shape")}>${shapes.map((shape) => html`<button type="button" class="admin-tabs__one" aria-pressed=${shape === this.shape} @click=${() => (this.shape = shape)}>${t(`admin.outbox.${shape}`)}</button>`)}</div>
			${this.shape === "html" ? html`<iframe class="admin-outbox__frame" sandbox="allow-same-origin allow-popups" title=${mail.subject} height="600"></iframe>` :
				html`<pre class="admin-outbox__text" tabindex="0">${this.shape === "text" ? (plain ? partText(plain) : "") : mail.message}</pre>`}
			${attached.length === 0 ? nothing : html`<ul class="admin-outbox__attached" aria-label=${t("admin.outbox.attached")}>${attached.map((part) => {
				const name = parseField(part.headers.get("content-disposition") ?? "").parameters.filename ?? part.parameters.name ?? part.type;
				return html`<li><button type="button" class="gk-button" data-size="small" @click=${() => saveFile(new Blob([part.bytes], { type: part.type }), name)}>${icon("download")}${name}</button></li>`;
			})}</ul>`}`;
	}
}
customElements.define("admin-outbox", AdminOutbox);
