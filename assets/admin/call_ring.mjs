// The sound of a call for staff: two soft notes every three seconds until it
// is answered or silenced.  Made by the browser, so there is no file.

const PAUSE = 3000; // ms

export class CallRing {
	/** @type {AudioContext | undefined} */
	#audio;
	/** @type {ReturnType<typeof setInterval> | undefined} */
	#timer;

	get ringing() {
		return this.#timer !== undefined;
	}

	/** @param {() => void} onBlocked the browser wants a tap before it makes a sound */
	start(onBlocked) {
		if (this.ringing || typeof AudioContext === "undefined") return;
		this.#audio ??= new AudioContext();
		if (this.#audio.state === "suspended") {
			this.#audio.resume();
			setTimeout(() => this.#audio?.state === "suspended" && onBlocked(), 300);
		}
		this.#timer = setInterval(() => this.#ring(), PAUSE);
		this.#ring();
	}

	/** From a tap: the browser allows sound from now on. */
	async allow() {
		await this.#audio?.resume();
	}

	stop() {
		clearInterval(this.#timer);
		this.#timer = undefined;
	}

	#ring() {
		if (this.#audio?.state !== "running") return;
		this.#note(784, 0);
		this.#note(659, 0.28);
	}

	/** @param {number} pitch Hz @param {number} after seconds */
	#note(pitch, after) {
		const audio = /** @type {AudioContext} */ (this.#audio);
		const at = audio.currentTime + after;
		const tone = new OscillatorNode(audio, { type: "sine", frequency: pitch });
		const volume = new GainNode(audio, { gain: 0 });
		volume.gain.linearRampToValueAtTime(0.25, at + 0.02);
		volume.gain.exponentialRampToValueAtTime(0.001, at + 0.6);
		tone.connect(volume).connect(audio.destination);
		tone.start(at);
		tone.stop(at + 0.65);
	}
}
