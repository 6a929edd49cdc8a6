import { test } from "node:test"
import assert from "node:assert/strict"
import { events, next, screens, start } from "../../assets/tablet/tablet_flow.mjs"

const open = () => next({ ...start(), screen: "setup" }, "opened", { camera: "working", closed: false })
const reception = screens.filter((s) => ![ "starting", "pairing", "approval", "setup" ].includes(s))

test("an unpaired tablet asks for its code, waits for approval, then for staff", () => {
  let s = next(start(), "unpaired")
  assert.equal(s.screen, "pairing")
  s = next(s, "paired", { device: "d" })
  assert.deepEqual([ s.screen, s.effects ], [ "approval", [ "approval.poll" ] ])
  s = next(s, "ready")
  assert.equal(s.screen, "setup")
  assert.deepEqual(open().effects, [ "wipe", "camera.start" ])
})

test("a welcome stops the camera, chimes and goes home by itself", () => {
  const s = next(open(), "welcome", { checkIn: { id: "v" } })
  assert.equal(s.screen, "welcome")
  assert.deepEqual(s.effects, [ "camera.stop", "chime", "result.arm", "host.watch" ])
  assert.equal(next(s, "timeout").screen, "scan")
})

test("a code is typed, asked about and welcomed", () => {
  let s = next(open(), "keypad")
  s = next(s, "entered")
  assert.deepEqual([ s.screen, s.effects ], [ "asking", [ "slow.arm", "code.send" ] ])
  assert.equal(next(s, "welcome", { checkIn: {} }).screen, "welcome")
})

test("a pass already inside offers to leave and to call again, and departs nobody by itself", () => {
  const s = next(open(), "alreadyIn", { problem: { visit_id: "v" } })
  assert.ok(!s.effects.some((e) => e.startsWith("departure")))
  assert.deepEqual(next(s, "leave").effects, [ "slow.arm", "departure.send" ])
  assert.deepEqual(next(s, "callAgain").effects, [ "slow.arm", "host.call" ])
  assert.equal(next(s, "idle").screen, "scan")
})

test("what nobody answered is asked again by a tap, and waits as long as what is typed", () => {
  const inside = next(open(), "alreadyIn", { problem: { visit_id: "v", handle: "h" } })
  for (const [ before, event ] of [
    [ next(next(open(), "keypad"), "touched"), "entered" ], [ next(next(open(), "walkIn"), "touched"), "entered" ],
    [ next(open(), "welcome", { checkIn: { id: "v" } }), "undo" ], [ inside, "leave" ], [ inside, "callAgain" ],
  ]) {
    const first = next(next(before, event), "slow")
    const away = next(first, "away", { fault: { incident: "i" } })
    assert.deepEqual([ away.screen, away.effects ], [ "away", [ "camera.stop", "buzz", "idle.arm" ] ])
    const again = next(away, "retry")
    assert.deepEqual([ again.screen, again.effects, again.slow ], [ "asking", next(before, event).effects, false ])
    assert.deepEqual([ again.checkIn, again.problem ], [ before.checkIn, before.problem ], "what it is about is still known")
  }
})

test("a typed request that nobody answered is wiped only after the question", () => {
  const away = next(next(next(next(open(), "walkIn"), "touched"), "entered"), "away")
  const leaving = next(away, "idle")
  assert.equal(leaving.screen, "leaving")
  assert.deepEqual(next(next(leaving, "stay"), "retry").effects, [ "slow.arm", "walkIn.send" ])
  const home = next(leaving, "timeout")
  assert.deepEqual([ home.effects, home.ask ], [ [ "wipe", "camera.start" ], undefined ])
})

test("a camera that nobody answered goes on by itself, or at a tap", () => {
  const away = next(open(), "away")
  assert.deepEqual(away.effects, [ "camera.stop", "buzz", "result.arm" ])
  for (const event of [ "timeout", "retry" ]) assert.deepEqual(next(away, event).effects, [ "wipe", "camera.start" ])
})

test("every screen of the reception can call the staff", () => {
  for (const screen of reception)
    assert.ok(events(screen).includes("callStaff"), screen)
})

test("every way home wipes what the visitor typed", () => {
  for (const screen of reception)
    for (const event of events(screen)) {
      const before = { ...open(), screen, back: "keypad", typed: true }
      const after = next(before, event, { checkIn: {}, problem: {}, errors: [] })
      if ([ "scan", "closed" ].includes(after.screen) && after !== before && screen !== after.screen)
        assert.ok(after.effects.includes("wipe"), `${screen} ${event}`)
    }
})

test("nothing of the last visitor survives the way home", () => {
  const s = next(next(open(), "welcome", { checkIn: { guest: "佐藤 太郎" } }), "done")
  assert.equal(JSON.stringify(s).includes("佐藤"), false)
})

test("a camera that goes away leaves the keypad, and comes back when nobody types", () => {
  let s = next(open(), "cameraLost")
  assert.equal(s.screen, "keypad")
  assert.equal(next(next(s, "touched"), "cameraFound").screen, "keypad")
  s = next(s, "cameraFound")
  assert.equal(s.screen, "scan")
  assert.equal(next(next(s, "cameraLost"), "back").screen, "keypad")
})

test("who has typed is asked before it is wiped, who has not is not", () => {
  let s = next(next(open(), "walkIn"), "touched")
  s = next(s, "idle")
  assert.equal(s.screen, "leaving")
  assert.equal(next(s, "stay").screen, "walk_in")
  assert.equal(next(s, "timeout").screen, "scan")
  assert.equal(next(next(open(), "keypad"), "idle").screen, "scan")
})

test("a second answer while a result is shown changes nothing", () => {
  const s = next(open(), "welcome", { checkIn: { id: 1 } })
  assert.equal(next(s, "welcome", { checkIn: { id: 2 } }), s)
  assert.equal(next(s, "refused", { problem: {} }), s)
})

test("a revoked device forgets itself on every screen", () => {
  for (const screen of reception) {
    const s = next({ ...open(), screen }, "revoked")
    assert.equal(s.screen, "pairing", screen)
    assert.ok(s.effects.includes("device.forget"))
  }
})

test("no screen is a dead end", () => {
  for (const screen of reception) {
    const ways = events(screen).filter((e) => ![ "callStaff", "cameraLost", "cameraFound", "revoked" ].includes(e))
    assert.ok(ways.length > 0, screen)
  }
})
