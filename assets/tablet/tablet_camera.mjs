// The front camera: a mirrored preview for people, unmirrored JPEG frames for
// the server.  Frames are never stored.

/** What is asked of the camera, and what is posted (design.md 6). */
const CAPTURE = { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 720 } }
const FRAME_WIDTH = 960
const QUALITY = 0.65
/** At most ten frames a second. */
const FRAME_MS = 100

/**
 * @typedef {(frame: Blob, number: number) => Promise<boolean>} Post
 *   sends one frame; resolves to false when no more frames are wanted
 */

export class Camera {
  /** @type {MediaStream | null} */ #stream = null
  /** @type {AbortController | null} */ #loop = null
  #number = 0
  #canvas = document.createElement("canvas")

  /**
   * @param {HTMLVideoElement} video shows the preview
   * @param {(state: "working" | "lost" | "denied") => void} onState
   */
  constructor(video, onState) {
    this.video = video
    this.onState = onState
  }

  /** Open the camera if it is not open. @returns {Promise<boolean>} */
  async open() {
    if (this.#stream?.getVideoTracks()[0]?.readyState === "live") {
      this.onState("working")
      return true
    }
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ video: CAPTURE, audio: false })
    } catch (error) {
      this.onState(/** @type {DOMException} */ (error).name === "NotAllowedError" ? "denied" : "lost")
      return false
    }
    const [ track ] = this.#stream.getVideoTracks()
    track.addEventListener("ended", () => { this.close(); this.onState("lost") }, { once: true })
    // Not every camera knows these; one that does not keeps its own ways.
    const can = /** @type {any} */ (track.getCapabilities?.() ?? {})
    const wish = /** @type {any} */ ({})
    if (can.focusMode?.includes("continuous")) wish.focusMode = "continuous"
    if (can.exposureMode?.includes("continuous")) wish.exposureMode = "continuous"
    if (Object.keys(wish).length > 0) await track.applyConstraints({ advanced: [ wish ] }).catch(() => {})
    this.video.srcObject = this.#stream
    await this.video.play().catch(() => {})
    this.onState("working")
    return true
  }

  /** Close the camera: its light goes out. */
  close() {
    this.stop()
    this.#stream?.getTracks().forEach((track) => track.stop())
    this.#stream = null
    this.video.srcObject = null
  }

  /** Post frames, one in flight, until stop() or until one answers false. @param {Post} post */
  async start(post) {
    this.stop()
    const loop = this.#loop = new AbortController()
    while (!loop.signal.aborted) {
      const began = performance.now()
      const frame = await this.#frame()
      if (loop.signal.aborted) return
      if (frame && !(await post(frame, this.#number++))) return
      await new Promise((done) => setTimeout(done, Math.max(0, FRAME_MS - (performance.now() - began))))
    }
  }

  stop() {
    this.#loop?.abort()
    this.#loop = null
  }

  /** The picture of now, baseline JPEG. @returns {Promise<Blob | null>} */
  #frame() {
    const { videoWidth: width, videoHeight: height } = this.video
    if (width === 0) return Promise.resolve(null)
    const scale = Math.min(1, FRAME_WIDTH / width)
    this.#canvas.width = Math.round(width * scale)
    this.#canvas.height = Math.round(height * scale)
    this.#canvas.getContext("2d", { alpha: false })?.drawImage(this.video, 0, 0, this.#canvas.width, this.#canvas.height)
    return new Promise((done) => this.#canvas.toBlob(done, "image/jpeg", QUALITY))
  }
}
