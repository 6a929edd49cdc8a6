// What each screen looks like.  One function a screen: (view) => template.

import { html, nothing, svg } from "lit"

/**
 * @typedef {object} View
 * @property {import("./tablet_flow.mjs").State} state
 * @property {(event: string, detail?: any) => () => void} on a listener that sends an event
 * @property {(key: string, values?: Record<string, string | number>) => string} t
 * @property {(time: string) => string} clock a moment as the office's wall clock shows it
 * @property {any} session what the server told of this device, office and company
 * @property {string} hint which hint stands under the camera: "", "closer", "code", "several"
 * @property {(code: string) => void} pair
 * @property {() => void} setup
 * @property {string} error what was wrong with a pairing code
 * @property {any} asked what was typed last, until it is wiped
 */

/** A heading that takes focus when its screen appears. @param {unknown} text */
const title = (text) => html`<h1 class="gk-title" tabindex="-1">${text}</h1>`

const icons = {
  check: svg`<circle cx="24" cy="24" r="20"></circle><path d="M15 25l6 6 12-13"></path>`,
  person: svg`<circle cx="24" cy="16" r="8"></circle><path d="M8 42c0-9 7-14 16-14s16 5 16 14"></path>`,
  stop: svg`<circle cx="24" cy="24" r="20"></circle><path d="M24 13v13M24 33v1"></path>`,
  phone: svg`<path d="M14 6l6 10-5 5c3 6 6 9 12 12l5-5 10 6c0 5-4 8-9 8C18 40 8 30 6 15c0-5 3-9 8-9z"></path>`,
}
/** @param {keyof typeof icons} name */
const icon = (name) => html`<svg class="gk-icon" viewBox="0 0 48 48" aria-hidden="true">${icons[name]}</svg>`

/** The ring that shows how long a result stays. @param {View} view */
const done = ({ state, on, t }) => html`
  <button class="gk-button" data-kind="primary" @click=${on("done")}>
    ${state.held ? nothing : html`<svg class="gk-ring" viewBox="0 0 36 36" aria-hidden="true"><circle cx="18" cy="18" r="15"></circle></svg>`}
    ${t("tablet.done")}
  </button>`

