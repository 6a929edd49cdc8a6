// Six digits; the sixth sends.  Events: "touched", "entered" with the code.

import { html } from "lit"
import { GkElement } from "../component/gk_element.mjs"

const DIGITS = 6

export class TabletKeypad extends GkElement {
  static properties = { t: { attribute: false }, digits: { state: true } }

  constructor() {
    super()
    /** @type {(key: string, values?: Record<string, string | number>) => string} */
    this.t = (key) => key
    this.digits = ""
  }

  connectedCallback() {
    super.connectedCallback()
    // A keyboard types the code too; the page has no other field here.
    document.addEventListener("keydown", (event) => {
      if (/^[0-9]$/.test(event.key)) this.#push(event.key)
      else if (event.key === "Backspace") this.#cut()
    }, { signal: this.signal })
  }

  /** @param {string} digit */
  #push(digit) {
    if (this.digits.length >= DIGITS) return
    this.digits += digit
    this.emit("touched")
    if (this.digits.length === DIGITS)
      this.emit("entered", { code: this.digits })
  }

  #cut() {
    this.digits = this.digits.slice(0, -1)
    this.emit("touched")
  }

  render() {
    const { t, digits } = this
    return html`
      <p class="gk-code" role="status" aria-label=${t("tablet.keypad.entered", { digits: [ ...digits ].join(" ") })}>
        ${Array.from({ length: DIGITS }, (_, i) => html`<span aria-hidden="true" data-next=${i === digits.length}>${digits[i] ?? ""}</span>`)}
      </p>
      <div class="gk-keypad" role="group" aria-label=${t("tablet.keypad.title")}>
        ${[ ..."123456789" ].map((d) => html`<button class="gk-key" type="button" @click=${() => this.#push(d)}>${d}</button>`)}
        <button class="gk-key" data-kind="quiet" type="button" @click=${() => { this.digits = "" }}>${t("tablet.keypad.clear")}</button>
        <button class="gk-key" type="button" @click=${() => this.#push("0")}>0</button>
        <button class="gk-key" data-kind="quiet" type="button" @click=${() => this.#cut()} aria-label=${t("tablet.keypad.delete")}>⌫</button>
      </div>`
  }
}
customElements.define("tablet-keypad", TabletKeypad)
