// The key service killed while it writes, its ring lost, spoilt or brought back
// from the past; and what it leaves on disk.
import assert from "node:assert/strict";
import { randomBytes, randomInt } from "node:crypto";
import { appendFileSync, copyFileSync, existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync, chmodSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { KeyService } from "../lib/kms.mjs";

const sanitized = (process.env.GENKAN_BUILD ?? "build") !== "build";

/** @type {KeyService} */
let service;
before(async () => { service = await KeyService.start(); });
after(() => service.stop());

const restart = async (between = () => {}) => {
	await service.kill("SIGTERM");
	await between();
	await service.launch();
};
const seal = async (KeyId) => {
	const Plaintext = randomBytes(32).toString("base64");
	const answer = await service.call("Encrypt", { KeyId, Plaintext });
	assert.equal(answer.status, 200);
	return { KeyId, Plaintext, CiphertextBlob: answer.json.CiphertextBlob };
};
const assertOpens = async ({ Plaintext, CiphertextBlob }) => {
	const answer = await service.call("Decrypt", { CiphertextBlob });
	assert.equal(answer.json?.Plaintext, Plaintext, answer.body);
};
const spoil = (file) => {
	const bytes = readFileSync(file);
	bytes[bytes.length - 5] ^= 1;
	writeFileSync(file, bytes);
};
/** It must not start; what it says. */
const assertRefusesToStart = async (pattern) => {
	await assert.rejects(service.launch(), (error) => {
		assert.match(error.message, pattern);
		return true;
	});
};

test("kill -9 in the middle of ring writes: the ring opens, and what was acknowledged is there", async () => {
	const kept = [];
	for (let round = 0; round < 25; round++) {
		// Where a sealed text is in hand, key and material must outlive the kill.
		const writers = Array.from({ length: 4 }, async () => {
			for (;;) {
				const made = await service.call("CreateKey", {});
				if (made.status !== 200) return;
				const id = made.json.KeyMetadata.KeyId;
				kept.push({ KeyId: id });
				const rotated = await service.call("RotateKeyOnDemand", { KeyId: id });
				if (rotated.status !== 200) return;
				const Plaintext = randomBytes(8).toString("base64");
				const sealed = await service.call("Encrypt", { KeyId: id, Plaintext });
				if (sealed.status !== 200) return;
				kept.push({ KeyId: id, Plaintext, CiphertextBlob: sealed.json.CiphertextBlob });
			}
		});
		await new Promise((resolve) => setTimeout(resolve, randomInt(5, 120)));
		await service.kill("SIGKILL");
		await Promise.all(writers);
		await service.launch();
		assert.deepEqual(readFileSync(service.ring), readFileSync(service.copy));
	}
	for (const one of kept) {
		if (one.CiphertextBlob) await assertOpens(one);
		else assert.equal((await service.call("DescribeKey", { KeyId: one.KeyId })).status, 200);
	}
	assert.ok(kept.length > 25, `${kept.length} keys`);
});

test("a ring that is lost or spoilt comes back from its copy, and the other way round", async () => {
	const sealed = await seal(await service.key("alias/test-copies", "test"));
	for (const [one, other] of [[service.ring, service.copy], [service.copy, service.ring]]) {
		await restart(() => rmSync(one));
		await assertOpens(sealed);
		await restart(() => spoil(one));
		await assertOpens(sealed);
		await restart(() => writeFileSync(one, ""));
		await assertOpens(sealed);
		assert.deepEqual(readFileSync(one), readFileSync(other));
	}
});

test("it does not start without a ring, with both spoilt, or with another passphrase", async () => {
	const saved = `${service.ring}.saved`;
	await service.kill("SIGTERM");
	copyFileSync(service.ring, saved);
	spoil(service.ring);
	spoil(service.copy);
	await assertRefusesToStart(/does not open/);
	rmSync(service.ring);
	rmSync(service.copy);
	await assertRefusesToStart(/no key ring/);
	copyFileSync(saved, service.ring);
	const real = Object.getOwnPropertyDescriptor(KeyService.prototype, "env").get;
	Object.defineProperty(service, "env", { configurable: true, get: () => ({ ...real.call(service), GENKAN_KMS_PASSPHRASE: "another passphrase" }) });
	await assertRefusesToStart(/does not open/);
	Object.defineProperty(service, "env", { configurable: true, get: () => ({ ...real.call(service), GENKAN_KMS_TCP: "0.0.0.0:8100" }) });
	await assertRefusesToStart(/only loopback/);
	delete service.env;
	await service.launch();
	rmSync(saved);
});

test("init does not overwrite a ring", async () => {
	assert.throws(() => service.init(), /another key service uses/);
	await service.kill("SIGTERM");
	const ring = readFileSync(service.ring);
	assert.throws(() => service.init(), /there is a key ring already/);
	assert.deepEqual(readFileSync(service.ring), ring);
	await service.launch();
});

test("principals that others may read are refused", async () => {
	const file = join(service.dir, "principals.json");
	await service.kill("SIGTERM");
	chmodSync(file, 0o644);
	await assertRefusesToStart(/chmod 600/);
	chmodSync(file, 0o600);
	await service.launch();
});

test("without its second disk it opens blobs and makes no key", async () => {
	const sealed = await seal(await service.key(null, "test"));
	renameSync(join(service.dir, "copy"), join(service.dir, "away"));
	const made = await service.call("CreateKey", {});
	assert.equal(made.status, 500);
	assert.equal(made.type, "KMSInternalException");
	await assertOpens(sealed);
	await restart();
	await assertOpens(sealed);
	assert.equal((await service.call("CreateKey", {})).status, 500);
	renameSync(join(service.dir, "away"), join(service.dir, "copy"));
	assert.equal((await service.call("CreateKey", {})).status, 200);
});

test("a destroyed key is not revived by an old ring", async () => {
	const sealed = await seal(await service.key("alias/test-destroyed", "test"));
	const other = await seal(await service.key(null, "test"));
	await restart(() => appendFileSync(`${service.copy}.destroyed`, `\n${sealed.KeyId} ${Math.floor(Date.now() / 1000)}\n`, { mode: 0o600 }));
	assert.equal((await service.call("Decrypt", { CiphertextBlob: sealed.CiphertextBlob })).type, "AccessDeniedException");
	assert.equal((await service.call("DescribeKey", { KeyId: sealed.KeyId })).type, "NotFoundException");
	assert.equal((await service.call("DescribeKey", { KeyId: "alias/test-destroyed" })).type, "NotFoundException");
	assert.match(service.said, /kms\.destroyed_key_refused/);
	await assertOpens(other);
});

test("a dated copy is kept, and those older than thirty days go", async () => {
	const old = `${service.copy}.2020-02-29`;
	await restart(() => copyFileSync(service.copy, old));
	while (existsSync(old)) await new Promise((resolve) => setTimeout(resolve, 50));
	const dated = readdirSync(join(service.dir, "copy")).filter((name) => /^ring\.\d{4}-\d\d-\d\d$/.test(name));
	assert.ok(dated.length >= 1);
	for (const name of dated) assert.equal(statSync(join(service.dir, "copy", name)).mode & 0o777, 0o600);
});

test("the audit log is opened anew on SIGHUP", async () => {
	const file = join(service.dir, "state/audit.log");
	renameSync(file, `${file}.1`);
	service.child.kill("SIGHUP");
	while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 50));
	await service.call("GenerateRandom", { NumberOfBytes: 1 });
	assert.equal(service.audit().at(-1).operation, "GenerateRandom");
});

