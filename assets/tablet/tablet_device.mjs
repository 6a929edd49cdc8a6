// This browser as a reception device: its key, its pairing, its sessions.
// The private key is made here and cannot be exported (WebCrypto, IndexedDB).

import { request } from "./tablet_api.mjs"

const DATABASE = "genkan-device"
const STORE = "device"

/** @typedef {{ id: string, tag: string, key: CryptoKey }} Paired */

/** @param {ArrayBuffer} bytes */
const toBase64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
/** @param {string} text */
const fromBase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0))

/** One look into the device's own store. @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest} ask */
function stored(mode, ask) {
  return new Promise((done, fail) => {
    const open = indexedDB.open(DATABASE, 1)
    open.onupgradeneeded = () => open.result.createObjectStore(STORE)
    open.onerror = () => fail(open.error)
    open.onsuccess = () => {
      const asked = ask(open.result.transaction(STORE, mode).objectStore(STORE))
      asked.onsuccess = () => { open.result.close(); done(asked.result) }
      asked.onerror = () => { open.result.close(); fail(asked.error) }
    }
  })
}

/** @returns {Promise<Paired | undefined>} */
const paired = () => stored("readonly", (store) => store.get("self"))

export const forget = () => stored("readwrite", (store) => store.clear())

/**
 * Turn a pairing code into a device that waits for approval.
 * @param {string} code 16 characters
 * @returns {Promise<import("./tablet_api.mjs").Answer>}
 */
export async function pair(code) {
  const key = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, [ "sign", "verify" ])
  const point = await crypto.subtle.exportKey("raw", key.publicKey)
  const answer = await request("POST", "/api/v1/device-pairings", { json: { code, public_key: toBase64(point) } })
  if (answer.ok)
    await stored("readwrite", (store) => store.put({ id: answer.data.device_id, tag: answer.data.tag, key: key.privateKey }, "self"))
  return answer
}

/** @typedef {"unpaired" | "waiting" | "revoked" | "unreachable" | "ready"} Standing */

/**
 * Prove that the key is here and get a session of 15 minutes.
 * @returns {Promise<{ standing: Standing, session?: any }>}
 */
export async function enter() {
  const self = await paired()
  if (!self) return { standing: "unpaired" }
  const who = { tag: self.tag, device_id: self.id }
  const asked = await request("POST", "/api/v1/device-sessions", { json: who })
  if (asked.status !== 202) return { standing: standingOf(asked) }
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, self.key, fromBase64(asked.data.nonce))
  const answer = await request("POST", "/api/v1/device-sessions", {
    json: { ...who, challenge_id: asked.data.challenge_id, signature: toBase64(signature) },
  })
  return answer.ok ? { standing: "ready", session: answer.data } : { standing: standingOf(answer) }
}

/** @param {import("./tablet_api.mjs").Answer} answer @returns {Standing} */
function standingOf({ problem, status }) {
  if (problem === "device_not_active") return "waiting"
  if (problem === "device_revoked" || status === 404) return "revoked"
  return "unreachable"
}