/** @type {Record<string, (view: View) => unknown>} */
export const screens = {
  starting: ({ t }) => html`<section class="gk-screen" data-tone="plain">${title(t("tablet.starting.title"))}</section>`,

  pairing: ({ t, pair, error }) => html`
    <section class="gk-screen" data-tone="plain">
      ${title(t("tablet.pairing.title"))}
      <p class="gk-lead">${t("tablet.pairing.lead")}</p>
      <form class="gk-pairing" novalidate @submit=${(/** @type {SubmitEvent} */ event) => {
    event.preventDefault()
    pair(String(new FormData(/** @type {HTMLFormElement} */ (event.currentTarget)).get("code")))
  }}>
        <label for="code">${t("tablet.pairing.code")}</label>
        <input id="code" name="code" class="gk-input" autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="24"
          aria-describedby=${error ? "code-error" : nothing} aria-invalid=${error ? "true" : nothing}>
        ${error ? html`<p id="code-error" class="gk-error" role="alert">${error}</p>` : nothing}
        <button class="gk-button" data-kind="primary">${t("tablet.pairing.submit")}</button>
      </form>
    </section>`,

  approval: ({ t, state }) => html`
    <section class="gk-screen" data-tone="plain">
      ${title(t("tablet.approval.title"))}
      <p class="gk-lead">${t("tablet.approval.lead", { name: state.name ?? "" })}</p>
      <p class="gk-wait" role="status">${t("tablet.approval.waiting")}</p>
    </section>`,

  setup: ({ t, setup, session }) => html`
    <section class="gk-screen" data-tone="plain">
      ${title(t("tablet.setup.title", { name: session?.device.name ?? "" }))}
      <p class="gk-lead">${t("tablet.setup.lead")}</p>
      <ol class="gk-steps"><li>${t("tablet.setup.camera")}</li><li>${t("tablet.setup.sound")}</li><li>${t("tablet.setup.sleep")}</li></ol>
      <button class="gk-button" data-kind="primary" @click=${setup}>${t("tablet.setup.start")}</button>
    </section>`,

  scan: ({ t, on, hint }) => html`
    <section class="gk-scan">
      <div class="gk-scan__words">
        ${title(html`${t("tablet.scan.title")}`)}
        <p class="gk-lead">${t("tablet.scan.lead")}</p>
        <p class="gk-hint" role="status">${hint ? t(`tablet.scan.${hint}`) : nothing}</p>
        <div class="gk-actions" data-flow="column">
          <button class="gk-button" data-kind=${hint === "code" ? "primary" : "secondary"} @click=${on("keypad")}>${t("tablet.keypad.open")}</button>
          <button class="gk-button" data-kind="secondary" @click=${on("walkIn")}>${t("tablet.walk_in.open")}</button>
        </div>
      </div>
    </section>`,

  keypad: ({ t, on, state }) => html`
    <section class="gk-screen" data-tone="plain" data-flow=${state.camera === "lost" ? "beside" : nothing}>
      ${title(t("tablet.keypad.title"))}
      <tablet-keypad .t=${t} @touched=${on("touched")}></tablet-keypad>
      ${state.camera === "lost" ? html`<button class="gk-button" data-kind="secondary" @click=${on("walkIn")}>${t("tablet.walk_in.open")}</button>` : nothing}
    </section>`,

  walk_in: ({ t, on, state, asked }) => html`
    <section class="gk-screen" data-tone="plain">
      ${title(t("tablet.walk_in.title"))}
      <tablet-walk-in .t=${t} .typed=${asked?.walkIn ? asked : null} .errors=${state.errors ?? []} @touched=${on("touched")}></tablet-walk-in>
    </section>`,

  asking: ({ t, state }) => html`
    <section class="gk-screen" data-tone="plain">
      ${title(state.slow ? t("tablet.asking.slow") : t("tablet.asking.title"))}
      <div class="gk-spinner" aria-hidden="true"></div>
    </section>`,

  welcome: (view) => {
    const { t, on, state, clock } = view
    const { guest, hosts, guidance, room, late, people, undo_secret: secret } = state.checkIn
    return html`
    <section class="gk-screen" data-tone="welcome" @pointerdown=${on("touched")}>
      ${icon("check")}
      <div role="status" class="gk-result">
        ${title(t("tablet.welcome.title", { guest }))}
        ${people > 1 ? html`<p class="gk-lead">${t("tablet.welcome.people", { people })}</p>` : nothing}
        <p class="gk-lead" data-strong>${state.host === "coming"
    ? t("tablet.welcome.coming", { hosts: hosts.join(t("tablet.separator")) })
    : hosts.length > 0 ? t("tablet.welcome.told", { hosts: hosts.join(t("tablet.separator")) }) : t("tablet.welcome.told_reception")}</p>
        <p class="gk-lead">${guidance || t("tablet.welcome.wait")}${room ? html`<br>${t("tablet.welcome.room", { room })}` : nothing}</p>
        ${late ? html`<p class="gk-note">${t("tablet.welcome.late", { time: clock(state.checkIn.arrived_at) })}</p>` : nothing}
      </div>
      <div class="gk-actions">
        ${secret ? html`<button class="gk-button" data-kind="quiet" @click=${on("undo")}>${t("tablet.welcome.undo")}</button>` : nothing}
        ${done(view)}
      </div>
    </section>`
  },

  already_in: ({ t, on, state, clock }) => html`
    <section class="gk-screen" data-tone="notice">
      ${icon("person")}
      <div role="status" class="gk-result">
        ${title(t("tablet.already_in.title"))}
        <p class="gk-lead">${t("tablet.already_in.lead", { time: clock(state.problem.since) })}</p>
      </div>
      <div class="gk-actions">
        <button class="gk-button" data-kind="secondary" @click=${on("callAgain")}>${t("tablet.already_in.call")}</button>
        <button class="gk-button" data-kind="primary" @click=${on("leave")}>${t("tablet.already_in.leave")}</button>
      </div>
      <button class="gk-button" data-kind="quiet" @click=${on("done")}>${t("tablet.home")}</button>
    </section>`,

  refused: (view) => {
    const { t, on, state, clock, session } = view
    const p = state.problem
    const values = {
      office: p.office ?? "", phone: p.phone ?? session?.office?.phone ?? "", incident: p.incident ?? "",
      from: p.from ? clock(p.from) : "", until: p.until ? clock(p.until) : "", since: p.since ? clock(p.since) : "", seconds: p.retry_after ?? 0,
    }
    return html`
    <section class="gk-screen" data-tone="refused" @pointerdown=${on("touched")}>
      ${icon("stop")}
      <div role="alert" class="gk-result">
        ${title(t(`problem.${p.name}.title`, values))}
        <p class="gk-lead">${t(`problem.${p.name}.next`, values)}</p>
      </div>
      <div class="gk-actions">
        ${p.name === "unknown_pass" || p.name === "unknown_code"
    ? html`<button class="gk-button" data-kind="secondary" @click=${on("keypad")}>${t("tablet.keypad.open")}</button>` : nothing}
        ${done(view)}
      </div>
    </section>`
  },

  away: ({ t, on, state, session }) => html`
    <section class="gk-screen" data-tone="refused">
      ${icon("phone")}
      <div role="alert" class="gk-result">
        ${title(t("tablet.away.title"))}
        <p class="gk-lead">${t("tablet.away.lead", { phone: session?.office?.phone ?? "" })}</p>
        ${state.fault?.incident ? html`<p class="gk-note">${t("tablet.away.incident", { incident: state.fault.incident })}</p>` : nothing}
      </div>
      <div class="gk-actions"><button class="gk-button" data-kind="primary" @click=${on("retry")}>${t("tablet.away.retry")}</button></div>
    </section>`,

  undone: (view) => html`
    <section class="gk-screen" data-tone="notice">
      <div role="status" class="gk-result">${title(view.t("tablet.undone.title"))}<p class="gk-lead">${view.t("tablet.undone.lead")}</p></div>
      <div class="gk-actions">${done(view)}</div>
    </section>`,

  goodbye: (view) => html`
    <section class="gk-screen" data-tone="welcome">
      ${icon("check")}
      <div role="status" class="gk-result">${title(view.t("tablet.goodbye.title"))}<p class="gk-lead">${view.t("tablet.goodbye.lead")}</p></div>
      <div class="gk-actions">${done(view)}</div>
    </section>`,

  called: (view) => {
    const { t, state, session } = view
    const phone = state.phone ?? session?.office?.phone ?? ""
    return html`
    <section class="gk-screen" data-tone="notice">
      ${icon("phone")}
      <div role="status" class="gk-result">
        ${title(state.failed ? t("tablet.called.failed") : t("tablet.called.title"))}
        <p class="gk-lead">${state.failed ? t("tablet.called.dial") : t("tablet.called.lead")}</p>
        <p class="gk-phone">${phone}</p>
      </div>
      <div class="gk-actions">${done(view)}</div>
    </section>`
  },

  leaving: ({ t, on }) => html`
    <section class="gk-screen" data-tone="notice">
      <div role="alert" class="gk-result">${title(t("tablet.leaving.title"))}<p class="gk-lead">${t("tablet.leaving.lead")}</p></div>
      <div class="gk-actions">
        <button class="gk-button" data-kind="secondary" @click=${on("timeout")}>${t("tablet.home")}</button>
        <button class="gk-button" data-kind="primary" @click=${on("stay")}>${t("tablet.leaving.stay")}</button>
      </div>
    </section>`,

  closed: ({ t, on, session }) => html`
    <section class="gk-screen" data-tone="plain">
      ${title(t("tablet.closed.title"))}
      <p class="gk-lead">${t("tablet.closed.lead", { opens: session?.office?.opens_at ?? "", closes: session?.office?.closes_at ?? "" })}</p>
      <button class="gk-button" data-kind="secondary" @click=${on("keypad")}>${t("tablet.keypad.open")}</button>
    </section>`,
}
