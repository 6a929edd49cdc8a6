// A WebSocket client of a few lines, for tests of /api/v1/live: text frames in,
// nothing out but the handshake and pongs.
import { randomBytes } from "node:crypto";
import tls from "node:tls";

export class LiveSocket {
	messages = [];
	closed = false;
	closedAt = 0;
	status = 0;
	#socket;
	#rest = Buffer.alloc(0);
	#open = false;

	/** The handshake with the client's cookies; resolves when it is answered. */
	static async connect(client, path = "/api/v1/live", headers = {}) {
		const s = new LiveSocket();
		const { host, hostname, port, origin } = client.base;
		const cookie = [...client.cookies].map(([n, v]) => `${n}=${v}`).join("; ");
		const all = { Host: host, Upgrade: "websocket", Connection: "Upgrade", "Sec-WebSocket-Version": "13",
			"Sec-WebSocket-Key": randomBytes(16).toString("base64"), Origin: origin, Cookie: cookie, ...headers };
		s.#socket = tls.connect({ host: "127.0.0.1", port: Number(port), servername: hostname, ca: client.agent.options.ca });
		s.#socket.on("error", () => {});
		s.#socket.on("close", () => { s.closed = true; s.closedAt = Date.now(); });
		s.#socket.write(`GET ${path} HTTP/1.1\r\n${Object.entries(all).filter(([, v]) => v !== undefined)
			.map(([n, v]) => `${n}: ${v}\r\n`).join("")}\r\n`);
		await new Promise((resolve) => {
			s.#socket.on("data", (part) => { s.#take(part); if (s.status) resolve(undefined); });
			s.#socket.on("close", resolve);
		});
		return s;
	}

	end() { this.#socket.destroy(); }

	#take(part) {
		this.#rest = Buffer.concat([this.#rest, part]);
		if (!this.#open) {
			const end = this.#rest.indexOf("\r\n\r\n");
			if (end < 0) return;
			this.status = Number(this.#rest.subarray(9, 12));
			this.#open = true;
			this.#rest = this.#rest.subarray(end + 4);
			if (this.status !== 101) return;
		}
		while (this.status === 101 && this.#rest.length >= 2) {
			const op = this.#rest[0] & 15;
			let length = this.#rest[1] & 127, at = 2;
			if (length === 126) { if (this.#rest.length < 4) return; length = this.#rest.readUInt16BE(2); at = 4; }
			if (this.#rest.length < at + length) return;
			const payload = this.#rest.subarray(at, at + length);
			this.#rest = this.#rest.subarray(at + length);
			if (op === 1) this.messages.push(JSON.parse(payload.toString()));
			if (op === 9) this.#socket.write(Buffer.from([0x8a, 0x80, 0, 0, 0, 0]));
			if (op === 8) this.#socket.end();
		}
	}
}
