// The tablet as a table: what each screen does with each event.
// Pure: no DOM, no clock, no network.  A state is { screen, effects, ...data };
// effects are names that tablet_app.mjs carries out.  An event that a screen
// does not know changes nothing.

/** Seconds a result stays before the tablet goes home by itself. */
export const RESULT_SECONDS = 8
/** Seconds without a touch before "do you go on?" is asked (WCAG 2.2.1). */
export const IDLE_SECONDS = 45
/** Seconds in which one tap answers that question. */
export const WARN_SECONDS = 20
/** Seconds of waiting for an answer before the screen says so. */
export const SLOW_SECONDS = 5
/** Seconds after a result in which the same pass is not asked about again. */
export const SAME_PASS_SECONDS = 3

/**
 * @typedef {{ screen: string, effects: string[], [key: string]: any }} State
 * @typedef {(detail: any, state: State) => State} Move
 */

/** Home: the camera where there is one, the keypad where there is none. */
const home = (/** @type {any} */ _detail, /** @type {State} */ state) =>
  /** @type {State} */ ({
    screen: state.closed ? "closed" : state.camera === "lost" ? "keypad" : "scan",
    camera: state.camera, closed: state.closed, typed: false,
    effects: state.closed || state.camera === "lost" ? [ "wipe" ] : [ "wipe", "camera.start" ],
  })

/** @type {Move} */
const called = (_detail, state) => ({ ...state, screen: "called", from: state.screen, effects: [ "camera.pause", "staff.call", "result.arm" ] })
/** @type {Move} */
const keypad = (_detail, state) => ({ ...state, screen: "keypad", effects: [ "camera.stop", "idle.arm" ] })
/** @type {Move} */
const walkIn = (_detail, state) => ({ ...state, screen: "walk_in", typed: true, effects: [ "camera.stop", "idle.arm" ] })
/** @type {Move} */
const touched = (_detail, state) => ({ ...state, typed: true, effects: [ "idle.arm" ] })
/** @type {Move} */
const idle = (_detail, state) => state.typed
  ? { ...state, screen: "leaving", back: state.screen, effects: [ "warn.arm" ] }
  : home(_detail, state)

/** The camera went away: from the idle screen to the keypad, without a word. @type {Move} */
const cameraLost = (_detail, state) => ({
  ...state, camera: "lost", screen: state.screen === "scan" ? "keypad" : state.screen, effects: [ "camera.report" ],
})
/** @type {Move} */
const cameraFound = (_detail, state) => {
  const next = { ...state, camera: "working", effects: [ "camera.report" ] }
  return state.screen === "keypad" && !state.typed ? home(_detail, next) : next
}
/** @type {Move} */
const closed = (_detail, state) => ({ ...state, closed: true, screen: "closed", effects: [ "camera.stop", "wipe" ] })

/** Ask, and remember the effect that asks: without an answer it can be tried again. @param {string} ask @returns {Move} */
const asking = (ask) => (_detail, state) => ({ ...state, screen: "asking", ask, slow: false, effects: [ "slow.arm", ask ] })

/** Answers to a check-in, wherever it was asked from. @type {Record<string, Move>} */
const answers = {
  welcome: ({ checkIn }, state) => ({ ...state, screen: "welcome", checkIn, host: null, effects: [ "camera.stop", "chime", "result.arm", "host.watch" ] }),
  alreadyIn: ({ problem }, state) => ({ ...state, screen: "already_in", problem, effects: [ "camera.stop", "buzz", "idle.arm" ] }),
  refused: ({ problem }, state) => ({ ...state, screen: "refused", problem, effects: [ "camera.stop", "buzz", "result.arm" ] }),
  // What was asked waits for a tap; the camera asks again by itself.
  away: ({ fault }, state) => ({ ...state, screen: "away", fault: fault ?? null, effects: [ "camera.stop", "buzz", state.ask ? "idle.arm" : "result.arm" ] }),
}

/** What every screen of a running reception understands. @type {Record<string, Move>} */
const always = {
  callStaff: called,
  cameraLost,
  cameraFound,
  revoked: () => ({ screen: "pairing", effects: [ "camera.stop", "wipe", "device.forget" ] }),
}

