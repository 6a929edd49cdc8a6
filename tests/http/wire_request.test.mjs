// What comes over the wire and is no request, or two at once: one test for
// each of Kore's defects that src/web/kore/ mends (its number is in the name).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { alive, answered, ask, connect, get, silentDatabase, startWeb, status, until, ways } from "./harness.mjs";

let web, database;
before(async () => {
	database = await silentDatabase();
	web = await startWeb({ DB: database.dsn, WORKERS: "1" });
});
after(async () => {
	database?.stop();
	await web?.stop();
});

const post = (headers, body = "") => `POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n${body}`;
/** Sends the bytes, waits for the one answer and for the end of the connection. */
async function refused(way, bytes, code = 400) {
	const c = await connect(web, way);
	await c.send(bytes);
	await until(() => c.closed, 10000);
	assert.equal(status(c.text), code, c.text.slice(0, 200));
	assert.equal(c.text.split("HTTP/1.1 ").length, 2, `one answer, not several: ${c.text}`);
}

for (const way of ways) {
	test(`0004 ${way}: a body longer than its length is refused and stops nobody`, async () => {
		const c = await connect(web, way);
		await c.send(post("Content-Length: 1\r\n", "ab"));
		for (let i = 0; i < 50 && !c.closed; i++) await c.send("x".repeat(8192));
		await until(() => c.closed);
		assert.equal(status(c.text), 400);
		assert.ok(await alive(web));
	});

	for (const method of ["GET", "HEAD", "OPTIONS", "DELETE"]) {
		test(`0005 ${way}: a body on ${method} is refused, not read as the next request`, async () => {
			const c = await connect(web, way);
			const smuggled = get("/smuggled");
			await c.send(`${method} /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${smuggled.length}\r\n\r\n`);
			await answered(c);
			await c.send(smuggled);
			await until(() => c.closed);
			assert.equal(status(c.text), 400);
			assert.equal(c.text.split("HTTP/1.1 ").length, 2, c.text);
		});
	}
	test(`0005 ${way}: a length of 0 on GET is nothing to refuse`, async () => {
		assert.notEqual(status(await ask(web, way, get("/healthz", "Content-Length: 0\r\n"))), 400);
	});

	for (const [what, bytes] of [
		["on GET", get("/healthz", "Transfer-Encoding: chunked\r\n")],
		["on POST", post("Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n")],
		["beside a length", post("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "{}")],
		["in disguise", post("Content-Length: 2\r\ntRANSFER-eNCODING: xchunked\r\n", "{}")],
	])
		test(`0006 ${way}: Transfer-Encoding ${what} is refused`, () => refused(way, bytes));

	test(`0007 ${way}: Hostile is not Host`, async () => {
		await refused(way, "GET /healthz HTTP/1.1\r\nHostile: localhost\r\n\r\n");
		await refused(way, "GET /healthz HTTP/1.1\r\nHosting-Host: evil\r\n\r\n");
		const text = await ask(web, way, "GET /healthz HTTP/1.1\r\nHostile: evil.example\r\nHost: localhost\r\n\r\n");
		assert.ok([200, 308].includes(status(text)), text);
	});

	for (const [what, bytes] of [
		["a second Host", "GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"],
		["the same Host twice", "GET /healthz HTTP/1.1\r\nHost: localhost\r\nhost: localhost\r\n\r\n"],
		["two lengths", post("Content-Length: 2\r\nContent-Length: 3\r\n", "{}")],
		["the same length twice", post("Content-Length: 2\r\nContent-Length: 2\r\n", "{}")],
		["a length with a sign", post("Content-Length: +2\r\n", "{}")],
		["a list of lengths", post("Content-Length: 2, 2\r\n", "{}")],
		["a hexadecimal length", post("Content-Length: 0x2\r\n", "{}")],
	])
		test(`0008 ${way}: ${what}: refused`, () => refused(way, bytes));

	for (const [what, bytes] of [
		["a NUL in a value", get("/healthz", "X-A: a\0b\r\n")],
		["a NUL in the path", get("/health\0z")],
		["a NUL behind the line", get("/healthz", "X-A: a\r\n\0")],
		["a bare LF at the end of a line", "GET /healthz HTTP/1.1\nHost: localhost\r\n\r\n"],
		["only bare LFs", "GET /healthz HTTP/1.1\nHost: localhost\n\n"],
		["a bare LF in a value", get("/healthz", "X-A: a\nX-B: b\r\n")],
		["a bare CR in a value", get("/healthz", "X-A: a\rX-B: b\r\n")],
		["CR CR LF", get("/healthz", "X-A: a\r\r\n")],
		["a continued line", get("/healthz", "X-A: a\r\n b\r\n")],
	])
		test(`0009 ${way}: ${what}: refused`, () => refused(way, bytes));

	const ordinary = (n) => Array.from({ length: n }, (_, i) => `X-Ordinary-${i}: value ${i}\r\n`).join("");
	test(`0010 ${way}: 40 headers pass, the last one too`, async () => {
		const text = await ask(web, way, get("/healthz", `${ordinary(38)}Connection: close\r\n`));
		assert.ok([200, 308].includes(status(text)), text);
		assert.match(text, /^connection: close/m);
	});
	test(`0010 ${way}: 70 headers are refused with a word`, () => refused(way, get("/healthz", ordinary(70)), 431));

	test(`0031 ${way}: who is refused while still sending hears why`, async () => {
		const c = await connect(web, way);
		await c.send("BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n");
		for (let i = 0; i < 60 && !c.closed; i++) await c.send("x".repeat(8192));
		await until(() => c.closed);
		assert.equal(status(c.text), 400, `${c.error}`);
	});

	test(`0011 ${way}: a header larger than its buffer is refused with a word`, async () => {
		await refused(way, get("/healthz", `X-Large: ${"a".repeat(20000)}\r\n`), 431);
		assert.ok(await alive(web));
	});

	for (const [what, line] of [
		["an empty value", "X-A:\r\n"], ["a tab", "X-A: a\tb\r\n"], ["UTF-8", "X-A: \xe7\x8e\x84\r\n"],
		["white space around it", "X-A: \t a \t \r\n"],
	])
		test(`0012 ${way}: ${what} in a header is nothing to refuse`, async () => {
			const text = await ask(web, way, get("/healthz", line));
			assert.ok([200, 308].includes(status(text)), text);
		});
	for (const line of ["no colon\r\n", ": no name\r\n", "Sp ace: a\r\n", "Space : a\r\n", "X-A: \x7f\r\n"])
		test(`0012 ${way}: ${JSON.stringify(line)} is no header`, () => refused(way, get("/healthz", line)));

	test(`0017 ${way}: after a second request in the same packet the connection says close`, async () => {
		const c = await connect(web, way);
		await c.send(get("/healthz") + get("/healthz"));
		await until(() => c.closed);
		assert.match(c.text, /^connection: close/m);
	});

	test(`0033 ${way}: a path that is no path kills no worker`, async () => {
		const before = web.workers();
		for (let i = 0; i < 20; i++) {
			assert.ok(status(await ask(web, way, get("/healthz", "X-A: b\r\n".repeat(20)))) > 0);
			await refused(way, "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", 404);
			await refused(way, "GET healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 404);
			await refused(way, "GET https://localhost/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 404);
		}
		assert.deepEqual(web.workers(), before);
	});

	for (const [what, bytes, code] of [
		["an unknown method", "BREW /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 400],
		["HTTP/2.0", "GET /healthz HTTP/2.0\r\nHost: localhost\r\n\r\n", 505],
		["no Host", "GET /healthz HTTP/1.1\r\nX-A: b\r\n\r\n", 400],
		["a path of 3000 bytes", get(`/${"a".repeat(3000)}`), 414],
		["0032 four words in the request line", "GET /a HTTP/1.1 b\r\nHost: localhost\r\n\r\n", 400],
		["noise", "\x16\x03\x01\x02\x00\x01\r\n\r\n", 400],
		["a body of 2 MiB", post(`Content-Length: ${2 << 20}\r\n`), 413],
		["no length", post(""), 411],
	])
		test(`${way}: ${what}: ${code}`, () => refused(way, bytes, code));
}

test("0015 0016 tls: while a request with a body in pieces is at work, the next one waits its turn", async () => {
	const c = await connect(web, "tls");
	const busy = database.waiting();
	const body = '{"tenant":"demo","email":"a@example.jp","password":"secret123"}';
	await c.send(post(`Origin: https://localhost:${web.https}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n`, body.slice(0, 5)));
	await c.send(body.slice(5));
	await until(() => database.waiting() > busy);
	await c.send(get("/healthz"));
	// The other connections of this one worker are served meanwhile.
	assert.ok(await alive(web));
	assert.ok(await alive(web));
	assert.equal(c.text, "", "nothing may overtake the first answer");
	database.release();
	await until(() => c.text.split("HTTP/1.1 ").length === 3);
	assert.match(c.text, /^HTTP\/1\.1 503 [\s\S]*HTTP\/1\.1 200 /);
	c.end();
});

test("half of a queue is one's own: then it is said at once when to come back, and another is taken; it empties when the work is done", async () => {
	const own = await silentDatabase();
	const small = await startWeb({ DB: own.dsn, WORKERS: "1", JOB_THREADS: "1", PROXIES: "127.0.0.1" });
	try {
		// One at work, half of 256 in the queue: of one network, whatever key each shows.
		const ours = (i) => `X-Forwarded-For: 2001:db8::${i}\r\nAuthorization: Bearer ${String(i).padStart(6, "0")}\r\n`;
		const all = [];
		for (let i = 0; i < 129; i++) {
			const c = await connect(small, "tls");
			await c.send(get("/readyz", ours(i)));
			all.push(c);
			if (i === 0) await until(() => own.waiting() >= 2);
		}
		const late = await connect(small, "tls");
		await until(async () => {
			late.text = "";
			await late.send(get("/readyz", ours(999)));
			return status(await answered(late)) === 503;
		});
		late.text = "";
		await late.send(get("/api/v1/offices", ours(998)));
		assert.equal(status(await answered(late)), 503, "nor where the route wants the key");
		assert.match(late.text, /^retry-after: 1\r$/m);
		assert.match(late.text, /problems\/busy/);
		const other = await connect(small, "tls");
		await other.send(get("/readyz", "X-Forwarded-For: 192.0.2.1\r\n"));
		all.push(other);
		assert.ok(await alive(small));
		assert.ok(all.every((c) => c.text === ""));
		own.stop();
		for (const c of all) assert.equal(status(await answered(c, 30000)), 503);
		assert.ok(all.every((c) => /problems\/away/.test(c.text)));
		for (const c of [...all, late]) c.end();
	} finally {
		own.stop();
		await small.stop();
	}
});
