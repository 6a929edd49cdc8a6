// The live feed: the socket, and polling where there is none.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { LiveFeed } from "../../assets/shared/live_feed.mjs";

/** Sockets made so far; the test opens and closes them. */
let sockets = [];
class Socket {
	static OPEN = 1;
	readyState = 0;
	constructor(url) {
		this.url = url;
		sockets.push(this);
	}
	open() {
		this.readyState = 1;
		this.onopen();
	}
	drop() {
		this.readyState = 3;
		this.onclose();
	}
	close() {
		this.drop();
	}
}

let told, states, stop;
const feed = () => new LiveFeed({ url: () => "wss://x", onChange: ({ kind }) => told.push(kind), onState: (live) => states.push(live), signal: stop.signal });

beforeEach(() => {
	sockets = [];
	told = [];
	states = [];
	stop = new AbortController();
	globalThis.WebSocket = Socket;
	mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
});
afterEach(() => {
	stop.abort();
	mock.timers.reset();
});

test("an open socket tells what changed, and asks for all once", () => {
	feed();
	sockets[0].open();
	sockets[0].onmessage({ data: '{"kind":"visit","id":"1","version":2}' });
	assert.deepEqual(told, ["resync", "visit"]);
	assert.deepEqual(states, [true]);
	mock.timers.tick(60_000);
	assert.deepEqual(told, ["resync", "visit"], "no polling beside it");
});

test("a message nobody understands is a reason to ask for all", () => {
	feed();
	sockets[0].open();
	sockets[0].onmessage({ data: "{" });
	assert.deepEqual(told, ["resync", "resync"]);
});

test("a socket that never opens is replaced by a look every ten seconds", () => {
	feed();
	mock.timers.tick(30_000);
	assert.deepEqual(told, ["resync", "resync", "resync"]);
});

test("a socket that drops is tried again, later each time, and polling fills the gap", () => {
	feed();
	sockets[0].open();
	sockets[0].drop();
	assert.deepEqual(states, [true, false]);
	mock.timers.tick(2000);
	assert.equal(sockets.length, 2);
	sockets[1].drop();
	mock.timers.tick(1000);
	assert.equal(sockets.length, 2, "not yet");
	mock.timers.tick(9000);
	assert.equal(sockets.length, 3);
	assert.ok(told.filter((kind) => kind === "resync").length >= 2);
	sockets[2].open();
	told.length = 0;
	mock.timers.tick(60_000);
	assert.deepEqual(told, []);
});

test("after its end nothing is asked or told any more", () => {
	feed();
	sockets[0].open();
	stop.abort();
	told.length = 0;
	mock.timers.tick(120_000);
	assert.deepEqual([told, sockets.length], [[], 1]);
});
