// The key service with another one behind it, as if that were AWS KMS: here a
// second one of ours. GENKAN_TEST_UPSTREAM=http://127.0.0.1:5000 names an
// independent one instead (any credential must do there).
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import * as kms from "@aws-sdk/client-kms";
import { KeyService } from "../lib/kms.mjs";
import { root, startInstallation } from "../lib/installation.mjs";

const run = promisify(execFile);
const independent = process.env.GENKAN_TEST_UPSTREAM;
const credential = { access_key: "genkan-forward", secret_key: "a secret between two key services, of a test" };
const ours = randomUUID();
const theirs = randomUUID();
const context = (tenant, use = "visitor") => ({ tenant, use });
const settings = (endpoint, more = {}) => ({
	GENKAN_KMS_FORWARD: endpoint, GENKAN_KMS_FORWARD_ACCESS_KEY: credential.access_key, GENKAN_KMS_FORWARD_SECRET_KEY: credential.secret_key, ...more,
});

/** @type {KeyService} */
let behind;
/** @type {KeyService} */
let service;
let proxy, endpoint;
const keys = {}, blobs = {};
before(async () => {
	behind = await KeyService.start((list) => [...list, { name: "forward", rights: "forward", ...credential }]);
	endpoint = independent ?? behind.endpoint;
	proxy = await startProxy(endpoint);
	service = await KeyService.startForwarding(settings(proxy.endpoint));
	for (const [name, tenant] of Object.entries({ ours, theirs })) {
		keys[name] = await service.key(`alias/tenant-${tenant}`);
		for (const use of ["visitor", "delivery"]) {
			const made = await service.call("GenerateDataKeyWithoutPlaintext", { KeyId: keys[name], KeySpec: "AES_256", EncryptionContext: context(tenant, use) }, "operator");
			assert.equal(made.status, 200, made.body);
			blobs[`${name}.${use}`] = made.json.CiphertextBlob;
		}
	}
});
after(async () => {
	await service?.stop();
	proxy?.stop();
	await behind?.stop();
});

/** What stands between: counts what it passes on, and can refuse first. */
async function startProxy(target, tls) {
	const seen = [], refusals = [];
	const { hostname, port } = new URL(target);
	const serve = (request, response) => {
		const chunks = [];
		request.on("data", (chunk) => chunks.push(chunk));
		request.on("end", () => {
			seen.push(request.headers["x-amz-target"].split(".")[1]);
			const refusal = refusals.shift();
			if (refusal) {
				response.writeHead(refusal.status, { "content-type": "application/x-amz-json-1.1" });
				response.end(JSON.stringify({ __type: refusal.type, message: "" }));
				return;
			}
			const onward = http.request({ hostname, port, method: request.method, path: request.url, headers: request.headers }, (answer) => {
				response.writeHead(answer.statusCode, answer.headers);
				answer.pipe(response);
			});
			onward.on("error", () => response.destroy());
			onward.end(Buffer.concat(chunks));
		});
	};
	const server = tls ? https.createServer(tls, serve) : http.createServer(serve);
	await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
	return {
		seen, refusals, endpoint: `${tls ? "https" : "http"}://127.0.0.1:${server.address().port}`,
		stop: () => { server.close(); server.closeAllConnections(); },
	};
}

const decrypt = (name, who, more = {}) => {
	const [whose, use] = name.split(".");
	return service.call("Decrypt", { KeyId: keys[whose], CiphertextBlob: blobs[name], EncryptionContext: context(whose === "ours" ? ours : theirs, use), ...more }, who);
};

test("web opens a tenant's data keys, courier those of deliveries, the operator none", async () => {
	assert.equal(Buffer.from((await decrypt("ours.visitor", "web")).json.Plaintext, "base64").length, 32);
	assert.equal((await decrypt("ours.delivery", "web")).status, 200);
	assert.equal((await decrypt("ours.delivery", "courier")).status, 200);
	for (const [name, who] of [["ours.visitor", "courier"], ["ours.visitor", "operator"], ["ours.delivery", "operator"], ["ours.visitor", "test"]])
		assert.equal((await decrypt(name, who)).type, "AccessDeniedException", `${who} ${name}`);
});