test("every thread is confined, and no core is ever written", async () => {
	const { pid } = service.child;
	for (const thread of readdirSync(`/proc/${pid}/task`)) {
		const status = readFileSync(`/proc/${pid}/task/${thread}/status`, "utf8");
		assert.match(status, /^NoNewPrivs:\s+1$/m);
		if (!sanitized) assert.match(status, /^Seccomp:\s+2$/m);
	}
	assert.match(readFileSync(`/proc/${pid}/limits`, "utf8"), /^Max core file size\s+0\s+0\s/m);
	assert.doesNotMatch(readFileSync(`/proc/${pid}/environ`, "utf8"), /GENKAN_KMS_PASSPHRASE=the/);
	const ended = await service.kill("SIGSEGV");
	if (!sanitized) assert.equal(ended.signal, "SIGSEGV");
	await service.launch();
});

test("no key is in clear in any file or log", async () => {
	const id = await service.key("alias/test-clear", "test");
	const secrets = ["the passphrase of a test", ...service.principals.map((principal) => principal.secret_key)].map((text) => Buffer.from(text));
	for (let i = 0; i < 10; i++) {
		const made = await service.call("GenerateDataKey", { KeyId: id, KeySpec: "AES_256", EncryptionContext: { n: String(i) } });
		const key = Buffer.from(made.json.Plaintext, "base64");
		secrets.push(key, Buffer.from(key.toString("hex")), Buffer.from(key.toString("base64")));
	}
	await restart();
	const files = readdirSync(service.dir, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile() && !/^principals\.json$|\.secret$/.test(entry.name))
		.map((entry) => join(entry.parentPath ?? entry.path, entry.name));
	assert.ok(files.length >= 5, files.join(" "));
	for (const file of files) {
		const bytes = readFileSync(file);
		for (const secret of secrets) assert.ok(!bytes.includes(secret), file);
		// That a key was stopped is for others to read.
		assert.equal(statSync(file).mode & 0o077, file.endsWith("run/kms/stops") ? 0o044 : 0, file);
	}
	for (const secret of secrets) assert.ok(!Buffer.from(service.said).includes(secret));
	// The search would find one.
	assert.ok(readFileSync(join(service.dir, "principals.json")).includes(secrets[1]));
});
