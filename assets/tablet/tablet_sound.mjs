// The tablet's three sounds, made on the spot.  Unlocked by the staff's tap.

/** @typedef {"beep" | "chime" | "buzz"} Sound */

/** Notes of each sound: [hertz, start, length] in seconds. @type {Record<Sound, number[][]>} */
const notes = {
  beep: [ [ 1046, 0, 0.08 ] ],
  chime: [ [ 784, 0, 0.18 ], [ 1046, 0.16, 0.36 ] ],
  buzz: [ [ 233, 0, 0.22 ], [ 196, 0.2, 0.3 ] ],
}

/** @type {AudioContext | undefined} */
let audio

/** Call from a tap: browsers allow sound only then. */
export async function unlock() {
  audio ??= new AudioContext()
  await audio.resume()
}

/** @param {Sound} name */
export function play(name) {
  if (audio?.state !== "running") return
  for (const [ hertz, start, length ] of notes[name]) {
    const tone = audio.createOscillator()
    const gain = audio.createGain()
    const at = audio.currentTime + start
    tone.type = "sine"
    tone.frequency.value = hertz
    gain.gain.setValueAtTime(0, at)
    gain.gain.linearRampToValueAtTime(0.35, at + 0.01)
    gain.gain.exponentialRampToValueAtTime(0.001, at + length)
    tone.connect(gain).connect(audio.destination)
    tone.start(at)
    tone.stop(at + length)
  }
}