test("what may not be asked is not passed on", async () => {
	const passed = proxy.seen.length;
	for (const [who, operation, body] of [
		["web", "Decrypt", { KeyId: keys.theirs, CiphertextBlob: blobs["ours.visitor"], EncryptionContext: context(ours) }],
		["web", "Decrypt", { KeyId: keys.ours, CiphertextBlob: blobs["ours.visitor"] }],
		["web", "Encrypt", { KeyId: keys.ours, Plaintext: "AAAA", EncryptionContext: context(ours) }],
		["web", "DisableKey", { KeyId: keys.ours }],
		["courier", "GenerateDataKey", { KeyId: keys.ours, KeySpec: "AES_256", EncryptionContext: context(ours, "delivery") }],
		["operator", "GenerateDataKey", { KeyId: keys.ours, KeySpec: "AES_256", EncryptionContext: context(ours) }],
		["operator", "ReEncrypt", { CiphertextBlob: blobs["ours.visitor"], SourceKeyId: keys.ours, DestinationKeyId: keys.ours,
			SourceEncryptionContext: context(ours), DestinationEncryptionContext: context(ours, "delivery") }],
		["operator", "CreateAlias", { AliasName: `alias/tenant-${ours}`, TargetKeyId: keys.theirs }],
		["operator", "CreateAlias", { AliasName: "alias/elsewhere", TargetKeyId: keys.ours }],
		["test", "CreateAlias", { AliasName: "alias/test-mine", TargetKeyId: keys.ours }],
		["test", "ListKeys", {}],
		["test", "DescribeKey", { KeyId: `alias/tenant-${ours}` }],
	]) assert.equal((await service.call(operation, body, who)).type, "AccessDeniedException", `${who} ${operation}`);
	assert.equal(proxy.seen.length, passed);
});

test("a blob that names its key itself is judged before its answer goes out", async () => {
	const open = (who, name) => service.call("Decrypt", { CiphertextBlob: blobs[name], EncryptionContext: context(ours, name.split(".")[1]) }, who);
	assert.equal((await open("web", "ours.visitor")).status, 200);
	assert.equal((await open("test", "ours.visitor")).type, "AccessDeniedException");
	assert.equal((await open("courier", "ours.visitor")).type, "AccessDeniedException");
	assert.equal((await open("courier", "ours.delivery")).status, 200);
});

test("after a restart it asks whose a key is", async () => {
	await service.kill("SIGTERM");
	await service.launch();
	assert.equal((await decrypt("ours.visitor", "web")).status, 200);
	assert.ok(proxy.seen.includes("ListAliases"));
	assert.equal((await decrypt("ours.visitor", "web", { KeyId: keys.theirs })).type, "AccessDeniedException");
	assert.equal((await decrypt("ours.visitor", "web", { KeyId: randomUUID() })).status, 400);
});

test("the AWS SDK sees through it what it would see behind it", async () => {
	const client = service.sdk();
	const send = (Command, input) => client.send(new Command(input));
	const AliasName = `alias/test-${randomUUID()}`, EncryptionContext = { tenant: "東京", use: "x" }, Plaintext = Buffer.from("受付");
	const { KeyMetadata: { KeyId } } = await send(kms.CreateKeyCommand, { Description: "forwarded" });
	await send(kms.CreateAliasCommand, { AliasName, TargetKeyId: KeyId });
	const { CiphertextBlob } = await send(kms.EncryptCommand, { KeyId: AliasName, Plaintext, EncryptionContext });
	await send(kms.RotateKeyOnDemandCommand, { KeyId });
	const opened = await send(kms.DecryptCommand, { CiphertextBlob, EncryptionContext });
	assert.deepEqual(Buffer.from(opened.Plaintext), Plaintext);
	await assert.rejects(send(kms.DecryptCommand, { CiphertextBlob, EncryptionContext: { tenant: "大阪", use: "x" } }), { name: "InvalidCiphertextException" });
	const moved = await send(kms.ReEncryptCommand, { CiphertextBlob, SourceEncryptionContext: EncryptionContext, DestinationKeyId: KeyId });
	assert.deepEqual(Buffer.from((await send(kms.DecryptCommand, { CiphertextBlob: moved.CiphertextBlob })).Plaintext), Plaintext);
	await assert.rejects(send(kms.DescribeKeyCommand, { KeyId: "alias/test-nothing" }), { name: "NotFoundException" });
	assert.equal((await send(kms.ScheduleKeyDeletionCommand, { KeyId, PendingWindowInDays: 7 })).KeyState ?? "PendingDeletion", "PendingDeletion");
	assert.equal((await send(kms.DescribeKeyCommand, { KeyId })).KeyMetadata.KeyState, "PendingDeletion");
});

test("it asks again where that may help, and never makes two keys", async () => {
	const count = (operation) => proxy.seen.filter((one) => one === operation).length;
	let before = count("Decrypt");
	proxy.refusals.push({ status: 400, type: "ThrottlingException" }, { status: 500, type: "KMSInternalException" });
	assert.equal((await decrypt("ours.visitor", "web")).status, 200);
	assert.equal(count("Decrypt"), before + 3);
	before = count("Decrypt");
	proxy.refusals.push({ status: 400, type: "DisabledException" });
	assert.equal((await decrypt("ours.visitor", "web")).type, "DisabledException");
	assert.equal(count("Decrypt"), before + 1);
	before = count("CreateKey");
	proxy.refusals.push({ status: 500, type: "KMSInternalException" });
	assert.equal((await service.call("CreateKey", {}, "operator")).status, 500);
	assert.equal(count("CreateKey"), before + 1);
});

