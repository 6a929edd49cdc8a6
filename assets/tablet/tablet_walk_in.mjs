// A guest without an appointment: company, name, people, and whom to see, on
// one screen.  Events: "touched", "entered" with what was typed.

import { html, nothing } from "lit"
import { GkElement } from "../component/gk_element.mjs"
import { request } from "./tablet_api.mjs"

/** @typedef {{ kind: "member" | "department", id: string, name: string, department?: string | null }} Host */

const SEARCH_MS = 250

export class TabletWalkIn extends GkElement {
  static properties = {
    t: { attribute: false }, typed: { attribute: false }, errors: { attribute: false },
    people: { state: true }, found: { state: true }, host: { state: true }, own: { state: true }, searched: { state: true },
  }

  constructor() {
    super()
    /** @type {(key: string, values?: Record<string, string | number>) => string} */
    this.t = (key) => key
    /** What was "entered" before, and came back with errors. @type {{ walkIn: any, host: Host } | null} */
    this.typed = null
    /** @type {{ pointer: string, name: string }[]} what the server found wrong */
    this.errors = []
    /** @type {Record<string, string>} what this form found wrong */
    this.own = {}
    this.people = 1
    /** @type {Host[]} */
    this.found = []
    /** @type {Host | null} */
    this.host = null
    this.searched = ""
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("typed") && this.typed) {
      this.people = this.typed.walkIn.people
      this.host = this.typed.host
    }
  }

  disconnectedCallback() {
    super.disconnectedCallback()
    clearTimeout(this.timer)
  }

  /** @param {InputEvent} event */
  #search(event) {
    const q = /** @type {HTMLInputElement} */ (event.target).value.trim()
    clearTimeout(this.timer)
    this.emit("touched")
    if ([ ...q ].length < 2) { this.found = []; this.searched = ""; return }
    this.timer = setTimeout(async () => {
      const answer = await request("GET", `/api/v1/hosts?q=${encodeURIComponent(q)}`)
      this.found = answer.ok ? answer.data.items : []
      this.searched = q
    }, SEARCH_MS)
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    event.preventDefault()
    const form = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget))
    const name = String(form.get("name")).trim()
    this.own = { ...name ? {} : { name: this.t("tablet.walk_in.name_missing") }, ...this.host ? {} : { host: this.t("tablet.walk_in.host_missing") } }
    this.errors = []
    if (Object.keys(this.own).length > 0 || !this.host) {
      this.updateComplete.then(() => /** @type {HTMLElement | null} */ (this.querySelector("[aria-invalid]"))?.focus())
      return
    }
    const company = String(form.get("company")).trim()
    this.emit("entered", {
      walkIn: {
        name, people: this.people, ...company && { company },
        ...this.host.kind === "member" ? { host_id: this.host.id } : { department_id: this.host.id },
      },
      host: this.host,
    })
  }

  /** @param {string} field */
  #wrong(field) {
    const theirs = this.errors.find(({ pointer }) => (field === "host" ? [ "/host_id", "/department_id" ] : [ `/${field}` ]).includes(pointer))
    return this.own[field] ?? (theirs && this.t(`field.${theirs.name}`))
  }

  /** @param {string} field @param {string} label @param {{ required?: boolean, input?: unknown }} [more] */
  #field(field, label, { required = false, input = nothing } = {}) {
    const wrong = this.#wrong(field)
    return html`
      <div class="gk-field">
        <label for=${`walk-in-${field}`}>${label}${required ? html` <span class="gk-required">${this.t("tablet.required")}</span>` : nothing}</label>
        ${wrong ? html`<p class="gk-error" id=${`walk-in-${field}-error`} role="alert">${wrong}</p>` : nothing}
        ${input === nothing ? html`<input class="gk-input" id=${`walk-in-${field}`} name=${field} maxlength="100" autocomplete="off" spellcheck="false" .value=${this.typed?.walkIn[field] ?? ""}
          aria-invalid=${wrong ? "true" : nothing} aria-describedby=${wrong ? `walk-in-${field}-error` : nothing}
          @input=${() => this.emit("touched")}>` : input}
      </div>`
  }

  render() {
    const { t, people, found, host } = this
    const step = (/** @type {number} */ by) => () => { this.people = Math.min(100, Math.max(1, people + by)); this.emit("touched") }
    const search = host
      ? html`<p class="gk-chosen" id="walk-in-host">${host.name}${host.department ? html` <small>${host.department}</small>` : nothing}
          <button class="gk-button" data-kind="quiet" type="button" @click=${() => { this.host = null; this.found = [] }}>${t("tablet.walk_in.host_change")}</button></p>`
      : html`
        <input class="gk-input" id="walk-in-host" type="search" maxlength="50" autocomplete="off" spellcheck="false" aria-invalid=${this.#wrong("host") ? "true" : nothing}
          aria-describedby="walk-in-host-hint" @input=${this.#search}>
        <p class="gk-support" id="walk-in-host-hint" role="status">${this.searched && found.length === 0 ? t("tablet.walk_in.host_none") : t("tablet.walk_in.host_hint")}</p>
        <ul class="gk-hosts">${found.map((h) => html`<li><button class="gk-button" data-kind="secondary" type="button"
          @click=${() => { this.host = h; this.emit("touched") }}>${h.name}${h.department ? html` <small>${h.department}</small>` : nothing}</button></li>`)}</ul>`
    return html`
      <form class="gk-walk-in" novalidate @submit=${this.#submit}>
        ${this.#field("company", t("tablet.walk_in.company"))}
        ${this.#field("name", t("tablet.walk_in.name"), { required: true })}
        <div class="gk-field">
          <span id="walk-in-people">${t("tablet.walk_in.people")}</span>
          <div class="gk-stepper" role="group" aria-labelledby="walk-in-people">
            <button class="gk-key" type="button" aria-label=${t("tablet.walk_in.fewer")} @click=${step(-1)}>−</button>
            <output aria-live="polite">${t("tablet.walk_in.people_count", { people })}</output>
            <button class="gk-key" type="button" aria-label=${t("tablet.walk_in.more")} @click=${step(1)}>＋</button>
          </div>
        </div>
        ${this.#field("host", t("tablet.walk_in.host"), { required: true, input: search })}
        <button class="gk-button" data-kind="primary">${t("tablet.walk_in.submit")}</button>
      </form>`
  }
}
customElements.define("tablet-walk-in", TabletWalkIn)