/** @type {Record<string, Record<string, Move>>} */
const table = {
  // Before the reception runs: staff only.
  starting: {
    unpaired: () => ({ screen: "pairing", effects: [] }),
    waiting: (detail) => ({ screen: "approval", ...detail, effects: [ "approval.poll" ] }),
    ready: (_d, state) => ({ ...state, screen: "setup", effects: [] }),
    unreachable: (_d, state) => ({ ...state, effects: [ "start.again" ] }),
  },
  pairing: {
    paired: (detail) => ({ screen: "approval", ...detail, effects: [ "approval.poll" ] }),
  },
  approval: {
    ready: (_d, state) => ({ ...state, screen: "setup", effects: [] }),
    revoked: () => ({ screen: "pairing", effects: [ "device.forget" ] }),
  },
  setup: {
    opened: ({ camera, closed: isClosed }, state) => home(null, { ...state, camera, closed: isClosed }),
    revoked: () => ({ screen: "pairing", effects: [ "device.forget" ] }),
  },

  // The reception.
  scan: {
    ...always, ...answers, keypad, walkIn, closed,
  },
  keypad: {
    ...always, walkIn, touched, idle, closed, back: home,
    entered: asking("code.send"),
  },
  walk_in: {
    ...always, touched, idle, back: home,
    entered: asking("walkIn.send"),
  },
  asking: {
    ...always, ...answers,
    slow: (_d, state) => ({ ...state, slow: true, effects: [] }),
    wrongField: ({ errors }, state) => ({ ...state, screen: "walk_in", errors, slow: false, effects: [ "idle.arm" ] }),
    gone: (detail, state) => ({ ...state, screen: "goodbye", ...detail, effects: [ "chime", "result.arm" ] }),
    undone: (_d, state) => ({ ...state, screen: "undone", effects: [ "result.arm" ] }),
    calledAgain: (detail, state) => ({ ...state, screen: "called", ...detail, effects: [ "chime", "result.arm" ] }),
  },
  welcome: {
    ...always, done: home, timeout: home,
    touched: (_d, state) => ({ ...state, held: true, effects: [ "idle.arm" ] }),
    idle: home,
    hostAnswered: (_d, state) => ({ ...state, host: "coming", effects: [ "chime", "result.arm" ] }),
    undo: asking("checkIn.undo"),
  },
  already_in: {
    ...always, done: home, idle: home,
    leave: asking("departure.send"),
    callAgain: asking("host.call"),
  },
  refused: {
    ...always, keypad, done: home, timeout: home, idle: home,
    touched: (_d, state) => ({ ...state, held: true, effects: [ "idle.arm" ] }),
  },
  away: {
    ...always, done: home, timeout: home, idle,
    retry: (detail, state) => state.ask ? asking(state.ask)(detail, state) : home(detail, state),
  },
  undone: { ...always, done: home, timeout: home },
  goodbye: { ...always, done: home, timeout: home },
  called: {
    ...always, callStaff: (_d, state) => state, done: home, timeout: home,
    callMade: (detail, state) => ({ ...state, ...detail, effects: [ "result.arm" ] }),
    callFailed: (_d, state) => ({ ...state, failed: true, effects: [ "result.arm" ] }),
  },
  leaving: {
    ...always, timeout: home,
    stay: (_d, state) => ({ ...state, screen: state.back, effects: [ "idle.arm" ] }),
  },
  closed: {
    ...always, keypad, opened: (_d, state) => home(null, { ...state, closed: false }),
  },
}

/** @returns {State} */
export function start() {
  return { screen: "starting", camera: "unknown", closed: false, effects: [ "start.again" ] }
}

/**
 * @param {State} state
 * @param {string} event
 * @param {any} [detail]
 * @returns {State} the same object where the event means nothing here
 */
export function next(state, event, detail = {}) {
  const move = table[state.screen]?.[event]
  return move ? move(detail, state) : state
}

/** Every screen, for the tests and for the elements that draw them. */
export const screens = Object.keys(table)
/** Which events a screen understands. @param {string} screen */
export const events = (screen) => Object.keys(table[screen])
