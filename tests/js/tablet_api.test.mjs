import { test } from "node:test"
import assert from "node:assert/strict"
import { decided } from "../../assets/tablet/tablet_api.mjs"

const answer = (status, problem = "") => ({ ok: status > 0 && status < 400, status, problem, data: {} })

test("a welcome and a refusal use the key up", () => {
  for (const one of [ answer(201), answer(204), answer(404, "unknown_code"), answer(409, "already_in"), answer(422, "invalid"), answer(429, "wait") ])
    assert.equal(decided(one), true, `${one.status} ${one.problem}`)
})

test("silence, a fault, a session that ended and a first request still at work do not", () => {
  for (const one of [ answer(0, "away"), answer(500, "fault"), answer(503, "away"), answer(401, "sign_in_needed"), answer(409, "in_progress") ])
    assert.equal(decided(one), false, `${one.status} ${one.problem}`)
})
