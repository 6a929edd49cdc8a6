// The tablet: carries out what tablet_flow decides.  All that touches the
// clock, the network, the camera and the page is here.

import { html, nothing } from "lit"
import { GkElement } from "../component/gk_element.mjs"
import { decided, newKey, request } from "./tablet_api.mjs"
import { Camera } from "./tablet_camera.mjs"
import * as device from "./tablet_device.mjs"
import * as flow from "./tablet_flow.mjs"
import * as sound from "./tablet_sound.mjs"
import { screens } from "./tablet_screens.mjs"
import { languages, load } from "./tablet_text.mjs"
import "./tablet_keypad.mjs"
import "./tablet_walk_in.mjs"

const HEARTBEAT_MS = 10_000
const POLL_MS = 2_000
/** The session lasts 15 minutes; a new one is fetched well before. */
const RENEW_MS = 10 * 60_000
/** Hints under the camera when no pass is seen (ux.md 1). */
const CLOSER_MS = 4_000
const CODE_MS = 10_000

/** So many frames in a row without any answer: the service is away. */
const MISSES = 3

/** @typedef {import("./tablet_api.mjs").Answer} Answer */

/** What an answer is about, to know it again. @param {Answer} answer */
const subject = ({ data, problem }) => data?.id ?? data?.visit_id ?? problem
/** Screens that stand over the camera's preview. */
const running = (/** @type {string} */ screen) => ![ "starting", "pairing", "approval", "setup" ].includes(screen)

export class TabletApp extends GkElement {
  static properties = { state: { state: true }, hint: { state: true }, t: { state: true }, language: { state: true }, error: { state: true }, large: { state: true } }

  /** @type {Record<string, ReturnType<typeof setTimeout>>} */
  #timers = {}
  /** @type {Camera | null} */
  #camera = null
  /**
   * One Idempotency-Key for all that is asked until the server has decided
   * (design.md 6): whoever shows or types the same again after a lost answer
   * gets it.  Only the server sees whether it is the same, for it reads the
   * passes; of somebody else it says idempotency_key_reused, and only then a
   * new key is due without a decision.
   */
  #key = newKey()
  /** What was typed, until it is wiped. @type {any} */
  #asked = null
  #misses = 0
  #wake = /** @type {any} */ (null)
  #last = { id: "", at: 0 }

  constructor() {
    super()
    this.state = flow.start()
    this.hint = ""
    this.error = ""
    this.large = false
    this.cameraState = "unknown"
    this.language = languages[0]
    /** @type {(key: string, values?: Record<string, string | number>) => string} */
    this.t = (key) => key
    /** @type {any} */
    this.session = null
  }

  async connectedCallback() {
    super.connectedCallback()
    const { signal } = this
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") this.#stayAwake() }, { signal })
    this.addEventListener("entered", (event) => {
      this.#asked = /** @type {CustomEvent} */ (event).detail
      this.send("entered")
    }, { signal })
    await this.#speak(this.language)
    this.#carryOut(this.state.effects)
    this.#start()
  }

