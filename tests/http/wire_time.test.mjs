// How long a connection may take for what: one test for each of Kore's
// defects about time that src/web/kore/ mends.  Nothing here measures speed.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { alive, answered, ask, connect, get, silentDatabase, sleep, startWeb, status, until, ways } from "./harness.mjs";

/** Each test has a server of its own, and they wait at the same time. */
const apart = async (run) => {
	const database = await silentDatabase();
	const web = await startWeb({ DB: database.dsn });
	try {
		await run(web, database);
	} finally {
		database.stop();
		await web.stop();
	}
};

const LONG = 640 * 1024 * 16;

describe("time", { concurrency: true }, () => {
	test("0013 tls: an answer that takes longer than the time for a header is not cut", () => apart(async (web) => {
		const c = await connect(web, "tls");
		// Before it has read much: the kernel's buffer for it grows as it reads.
		c.socket.pause();
		await c.send(get("/assets/long-0123456789.txt"));
		await until(() => c.socket.readableLength > 0);
		// The next request begins meanwhile.
		await c.send(get("/healthz").slice(0, 10));
		await sleep(13000); // the header's time is 10 s, and looked at twice a second
		c.socket.resume();
		await until(() => c.text.length >= LONG || c.closed, 60000);
		assert.ok(c.text.length > LONG, `${c.text.length} bytes of ${LONG}`);
		assert.equal(status(c.text), 200);
		c.text = "";
		await c.send(get("/healthz").slice(10));
		await until(() => c.text.includes("alive"));
		c.end();
	}));

	for (const way of ways) {
		test(`0014 ${way}: a silent connection hears nothing, and may ask long after`, () => apart(async (web) => {
			const c = await connect(web, way);
			await c.send(get("/healthz"));
			await answered(c);
			c.text = "";
			await sleep(13000);
			assert.equal(c.text, "");
			assert.equal(c.closed, false);
			await c.send(get("/healthz"));
			assert.ok(status(await answered(c)) > 0);
			c.end();
		}));

		test(`0018 ${way}: a header that does not end is given up though nobody else comes`, () => apart(async (web) => {
			const c = await connect(web, way);
			await c.send("GET /healthz HTTP/1.1\r\nHost: local");
			await until(() => c.closed, 25000);
			assert.equal(status(c.text), 408);
		}));

		test(`0018 ${way}: a body that does not come is given up though nobody else comes`, () => apart(async (web) => {
			const c = await connect(web, way);
			await c.send("POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{");
			await until(() => c.closed, 60000);
			assert.equal(status(c.text), 408);
		}));
	}

	test("0015 tls: a request at work longer than the time for its body gets its own answer", () => apart(async (web, database) => {
		const c = await connect(web, "tls");
		const waiting = database.waiting(), body = '{"tenant":"demo","email":"a@example.jp","password":"secret123"}';
		await c.send(`POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nOrigin: https://localhost:${web.https}\r\n` +
			`Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 9)}`);
		await sleep(100);
		await c.send(body.slice(9));
		await until(() => database.waiting() > waiting);
		await sleep(35000);
		assert.equal(c.text, "");
		database.release();
		assert.equal(status(await answered(c)), 503);
		c.end();
	}));

	test("0034 tls: a request without a body at work longer than the time for its header gets its own answer", () => apart(async (web, database) => {
		const c = await connect(web, "tls");
		const waiting = database.waiting();
		await c.send(`POST /api/v1/calls/0190a3c2-0000-7000-8000-0000000000ff/answer HTTP/1.1\r\nHost: localhost\r\nOrigin: https://localhost:${web.https}\r\n` +
			`Cookie: __Host-session=ABCDEF.${"A".repeat(52)}\r\nContent-Length: 0\r\n\r\n`);
		await until(() => database.waiting() > waiting);
		await sleep(13000);
		assert.equal(c.text, "");
		database.release();
		assert.equal(status(await answered(c)), 503);
		c.end();
	}));

	test("600 idle and 20 slow connections shut nobody out", () => apart(async (web) => {
		const idle = [], slow = [];
		for (let i = 0; i < 600; i++) idle.push(await connect(web, i % 3 === 0 ? "tls" : "plain"));
		for (let i = 0; i < 20; i++) slow.push(await connect(web, i % 2 === 0 ? "tls" : "plain"));
		let turn = 0;
		const dripping = setInterval(() => {
			const byte = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ".padEnd(4000, "s")[turn++];
			for (const c of slow) if (!c.closed) c.socket.write(byte);
		}, 50);
		try {
			for (let i = 0; i < 20; i++) assert.ok(await alive(web));
			assert.ok(idle.every((c) => !c.closed));
			await until(() => slow.every((c) => c.closed), 30000);
			assert.ok(await alive(web));
		} finally {
			clearInterval(dripping);
			for (const c of [...idle, ...slow]) c.end();
		}
	}));

	test("ask() over every way still works after all of this", () => apart(async (web) => {
		for (const way of ways) assert.ok(status(await ask(web, way, get("/healthz"))) > 0);
	}));
});
