// The key service against requests that were spoilt on the way, against broken
// JSON, and against clients that are slow or many.
import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { KeyService } from "../lib/kms.mjs";

/** @type {KeyService} */
let service;
let id;
before(async () => {
	service = await KeyService.start();
	id = await service.key("alias/test-1", "test");
});
after(() => service.stop());

const stillWell = async () => assert.equal((await service.call("GenerateRandom", { NumberOfBytes: 1 })).status, 200);

test("a good request, one 200 seconds old, and a replay are taken", async () => {
	const request = service.sign("DescribeKey", { KeyId: id });
	for (const unix of [true, false]) {
		assert.equal((await service.send(request, { unix })).status, 200);
		assert.equal((await service.send(request, { unix })).status, 200);
	}
	const old = service.sign("DescribeKey", { KeyId: id }, { date: new Date(Date.now() - 200000) });
	assert.equal((await service.send(old)).status, 200);
});

test("whatever was changed after signing is noticed", async (t) => {
	const spoil = {
		"the body": ["InvalidSignatureException", (r) => { r.body = r.body.replace(id, randomUUID()); }],
		"a space in the body": ["InvalidSignatureException", (r) => { r.body = ` ${r.body.slice(0, -1)} }`; r.headers["content-length"] = String(r.body.length); }],
		"the operation": ["InvalidSignatureException", (r) => { r.headers["x-amz-target"] = "TrentService.ScheduleKeyDeletion"; }],
		"the date": ["InvalidSignatureException", (r) => { r.headers["x-amz-date"] = new Date(Date.now() + 5000).toISOString().replace(/[-:]|\.\d+/g, ""); }],
		"the host": ["InvalidSignatureException", (r) => { r.headers.host = "kms.elsewhere"; }],
		"the content type": ["InvalidSignatureException", (r) => { r.headers["content-type"] = "application/x-amz-json-1.0"; }],
		"the signature": ["InvalidSignatureException", (r) => { r.headers.authorization = r.headers.authorization.replace(/.$/, (digit) => (digit === "0" ? "1" : "0")); }],
		"the access key": ["UnrecognizedClientException", (r) => { r.headers.authorization = r.headers.authorization.replace("genkan-test", "genkan-tess"); }],
		"another principal": ["InvalidSignatureException", (r) => { r.headers.authorization = r.headers.authorization.replace("genkan-test", "genkan-web"); }],
		"the region": ["IncompleteSignatureException", (r) => { r.headers.authorization = r.headers.authorization.replace("ap-northeast-1", "us-east-1"); }],
		"the service": ["IncompleteSignatureException", (r) => { r.headers.authorization = r.headers.authorization.replace("/kms/", "/s3/"); }],
		"the date of the scope": ["IncompleteSignatureException", (r) => { r.headers.authorization = r.headers.authorization.replace(/\/\d{8}\//, "/20200101/"); }],
		"the list of signed headers": ["IncompleteSignatureException", (r) => { r.headers.authorization = r.headers.authorization.replace(";x-amz-target", ""); }],
		"the path": ["UnknownOperationException", (r) => { r.line = "POST /x HTTP/1.1"; }],
		"a query": ["UnknownOperationException", (r) => { r.line = "POST /?a=b HTTP/1.1"; }],
		"an empty query": ["UnknownOperationException", (r) => { r.line = "POST /? HTTP/1.1"; }],
		"the method": ["UnknownOperationException", (r) => { r.line = "PUT / HTTP/1.1"; }],
		"a second target": ["IncompleteSignatureException", (r) => { r.extra.push("X-Amz-Target: TrentService.ScheduleKeyDeletion"); }],
		"a second date": ["IncompleteSignatureException", (r) => { r.extra.push(`X-Amz-Date: ${r.headers["x-amz-date"]}`); }],
		"a second authorization": ["IncompleteSignatureException", (r) => { r.extra.push(`Authorization: ${r.headers.authorization}`); }],
		"no authorization": ["MissingAuthenticationTokenException", (r) => { delete r.headers.authorization; }],
	};
	for (const [what, [type, change]] of Object.entries(spoil)) {
		await t.test(what, async () => {
			const request = service.sign("DescribeKey", { KeyId: id });
			change(request);
			const answer = await service.send(request);
			assert.equal(answer.type, type);
			assert.ok(answer.status >= 400);
			assert.match(answer.head, /x-amzn-requestid/i);
		});
	}
	await t.test("and nothing happened to the key", async () => {
		assert.equal((await service.call("DescribeKey", { KeyId: id })).json.KeyMetadata.KeyState, "Enabled");
	});
});

test("what was wrongly signed is refused", async (t) => {
	const wrong = {
		"a clock 400 seconds behind": ["InvalidSignatureException", { date: new Date(Date.now() - 400000) }],
		"a clock 400 seconds ahead": ["InvalidSignatureException", { date: new Date(Date.now() + 400000) }],
		"another region": ["IncompleteSignatureException", { region: "us-east-1" }],
		"another service": ["IncompleteSignatureException", { service: "s3" }],
		"an unsigned target": ["IncompleteSignatureException", { unsigned: ["x-amz-target"] }],
		"an unsigned date": ["IncompleteSignatureException", { unsigned: ["x-amz-date"] }],
		"an unsigned host": ["IncompleteSignatureException", { unsigned: ["host"] }],
		"another content type": ["SerializationException", { headers: { "content-type": "text/plain" } }],
	};
	for (const [what, [type, options]] of Object.entries(wrong)) {
		await t.test(what, async () => {
			const answer = await service.send(service.sign("DescribeKey", { KeyId: id }, options));
			assert.equal(answer.type, type);
		});
	}
	await t.test("an operation nobody has", async () => {
		for (const operation of ["CreateGrant", "Decrypt2", "", "decrypt", "Decrypt;"])
			assert.equal((await service.call(operation, {})).type, "UnknownOperationException", operation);
		const request = service.sign("x", {}, { headers: { "x-amz-target": "OtherService.Decrypt" } });
		assert.equal((await service.send(request)).type, "UnknownOperationException");
	});
});

test("bodies that are no proper request", async (t) => {
	const encrypt = (members) => `{"KeyId":"${id}","Plaintext":"AAAA"${members}}`;
	const bad = {
		"nothing": ["", "SerializationException"],
		"half a body": ['{"KeyId":', "SerializationException"],
		"no object": ["[]", "SerializationException"],
		"something after it": [`${encrypt("")}x`, "SerializationException"],
		"a member twice": [encrypt(`,"KeyId":"${id}"`), "SerializationException"],
		"a member twice in disguise": [encrypt(`,"\\u004beyId":"${id}"`), "SerializationException"],
		"a context member twice": [encrypt(',"EncryptionContext":{"a":"b","a":"c"}'), "SerializationException"],
		"an unknown member": [encrypt(',"Recipient":{}'), "ValidationException"],
		"a member in small letters": [`{"keyId":"${id}","Plaintext":"AAAA"}`, "ValidationException"],
		"a member missing": [`{"KeyId":"${id}"}`, "ValidationException"],
		"a number for a text": ['{"KeyId":1,"Plaintext":"AAAA"}', "SerializationException"],
		"null for a text": ['{"KeyId":null,"Plaintext":"AAAA"}', "SerializationException"],
		"a list for a map": [encrypt(',"EncryptionContext":[]'), "SerializationException"],
		"a number in a context": [encrypt(',"EncryptionContext":{"a":1}'), "SerializationException"],
		"no base64": [`{"KeyId":"${id}","Plaintext":"A!AA"}`, "SerializationException"],
		"sloppy base64": [`{"KeyId":"${id}","Plaintext":"AAB="}`, "SerializationException"],
		"an empty plain text": [`{"KeyId":"${id}","Plaintext":""}`, "ValidationException"],
		"a NUL": [`{"KeyId":"${id}\\u0000","Plaintext":"AAAA"}`, "SerializationException"],
		"half a surrogate": [`{"KeyId":"\\ud800","Plaintext":"AAAA"}`, "SerializationException"],
		"a dry run": [encrypt(',"DryRun":true'), "UnsupportedOperationException"],
		"a grant token": [encrypt(',"GrantTokens":["x"]'), "UnsupportedOperationException"],
		"a context too large": [encrypt(`,"EncryptionContext":{"a":"${"x".repeat(20000)}"}`), "ValidationException"],
		"depth": ["[".repeat(60000), "SerializationException"],
		"a key id too long": [`{"KeyId":"${"x".repeat(3000)}","Plaintext":"AAAA"}`, "ValidationException"],
	};
	for (const [what, [body, type]] of Object.entries(bad)) {
		await t.test(what, async () => {
			assert.equal((await service.call("Encrypt", body)).type, type);
		});
	}
	await t.test("a number that is huge or broken", async () => {
		for (const number of ["1e400", "99999999999999999999", "1.5", '"7"', "-1", "0"])
			assert.match((await service.call("GenerateRandom", `{"NumberOfBytes":${number}}`)).type, /^(Serialization|Validation)Exception$/, number);
	});
	await t.test("bytes that are no UTF-8", async () => {
		const request = service.sign("Encrypt", "{}");
		request.body = Buffer.from(`{"KeyId":"\xff"}`, "latin1");
		request.headers["content-length"] = String(request.body.length);
		assert.equal((await service.send(request)).type, "InvalidSignatureException");
	});
});

test("a body that is too large is refused before it is read", async () => {
	const request = service.sign("Encrypt", "{}");
	request.headers["content-length"] = "70000";
	assert.equal((await service.send(request)).status, 413);
	request.headers["content-length"] = "99999999999999999999";
	assert.ok((await service.send(request)).status !== 200);
	const chunked = service.sign("Encrypt", "{}", { headers: { "transfer-encoding": "chunked" } });
	delete chunked.headers["content-length"];
	chunked.body = "2\r\n{}\r\n0\r\n\r\n";
	assert.notEqual((await service.send(chunked)).status, 200);
	await stillWell();
});

test("noise and broken HTTP hurt nobody", async () => {
	const pieces = ["\r\n\r\n", "GET\r\n\r\n", "POST / HTTP/9.9\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		`POST / HTTP/1.1\r\nHost: a\r\n${"X: y\r\n".repeat(2000)}\r\n`, `POST /${"a".repeat(100000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"];
	for (const piece of pieces) assert.notEqual((await service.exchange(Buffer.from(piece))).status, 200);
	for (let i = 0; i < 50; i++) {
		const socket = connect(service.socket);
		socket.on("error", () => {});
		socket.end(randomBytes(2000));
	}
	await stillWell();
	assert.equal(service.child.exitCode, null);
});

test("slow and silent clients shut nobody out", async () => {
	const request = service.sign("GenerateRandom", { NumberOfBytes: 1 });
	const head = [request.line, ...Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`), ""].join("\r\n");
	const sockets = [];
	// More than there are places: half say nothing, half stop in the middle.
	for (let i = 0; i < 900; i++) {
		const socket = i % 3 ? connect(service.socket) : connect(service.port, "127.0.0.1");
		socket.on("error", () => {});
		socket.on("data", () => {});
		if (i % 2) socket.write(head.slice(0, 200));
		sockets.push(socket);
		if (i % 90 === 89) await stillWell();
	}
	for (let i = 0; i < 20; i++) await stillWell();
	for (const socket of sockets) socket.destroy();
	await stillWell();
});

test("a request that never becomes whole is given up", async () => {
	const socket = connect(service.socket);
	const closed = new Promise((resolve) => socket.on("close", resolve));
	socket.on("error", () => {});
	socket.resume();
	let at = 0;
	const text = "POST / HTTP/1.1\r\nHost: kms.local\r\nX-Slow: ";
	const drip = setInterval(() => socket.writable && socket.write(text[at++] ?? "x"), 100);
	await closed; // and not when the dripping ends, for it never does
	clearInterval(drip);
	await stillWell();
});

test("a connection is kept for the next request", async () => {
	const one = service.sign("GenerateRandom", { NumberOfBytes: 1 });
	const bytes = Buffer.from([one.line, ...Object.entries(one.headers).map(([name, value]) => `${name}: ${value}`), "", one.body].join("\r\n"));
	const socket = connect(service.socket);
	let said = "";
	socket.on("data", (data) => { said += data; });
	for (let i = 1; i <= 3; i++) {
		socket.write(bytes);
		while (said.split("Plaintext").length - 1 < i) await new Promise((resolve) => socket.once("data", resolve));
	}
	socket.destroy();
	assert.equal(said.split("HTTP/1.1 200").length - 1, 3);
});

test("calls from many clients at once do not disturb one another", async () => {
	const clients = Array.from({ length: 24 }, async (_, n) => {
		const EncryptionContext = { client: String(n) };
		for (let i = 0; i < 20; i++) {
			const Plaintext = randomBytes(64).toString("base64");
			const sealed = await service.call("Encrypt", { KeyId: id, Plaintext, EncryptionContext });
			const opened = await service.call("Decrypt", { CiphertextBlob: sealed.json.CiphertextBlob, EncryptionContext });
			assert.equal(opened.json.Plaintext, Plaintext);
			if (i % 10 === 0) assert.equal((await service.call("CreateKey", {})).status, 200);
			if (n === 0 && i % 5 === 0) assert.equal((await service.call("RotateKeyOnDemand", { KeyId: id })).status, 200);
		}
	});
	await Promise.all(clients);
});

test("strangers are counted, not listed one by one", async () => {
	const from = service.audit().length;
	const request = service.sign("DescribeKey", { KeyId: id });
	request.headers.authorization = request.headers.authorization.replace("genkan-test", "nobody");
	await Promise.all(Array.from({ length: 200 }, () => service.send(request)));
	const listed = service.audit().slice(from).filter((line) => line.at);
	assert.ok(listed.length > 0);
	assert.ok(listed.every((line) => line.principal === null && line.result === "UnrecognizedClientException"));
	// At most five in each of its seconds, which need not be the clock's.
	const inSecond = new Map();
	for (const { at } of listed) inSecond.set(at, (inSecond.get(at) ?? 0) + 1);
	for (const count of inSecond.values()) assert.ok(count <= 10);
});