  disconnectedCallback() {
    super.disconnectedCallback()
    Object.values(this.#timers).forEach(clearTimeout)
    this.#camera?.close()
  }

  /** @param {string} event @param {any} [detail] */
  send(event, detail) {
    const after = flow.next(this.state, event, detail)
    if (after === this.state) return
    const moved = after.screen !== this.state.screen
    this.state = after
    if (moved) for (const timer of [ "result", "idle", "warn", "slow", "watch", "hint" ]) clearTimeout(this.#timers[timer])
    this.#carryOut(after.effects)
    if (moved) this.updateComplete.then(() => /** @type {HTMLElement | null} */ (this.querySelector("h1"))?.focus({ preventScroll: true }))
  }

  /** @param {string[]} effects */
  #carryOut(effects) {
    for (const effect of effects) this.#effects[effect]()
  }

  /** What each effect of tablet_flow means. @type {Record<string, () => void>} */
  #effects = {
    wipe: () => { this.#asked = null; this.hint = ""; if (this.language !== this.#home) this.#speak(this.#home); this.large = false },
    chime: () => sound.play("chime"),
    buzz: () => sound.play("buzz"),
    "camera.start": () => this.#scan(),
    "camera.stop": () => this.#camera?.close(),
    "camera.pause": () => this.#camera?.stop(),
    "camera.report": () => this.#beat(false),
    "result.arm": () => this.#after("result", flow.RESULT_SECONDS, "timeout"),
    "idle.arm": () => { clearTimeout(this.#timers.result); this.#after("idle", flow.IDLE_SECONDS, "idle") },
    "warn.arm": () => this.#after("warn", flow.WARN_SECONDS, "timeout"),
    "slow.arm": () => this.#after("slow", flow.SLOW_SECONDS, "slow"),
    "code.send": () => this.#ask("welcome", "POST", "/api/v1/check-ins", { json: { code: this.#asked.code } }),
    "walkIn.send": () => this.#ask("welcome", "POST", "/api/v1/walk-ins", { json: this.#asked.walkIn }),
    "checkIn.undo": () => this.#undo(),
    "departure.send": () => this.#ask("gone", "POST", "/api/v1/departures", { json: this.#inside() }),
    "host.call": () => this.#ask("calledAgain", "POST", "/api/v1/calls", { json: this.#inside() }),
    "host.watch": () => this.#watch(),
    "staff.call": () => this.#callStaff(),
    "approval.poll": () => this.#start(),
    "start.again": () => {},
    "device.forget": () => { this.session = null; device.forget() },
  }

  /** @param {string} name @param {number} seconds @param {string} event */
  #after(name, seconds, event) {
    clearTimeout(this.#timers[name])
    this.#timers[name] = setTimeout(() => this.send(event), seconds * 1000)
  }

  #inside() {
    const { visit_id, handle } = this.state.problem
    return { visit_id, handle }
  }

  get #home() { return this.session?.tenant.language && languages.includes(this.session.tenant.language) ? this.session.tenant.language : languages[0] }

  /** @param {string} language */
  async #speak(language) {
    this.t = await load(language)
    this.language = language
    document.documentElement.lang = language
    document.title = this.t("tablet.page_title")
  }

  // Becoming and staying a device -------------------------------------------

  /** Find out what this browser is, until it is ready. */
  async #start() {
    clearTimeout(this.#timers.start)
    const { standing, session } = await device.enter()
    if (standing === "ready") {
      this.session = session
      if (!running(this.state.screen)) await this.#speak(this.#home)
      this.send("ready")
      this.#timers.renew = setTimeout(() => this.#renew(), RENEW_MS)
      this.#beat()
      return
    }
    this.send(standing)
    const linked = location.hash.slice(1)
    if (standing === "unpaired" && linked) {
      history.replaceState(null, "", location.pathname) // the code is for one use, not for the history
      this.pair(linked)
    } else if (standing === "waiting" || standing === "unreachable")
      this.#timers.start = setTimeout(() => this.#start(), POLL_MS)
  }

  async #renew() {
    clearTimeout(this.#timers.renew)
    const { standing, session } = await device.enter()
    if (standing === "ready") this.session = session
    else if (standing === "revoked") return this.send("revoked")
    this.#timers.renew = setTimeout(() => this.#renew(), standing === "ready" ? RENEW_MS : POLL_MS)
  }

  /** @param {string} typed */
  async pair(typed) {
    const code = typed.toUpperCase().replace(/[\s-]/g, "")
    this.error = ""
    if (!/^[A-Z2-7]{16}$/.test(code)) { this.error = this.t("tablet.pairing.shape"); return }
    const answer = await device.pair(code)
    if (answer.ok) this.send("paired", { name: answer.data.name })
    else this.error = this.t(`problem.${answer.problem}.next`, { minutes: Math.ceil((answer.data?.retry_after ?? 60) / 60) })
  }

  /** The staff's tap: camera permission, sound, wake lock; then it runs. */
  async setup() {
    await sound.unlock()
    this.#stayAwake()
    const video = /** @type {HTMLVideoElement} */ (this.querySelector("video"))
    this.#camera = new Camera(video, (camera) => {
      if (camera === this.cameraState) return // each change is reported, and each report looks for the camera
      this.cameraState = camera
      this.send(camera === "working" ? "cameraFound" : "cameraLost")
    })
    const works = await this.#camera.open()
    this.send("opened", { camera: works ? "working" : "lost", closed: this.session?.office?.open_now === false })
  }

  async #stayAwake() {
    if (!("wakeLock" in navigator) || this.#wake?.released === false) return
    this.#wake = await /** @type {any} */ (navigator).wakeLock.request("screen").catch(() => null)
  }

  async #beat(reopen = true) {
    clearTimeout(this.#timers.beat)
    const answer = await request("POST", "/api/v1/device-reports", { json: { camera: this.cameraState, build: GENKAN_BUILD } })
    if (answer.status === 401) await this.#renew()
    else if (answer.problem === "device_revoked") this.send("revoked")
    if (running(this.state.screen)) await this.#hours()
    // A camera that was plugged in again, and a decoder that is back, are found here.
    if (reopen && this.state.camera === "lost" && this.cameraState !== "denied" && !this.state.typed && !this.state.closed) await this.#camera?.open()
    this.#timers.beat = setTimeout(() => this.#beat(), HEARTBEAT_MS)
  }

  async #hours() {
    const answer = await request("GET", "/api/v1/device-sessions/current")
    if (!answer.ok) return
    this.session = { ...this.session, ...answer.data }
    this.send(this.session.office?.open_now === false ? "closed" : "opened")
  }

  // Reception ------------------------------------------------------------------

  async #scan() {
    this.hint = ""
    this.#timers.hint = setTimeout(() => {
      this.hint = "closer"
      this.#timers.hint = setTimeout(() => { this.hint = "code" }, CODE_MS - CLOSER_MS)
    }, CLOSER_MS)
    await this.updateComplete
    if (!this.#camera || !(await this.#camera.open()) || this.state.screen !== "scan") return
    await this.#camera.start(async (frame, number) => {
      const answer = await request("POST", `/api/v1/scans?frame=${number}`, { frame, key: this.#key })
      if (this.state.screen !== "scan") return false
      this.#misses = answer.status === 0 ? this.#misses + 1 : 0
      if (answer.status === 204 || (this.#misses > 0 && this.#misses < MISSES)) return true
      this.#misses = 0
      if (answer.problem === "idempotency_key_reused") { this.#key = newKey(); return true }
      if (answer.problem === "unreadable_frame" || answer.problem === "in_progress" || answer.problem === "busy") return true
      if (answer.problem === "several_passes") { this.hint = "several"; return true }
      if (answer.problem === "decoder_away") { this.cameraState = "lost"; this.send("cameraLost"); return false }
      if (decided(answer)) {
        if (subject(answer) === this.#last.id && Date.now() - this.#last.at < flow.SAME_PASS_SECONDS * 1000) { this.#key = newKey(); return true }
        sound.play("beep")
      }
      this.#answered(answer, "welcome")
      return false
    })
  }

  /**
   * @param {string} event sent when it went well @param {string} method @param {string} path
   * @param {import("./tablet_api.mjs").Ask} what @returns {Promise<void>}
   */
  async #ask(event, method, path, what) {
    const answer = await request(method, path, { ...what, key: this.#key })
    if (answer.problem === "idempotency_key_reused") {
      this.#key = newKey()
      return this.#ask(event, method, path, what)
    }
    this.#answered(answer, event)
  }

  /** What is undone already cannot be undone again: then only the answer was lost. */
  async #undo() {
    const { id, undo_secret: secret } = this.state.checkIn
    const path = `/api/v1/check-ins/${id}`
    const answer = await request("DELETE", path, { headers: { "X-Undo-Secret": secret } })
    const now = answer.problem === "not_undoable" ? await request("GET", path) : answer
    this.#answered(now.data?.state === "undone" || !decided(now) ? now : answer, "undone")
  }

  /** @param {Answer} answer @param {string} event sent when it went well */
  #answered(answer, event) {
    const problem = { ...answer.data, name: answer.problem }
    if (!decided(answer)) {
      const away = () => this.send("away", { fault: problem })
      if (answer.status === 401) this.#renew().then(away)
      else away()
      return
    }
    this.#key = newKey()
    this.#last = { id: subject(answer), at: Date.now() + flow.RESULT_SECONDS * 1000 }
    if (answer.ok) this.send(event, { ...answer.data, checkIn: answer.data })
    else if (answer.problem === "already_in") this.send("alreadyIn", { problem })
    else if (answer.problem === "invalid") this.send("wrongField", { errors: answer.data.errors ?? [] })
    else this.send("refused", { problem })
  }

  async #callStaff() {
    const answer = await request("POST", "/api/v1/calls", { json: {}, key: newKey() })
    if (answer.ok) this.send("callMade", { phone: answer.data.phone })
    else this.send("callFailed")
  }

  /** While the welcome stands: has the host answered? */
  #watch() {
    this.#timers.watch = setTimeout(async () => {
      const { checkIn, screen } = this.state
      if (screen !== "welcome") return
      const answer = await request("GET", `/api/v1/check-ins/${checkIn.id}`)
      if (answer.ok && answer.data.state === "met") this.send("hostAnswered")
      else this.#watch()
    }, POLL_MS)
  }

  // The page ---------------------------------------------------------------------

  render() {
    const { state, t, session } = this
    const zone = session?.office?.time_zone
    /** @type {import("./tablet_screens.mjs").View} */
    const view = {
      state, t, session, hint: this.hint, error: this.error, asked: this.#asked,
      on: (event, detail) => () => this.send(event, detail),
      clock: (time) => new Intl.DateTimeFormat(this.language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone }).format(new Date(time)),
      pair: (code) => this.pair(code),
      setup: () => this.setup(),
    }
    const live = running(state.screen)
    return html`
      <header class="gk-bar">
        <p class="gk-bar__name">${session?.tenant.display_name ?? t("product")}${session?.office ? html`<small>${session.office.name}</small>` : nothing}</p>
        <div class="gk-bar__tools">
          <button class="gk-tool" type="button" aria-pressed=${this.large ? "true" : "false"} @click=${() => { this.large = !this.large }}>${t("tablet.large")}</button>
          ${languages.map((language) => html`<button class="gk-tool" type="button" lang=${language} aria-pressed=${language === this.language ? "true" : "false"}
            @click=${() => this.#speak(language)}>${t(`tablet.language.${language}`)}</button>`)}
        </div>
      </header>
      <main class="gk-stage" data-large=${this.large ? "true" : nothing} data-screen=${state.screen}>
        <div class="gk-camera" ?hidden=${state.screen !== "scan"}>
          <video class="gk-camera__video" playsinline muted aria-label=${t("tablet.scan.preview")}></video>
          <div class="gk-camera__frame" aria-hidden="true"></div>
          <p class="gk-camera__promise">${t("tablet.scan.promise")}</p>
        </div>
        ${screens[state.screen](view)}
      </main>
      <footer class="gk-bar">
        ${live && ![ "scan", "closed", "asking" ].includes(state.screen)
    ? html`<button class="gk-button" data-kind="quiet" @click=${() => this.#goHome()}>${t("tablet.home")}</button>` : html`<span></span>`}
        ${live ? html`<button class="gk-button" data-kind="call" @click=${view.on("callStaff")}>${t("tablet.call")}</button>` : nothing}
      </footer>`
  }

  /** Every screen's own way home. */
  #goHome() {
    for (const event of [ "back", "done", "timeout" ])
      if (flow.events(this.state.screen).includes(event)) return this.send(event)
  }
}
customElements.define("tablet-app", TabletApp)