test("where it is not known itself, that is no refusal of its client", async () => {
	for (const type of ["UnrecognizedClientException", "ExpiredTokenException"]) {
		proxy.refusals.push(...Array(3).fill({ status: 400, type }));
		const answer = await decrypt("ours.visitor", "web");
		assert.equal(answer.status, 503);
		assert.equal(answer.type, "DependencyTimeoutException");
		proxy.refusals.length = 0;
	}
	assert.match(service.said, /kms\.upstream_refuses/);
});

test("a stop through it is told to web and courier at once", async () => {
	const stops = join(service.dir, "run/kms/stops");
	const told = readFileSync(stops, "utf8");
	assert.equal((await service.call("DisableKey", { KeyId: keys.theirs }, "operator")).status, 200);
	assert.notEqual(readFileSync(stops, "utf8"), told);
	if (!independent) assert.equal((await decrypt("theirs.visitor", "web")).type, "DisabledException");
	assert.equal((await service.call("EnableKey", { KeyId: keys.theirs }, "operator")).status, 200);
});

test("over TLS it takes the authority that is set and no other", async () => {
	const dir = service.dir;
	execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=kms",
		"-addext", "subjectAltName=DNS:localhost", "-keyout", join(dir, "tls.key"), "-out", join(dir, "tls.pem")], { stdio: "ignore" });
	const secure = await startProxy(endpoint, { key: readFileSync(join(dir, "tls.key")), cert: readFileSync(join(dir, "tls.pem")) });
	const plain = service.forward;
	try {
		for (const [ca, status] of [[join(dir, "tls.pem"), 200], ["", 503]]) {
			await service.kill("SIGTERM");
			service.forward = settings(secure.endpoint.replace("127.0.0.1", "localhost"), ca ? { GENKAN_KMS_FORWARD_CA: ca } : {});
			await service.launch();
			assert.equal((await decrypt("ours.visitor", "web")).status, status);
		}
		assert.match(service.said, /kms\.upstream_away/);
	} finally {
		secure.stop();
		await service.kill("SIGTERM");
		service.forward = plain;
		await service.launch();
	}
});

test("credentials come from a file, with a session token, and are read again when they change", async () => {
	const file = join(service.dir, "credentials");
	const write = (secret, token) => writeFileSync(file, `[other]\naws_access_key_id = x\n\n[default]\naws_access_key_id=${credential.access_key}\n`
		+ `aws_secret_access_key = ${secret}\n${token ? `aws_session_token = ${token}\n` : ""}`, { mode: 0o600 });
	const plain = service.forward;
	write(credential.secret_key, "a token");
	await service.kill("SIGTERM");
	service.forward = { GENKAN_KMS_FORWARD: proxy.endpoint, GENKAN_KMS_FORWARD_CREDENTIALS: file };
	await service.launch();
	assert.equal((await decrypt("ours.visitor", "web")).status, 200);
	if (!independent) {
		write("quite another secret");
		assert.equal((await decrypt("ours.visitor", "web")).status, 503);
		write(credential.secret_key);
		assert.equal((await decrypt("ours.visitor", "web")).status, 200);
	}
	await service.kill("SIGTERM");
	service.forward = plain;
	await service.launch();
});

test("it does not start towards plain HTTP elsewhere, nor without a credential", async () => {
	await service.kill("SIGTERM");
	const plain = service.forward;
	for (const [forward, says] of [
		[settings("http://kms.example/"), /https, or http to 127\.0\.0\.1/],
		[settings("ftp://127.0.0.1/"), /https, or http to 127\.0\.0\.1/],
		[settings("https://user@kms.example/"), /https, or http to 127\.0\.0\.1/],
		[{ GENKAN_KMS_FORWARD: proxy.endpoint }, /GENKAN_KMS_FORWARD_ACCESS_KEY/],
		[{ GENKAN_KMS_FORWARD: proxy.endpoint, GENKAN_KMS_FORWARD_CREDENTIALS: "/nowhere" }, /must exist/],
	]) {
		service.forward = forward;
		await assert.rejects(service.launch(), says);
	}
	service.forward = plain;
	await service.launch();
});

test("the main job, with one key for all tenants, in the service behind", async () => {
	const house = await startInstallation(settings(proxy.endpoint, { GENKAN_KEY_PER_TENANT: "no" }));
	try {
		const { stdout } = await run(join(root, "scripts/demo"), [join(house.var, "demo.json")], { env: house.env, timeout: 240_000 });
		assert.ok(stdout.length > 0);
		assert.match(house.log("kms"), /"forward":"http/);
		assert.match(await house.ctl("keys", "master", "demo"), /new key material/);
		if (!independent) {
			const { Aliases } = (await behind.call("ListAliases", { Limit: 100 }, "operator")).json;
			assert.ok(Aliases.some((alias) => alias.AliasName === "alias/tenant-shared"));
		}
		assert.match(await house.ctl("keys", "rotate", "demo"), /new data keys/);
	} finally {
		await house.stop();
	}
});
