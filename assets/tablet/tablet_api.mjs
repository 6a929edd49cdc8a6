// The API as the tablet asks it: every answer, good or not, is a value that
// tablet_flow has an event for; nothing is thrown.

import { ApiClient } from "../shared/api_client.mjs"
import { Problem } from "../shared/problem.mjs"

/**
 * @typedef {object} Answer
 * @property {boolean} ok
 * @property {number} status of HTTP, 0 when nobody answered in time
 * @property {any} data the body, of the problem too
 * @property {string} problem its name, "" when ok
 */
/**
 * @typedef {object} Ask
 * @property {unknown} [json]
 * @property {Blob} [frame]
 * @property {string} [key] Idempotency-Key: the same until it is decided
 * @property {Record<string, string>} [headers]
 */

/** After so long the service counts as out of reach (ux.md 1). */
const AWAY_MS = 10_000

const client = new ApiClient({ language: () => document.documentElement.lang })

export const newKey = () => crypto.randomUUID()

/**
 * Did the server decide what was asked?  Otherwise nobody knows what was done,
 * and it is asked again under the same key.
 * @param {Answer} answer
 */
export const decided = ({ status, problem }) => status > 0 && status < 500 && status !== 401 && problem !== "in_progress"

/**
 * @param {string} method
 * @param {string} url
 * @param {Ask} [ask]
 * @returns {Promise<Answer>}
 */
export async function request(method, url, { json, frame, key, headers = {} } = {}) {
  try {
    const answer = await client.request(method, url, frame ?? json, {
      signal: AbortSignal.timeout(AWAY_MS),
      headers: { ...headers, ...key && { "Idempotency-Key": key }, ...frame && { "Content-Type": "image/jpeg" } },
    })
    const data = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : null
    return { ok: true, status: answer.status, data, problem: "" }
  } catch (fault) {
    return fault instanceof Problem
      ? { ok: false, status: fault.status, data: fault.body, problem: fault.name }
      : { ok: false, status: 0, data: {}, problem: "away" }
  }
}
