// What changes, as it happens: the WebSocket /api/v1/live, and polling where
// it is blocked.  It says that something changed, never what it says.

const POLL = 10_000; // ms between two looks while the socket is down
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 30_000;

/** @typedef {{kind: string, id?: string, version?: number}} Change */

export class LiveFeed {
	#url;
	#tell;
	#state;
	#pause = FIRST_PAUSE;
	/** @type {WebSocket | undefined} */
	#socket;
	/** @type {ReturnType<typeof setTimeout> | undefined} */
	#retry;
	/** @type {ReturnType<typeof setInterval> | undefined} */
	#poll;

	/**
	 * @param {object} o
	 * @param {() => string} o.url of the socket, asked for at every try
	 * @param {(change: Change) => void} o.onChange kind "resync": anything may have changed
	 * @param {(live: boolean) => void} [o.onState]
	 * @param {AbortSignal} o.signal ends it
	 */
	constructor({ url, onChange, onState = () => {}, signal }) {
		this.#url = url;
		this.#tell = onChange;
		this.#state = onState;
		signal.addEventListener("abort", () => this.#end(), { once: true });
		globalThis.addEventListener?.("online", () => this.#open(), { signal });
		globalThis.document?.addEventListener("visibilitychange", () => {
			if (document.visibilityState === "visible" && !this.#isOpen) this.#open();
		}, { signal });
		this.#open();
	}

	get #isOpen() {
		return this.#socket?.readyState === WebSocket.OPEN;
	}

	#open() {
		clearTimeout(this.#retry);
		if (this.#socket !== undefined && this.#socket.readyState <= WebSocket.OPEN) return;
		const socket = this.#socket = new WebSocket(this.#url());
		// Until it is open, and where it never will be.
		this.#poll ??= setInterval(() => this.#tell({ kind: "resync" }), POLL);
		socket.onopen = () => {
			this.#pause = FIRST_PAUSE;
			clearInterval(this.#poll);
			this.#poll = undefined;
			this.#state(true);
			this.#tell({ kind: "resync" });
		};
		socket.onmessage = ({ data }) => {
			let change;
			try {
				change = JSON.parse(data);
			} catch {
				change = { kind: "resync" };
			}
			this.#tell(change);
		};
		socket.onclose = () => {
			if (this.#socket !== socket) return;
			this.#state(false);
			this.#poll ??= setInterval(() => this.#tell({ kind: "resync" }), POLL);
			this.#retry = setTimeout(() => this.#open(), this.#pause * (0.75 + Math.random() / 2));
			this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
		};
	}

	#end() {
		const socket = this.#socket;
		this.#socket = undefined;
		clearTimeout(this.#retry);
		clearInterval(this.#poll);
		socket?.close();
	}
}

/**
 * The socket's address on the page's own origin.
 * @param {"member" | "device"} as whose cookie counts
 */
export const liveUrl = (as) =>
	`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/live${as === "device" ? "?as=device" : ""}`;
