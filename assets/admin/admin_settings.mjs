// The person's own settings.
import { html, nothing } from "lit";
import { checkedOf } from "../component/gk_form.mjs";
import { icon } from "../component/gk_icon.mjs";
import { t } from "../shared/text.mjs";
import { AdminElement } from "./admin_element.mjs";
import { showHelp } from "./admin_commands.mjs";
import "./admin_password.mjs";
import "./admin_second_factor.mjs";
import "./admin_session_list.mjs";
import { app } from "./admin_state.mjs";
import { dayTimeOf, namesText, pageHead } from "./admin_view.mjs";

const THEMES = /** @type {const} */ (["system", "light", "dark"]);

class AdminSettings extends AdminElement {
	get sessionList() {
		return /** @type {import("./admin_session_list.mjs").AdminSessionList | null} */ (this.querySelector("admin-session-list"))?.sessions;
	}

	render() {
		const { session } = app;
		if (!session) return nothing;
		const { member, tenant } = session;
		const code = document.documentElement.lang;
		return html`${pageHead(t("admin.settings.title"))}
			<div class="admin-settings">
				<section class="gk-card" data-padded aria-labelledby="me-title"><h2 id="me-title">${t("admin.settings.me")}</h2>
					<dl class="gk-details"><dt>${t("admin.settings.name")}</dt><dd>${member.name}</dd><dt>${t("admin.sign_in.email")}</dt><dd>${member.email}</dd>
						<dt>${t("admin.settings.tenant")}</dt><dd>${tenant.display_name} <span class="gk-muted">(${tenant.name})</span></dd>
						<dt>${t("admin.settings.roles")}</dt><dd>${namesText(member.roles.map((role) => t(`admin.role.${role}`)))}</dd>
						<dt>${t("admin.settings.until")}</dt><dd>${dayTimeOf(session.expires_at)}</dd></dl>
					<p><button type="button" class="gk-button" @click=${() => app.signOut()}>${icon("leave")}${t("admin.sign_out")}</button></p></section>
				<section class="gk-card" data-padded><admin-password @gk-changed=${() => this.sessionList?.load()}></admin-password></section>
				<section class="gk-card" data-padded><admin-second-factor></admin-second-factor></section>
				<section class="gk-card" data-padded><admin-session-list></admin-session-list></section>
				<section class="gk-card" data-padded aria-labelledby="language-title"><h2 id="language-title">${t("admin.settings.language")}</h2>
					<div class="gk-choices">${Object.entries({ ja: "\u65e5\u672c\u8a9e", en: "English" }).map(([one, name]) => html`<a class="gk-button" lang=${one} hreflang=${one} href="/admin/${one}/${location.hash}" aria-current=${one === code ? "true" : nothing}>${one === code ? icon("check") : nothing}${name}</a> `)}</div></section>
				<section class="gk-card" data-padded><fieldset><legend class="admin-settings__title">${t("admin.settings.theme")}</legend>
					<div class="gk-choices">${THEMES.map((theme) => html`<label class="gk-check"><input type="radio" name="theme" .checked=${app.theme === theme} @change=${() => app.setTheme(theme)}><span>${t(`admin.theme.${theme}`)}</span></label>`)}</div></fieldset></section>
				<section class="gk-card" data-padded aria-labelledby="keys-title"><h2 id="keys-title">${t("admin.settings.keys")}</h2>
					<label class="gk-check"><input type="checkbox" .checked=${app.shortcuts} @change=${(/** @type {Event} */ event) => app.setShortcuts(checkedOf(event))}><span>${t("admin.settings.single_keys")}</span></label>
					<p><button type="button" class="gk-button" data-size="small" @click=${showHelp}>${icon("keyboard")}${t("admin.key.help_title")}</button></p></section>
			</div>`;
	}
}
customElements.define("admin-settings", AdminSettings);
