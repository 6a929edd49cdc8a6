// The key service as clients see it that nobody of ours wrote: Debian's AWS
// command line, the AWS SDK for JavaScript, and curl's own signatures.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import * as kms from "@aws-sdk/client-kms";
import { KeyService, jsonType, region } from "../lib/kms.mjs";

const run = promisify(execFile);
/** @type {KeyService} */
let service;
before(async () => { service = await KeyService.start(); });
after(() => service.stop());

const refused = (promise, name) => assert.rejects(promise, (error) => {
	assert.equal(error.name, name);
	return true;
});

test("a session of the AWS command line", async (t) => {
	const plain = randomBytes(48);
	const file = (name, bytes) => {
		writeFileSync(join(service.dir, name), bytes);
		return `fileb://${join(service.dir, name)}`;
	};
	const context = ["--encryption-context", "tenant=a,use=b"];
	let id, blob;

	await t.test("creates and describes a key", async () => {
		const made = await service.aws(["create-key", "--description", "受付の鍵"]);
		id = made.KeyMetadata.KeyId;
		assert.equal(made.KeyMetadata.KeyState, "Enabled");
		await service.aws(["create-alias", "--alias-name", "alias/test-cli", "--target-key-id", id]);
		for (const name of [made.KeyMetadata.Arn, `arn:aws:kms:${region}:000000000000:alias/test-cli`]) {
			const shown = await service.aws(["describe-key", "--key-id", name]);
			assert.equal(shown.KeyMetadata.KeyId, id);
			assert.equal(shown.KeyMetadata.Description, "受付の鍵");
		}
		assert.ok((await service.aws(["list-keys"])).Keys.some((key) => key.KeyId === id));
		assert.equal((await service.aws(["list-aliases"])).Aliases[0].AliasName, "alias/test-cli");
	});
	await t.test("encrypts and decrypts", async () => {
		const sealed = await service.aws(["encrypt", "--key-id", "alias/test-cli", "--plaintext", file("plain", plain), ...context]);
		blob = file("blob", Buffer.from(sealed.CiphertextBlob, "base64"));
		const opened = await service.aws(["decrypt", "--ciphertext-blob", blob, ...context]);
		assert.equal(opened.Plaintext, plain.toString("base64"));
	});
	await t.test("is refused with another context", async () => {
		await refused(service.aws(["decrypt", "--ciphertext-blob", blob]), "InvalidCiphertextException");
		await refused(service.aws(["decrypt", "--ciphertext-blob", blob, "--encryption-context", "tenant=a,use=c"]), "InvalidCiphertextException");
	});
	await t.test("generates a data key", async () => {
		const made = await service.aws(["generate-data-key", "--key-id", id, "--key-spec", "AES_256", ...context]);
		assert.equal(Buffer.from(made.Plaintext, "base64").length, 32);
		const opened = await service.aws(["decrypt", "--ciphertext-blob", file("dek", Buffer.from(made.CiphertextBlob, "base64")), ...context]);
		assert.equal(opened.Plaintext, made.Plaintext);
		const hidden = await service.aws(["generate-data-key-without-plaintext", "--key-id", id, "--number-of-bytes", "64"]);
		assert.equal(hidden.Plaintext, undefined);
	});
	await t.test("re-encrypts to another key", async () => {
		const other = (await service.aws(["create-key"])).KeyMetadata.KeyId;
		const moved = await service.aws(["re-encrypt", "--ciphertext-blob", blob, "--source-encryption-context", "tenant=a,use=b",
			"--destination-key-id", other, "--destination-encryption-context", "tenant=z"]);
		const movedBlob = file("moved", Buffer.from(moved.CiphertextBlob, "base64"));
		const opened = await service.aws(["decrypt", "--ciphertext-blob", movedBlob, "--encryption-context", "tenant=z"]);
		assert.equal(opened.Plaintext, plain.toString("base64"));
		await refused(service.aws(["decrypt", "--ciphertext-blob", movedBlob, "--encryption-context", "tenant=z", "--key-id", id]), "IncorrectKeyException");
	});
	await t.test("switches rotation on and off", async () => {
		await service.aws(["enable-key-rotation", "--key-id", id]);
		assert.equal((await service.aws(["get-key-rotation-status", "--key-id", id])).KeyRotationEnabled, true);
		await service.aws(["disable-key-rotation", "--key-id", id]);
		assert.equal((await service.aws(["get-key-rotation-status", "--key-id", id])).KeyRotationEnabled, false);
	});
	await t.test("disables and enables", async () => {
		await service.aws(["disable-key", "--key-id", id]);
		await refused(service.aws(["decrypt", "--ciphertext-blob", blob, ...context]), "DisabledException");
		await service.aws(["enable-key", "--key-id", id]);
		await service.aws(["decrypt", "--ciphertext-blob", blob, ...context]);
	});
	await t.test("schedules deletion, is refused at once, and cancels", async () => {
		const gone = await service.aws(["schedule-key-deletion", "--key-id", id, "--pending-window-in-days", "7"]);
		assert.equal(gone.KeyState, "PendingDeletion");
		await refused(service.aws(["decrypt", "--ciphertext-blob", blob, ...context]), "KMSInvalidStateException");
		await refused(service.aws(["enable-key", "--key-id", id]), "KMSInvalidStateException");
		await service.aws(["cancel-key-deletion", "--key-id", id]);
		assert.equal((await service.aws(["describe-key", "--key-id", id])).KeyMetadata.KeyState, "Disabled");
		await service.aws(["enable-key", "--key-id", id]);
		const opened = await service.aws(["decrypt", "--ciphertext-blob", blob, ...context]);
		assert.equal(opened.Plaintext, plain.toString("base64"));
	});
});

test("a session of the AWS SDK", async (t) => {
	const client = service.sdk();
	const send = (Command, input) => client.send(new Command(input));
	const EncryptionContext = { tenant: "東京", use: "visitor" };
	let KeyId, old;

	await t.test("creates, names and lists", async () => {
		const made = await send(kms.CreateKeyCommand, { Description: "sdk", KeyUsage: "ENCRYPT_DECRYPT", KeySpec: "SYMMETRIC_DEFAULT" });
		KeyId = made.KeyMetadata.KeyId;
		assert.ok(Math.abs(made.KeyMetadata.CreationDate - Date.now()) < 60000);
		await send(kms.CreateAliasCommand, { AliasName: "alias/test-sdk", TargetKeyId: KeyId });
		await refused(send(kms.CreateAliasCommand, { AliasName: "alias/test-sdk", TargetKeyId: KeyId }), "AlreadyExistsException");
		const listed = await send(kms.ListAliasesCommand, { KeyId });
		assert.deepEqual(listed.Aliases.map((alias) => alias.AliasName), ["alias/test-sdk"]);
	});
	await t.test("rotates, and the old blobs still open", async () => {
		const Plaintext = randomBytes(4096);
		old = await send(kms.EncryptCommand, { KeyId, Plaintext, EncryptionContext });
		const before = await send(kms.DescribeKeyCommand, { KeyId });
		await send(kms.RotateKeyOnDemandCommand, { KeyId });
		await send(kms.RotateKeyOnDemandCommand, { KeyId });
		const { Rotations } = await send(kms.ListKeyRotationsCommand, { KeyId });
		assert.deepEqual(Rotations.map((rotation) => rotation.RotationType), ["ON_DEMAND", "ON_DEMAND"]);
		const opened = await send(kms.DecryptCommand, { CiphertextBlob: old.CiphertextBlob, EncryptionContext });
		assert.deepEqual(Buffer.from(opened.Plaintext), Plaintext);
		assert.equal(opened.KeyMaterialId, before.KeyMetadata.CurrentKeyMaterialId);
		const fresh = await send(kms.ReEncryptCommand, { CiphertextBlob: old.CiphertextBlob, SourceEncryptionContext: EncryptionContext,
			DestinationKeyId: KeyId, DestinationEncryptionContext: EncryptionContext });
		assert.notEqual(fresh.DestinationKeyMaterialId, fresh.SourceKeyMaterialId);
		const again = await send(kms.DecryptCommand, { CiphertextBlob: fresh.CiphertextBlob, EncryptionContext });
		assert.deepEqual(Buffer.from(again.Plaintext), Plaintext);
	});
	await t.test("says when the next automatic rotation is", async () => {
		await send(kms.EnableKeyRotationCommand, { KeyId, RotationPeriodInDays: 90 });
		const status = await send(kms.GetKeyRotationStatusCommand, { KeyId });
		assert.equal(status.RotationPeriodInDays, 90);
		assert.ok(Math.abs(status.NextRotationDate - Date.now() - 90 * 86400000) < 60000);
	});
	await t.test("is told each refusal by its type", async () => {
		await refused(send(kms.DescribeKeyCommand, { KeyId: "alias/test-none" }), "NotFoundException");
		await refused(send(kms.CreateAliasCommand, { AliasName: "test", TargetKeyId: KeyId }), "InvalidAliasNameException");
		await refused(send(kms.CreateAliasCommand, { AliasName: "alias/aws/x", TargetKeyId: KeyId }), "InvalidAliasNameException");
		await refused(send(kms.UpdateAliasCommand, { AliasName: "alias/test-none", TargetKeyId: KeyId }), "NotFoundException");
		await refused(send(kms.ListKeysCommand, { Marker: "nothing" }), "InvalidMarkerException");
		await refused(send(kms.ScheduleKeyDeletionCommand, { KeyId, PendingWindowInDays: 6 }), "ValidationException");
		await refused(send(kms.ScheduleKeyDeletionCommand, { KeyId, PendingWindowInDays: 31 }), "ValidationException");
		await refused(send(kms.EnableKeyRotationCommand, { KeyId, RotationPeriodInDays: 89 }), "ValidationException");
		await refused(send(kms.GenerateDataKeyCommand, { KeyId }), "ValidationException");
		await refused(send(kms.GenerateDataKeyCommand, { KeyId, KeySpec: "AES_256", NumberOfBytes: 32 }), "ValidationException");
		await refused(send(kms.EncryptCommand, { KeyId, Plaintext: randomBytes(4097) }), "ValidationException");
		await refused(send(kms.EncryptCommand, { KeyId, Plaintext: randomBytes(1), EncryptionAlgorithm: "RSAES_OAEP_SHA_1" }), "ValidationException");
		await refused(send(kms.CreateKeyCommand, { KeySpec: "RSA_2048" }), "UnsupportedOperationException");
		await refused(send(kms.CancelKeyDeletionCommand, { KeyId }), "KMSInvalidStateException");
		await refused(send(kms.CreateGrantCommand, { KeyId, GranteePrincipal: "x", Operations: ["Decrypt"] }), "UnknownOperationException");
		await refused(send(kms.GenerateRandomCommand, { NumberOfBytes: 1025 }), "ValidationException");
		await refused(send(kms.DecryptCommand, { CiphertextBlob: randomBytes(100) }), "InvalidCiphertextException");
		await refused(send(kms.DecryptCommand, { CiphertextBlob: old.CiphertextBlob, EncryptionContext, KeyId: "alias/test-none" }), "NotFoundException");
	});
	await t.test("pages through lists", async () => {
		for (let i = 0; i < 5; i++) await send(kms.CreateAliasCommand, { AliasName: `alias/test-page-${i}`, TargetKeyId: KeyId });
		const names = [];
		for await (const page of kms.paginateListAliases({ client, pageSize: 2 }, { KeyId })) names.push(...page.Aliases.map((alias) => alias.AliasName));
		assert.deepEqual(names, ["alias/test-page-0", "alias/test-page-1", "alias/test-page-2", "alias/test-page-3", "alias/test-page-4", "alias/test-sdk"]);
		const keys = [];
		for await (const page of kms.paginateListKeys({ client, pageSize: 1 }, {})) keys.push(...page.Keys);
		assert.equal(new Set(keys.map((key) => key.KeyId)).size, keys.length);
		assert.ok(keys.length >= 3);
	});
	await t.test("moves an alias to a new key", async () => {
		const next = (await send(kms.CreateKeyCommand, {})).KeyMetadata.KeyId;
		await send(kms.UpdateAliasCommand, { AliasName: "alias/test-sdk", TargetKeyId: next });
		assert.equal((await send(kms.DescribeKeyCommand, { KeyId: "alias/test-sdk" })).KeyMetadata.KeyId, next);
	});
	await t.test("sees a key in deletion refuse everything", async () => {
		const gone = await send(kms.ScheduleKeyDeletionCommand, { KeyId });
		assert.equal(gone.PendingWindowInDays, 30);
		assert.ok(Math.abs(gone.DeletionDate - Date.now() - 30 * 86400000) < 60000);
		const input = { KeyId, EncryptionContext };
		await refused(send(kms.DecryptCommand, { CiphertextBlob: old.CiphertextBlob, EncryptionContext }), "KMSInvalidStateException");
		await refused(send(kms.EncryptCommand, { ...input, Plaintext: randomBytes(8) }), "KMSInvalidStateException");
		await refused(send(kms.GenerateDataKeyCommand, { ...input, KeySpec: "AES_256" }), "KMSInvalidStateException");
		await refused(send(kms.GenerateDataKeyWithoutPlaintextCommand, { ...input, KeySpec: "AES_256" }), "KMSInvalidStateException");
		await refused(send(kms.RotateKeyOnDemandCommand, { KeyId }), "KMSInvalidStateException");
		await refused(send(kms.DisableKeyCommand, { KeyId }), "KMSInvalidStateException");
		await refused(send(kms.ScheduleKeyDeletionCommand, { KeyId }), "KMSInvalidStateException");
		assert.ok((await send(kms.DescribeKeyCommand, { KeyId })).KeyMetadata.DeletionDate);
	});
	client.destroy();
});

test("curl signs for the Unix socket", async () => {
	const { access_key, secret_key } = service.principal("test");
	const { stdout } = await run("curl", ["-s", "--unix-socket", service.socket, "--aws-sigv4", `aws:amz:${region}:kms`,
		"--user", `${access_key}:${secret_key}`, "-H", `Content-Type: ${jsonType}`, "-H", "X-Amz-Target: TrentService.GenerateRandom",
		"-d", '{"NumberOfBytes":16}', "http://kms.local/"]);
	assert.equal(Buffer.from(JSON.parse(stdout).Plaintext, "base64").length, 16);
});

test("every call is in the audit log, without what was encrypted", async () => {
	const secret = randomBytes(24);
	const id = await service.key("alias/test-audit", "test");
	const sealed = await service.call("Encrypt", { KeyId: id, Plaintext: secret.toString("base64"), EncryptionContext: { a: "b" } });
	await service.call("Decrypt", { CiphertextBlob: sealed.json.CiphertextBlob, EncryptionContext: { a: "c" } });
	const lines = service.audit().slice(-2);
	assert.equal(lines[0].principal, "test");
	assert.equal(lines[0].operation, "Encrypt");
	assert.equal(lines[0].key, id);
	assert.deepEqual(lines[0].context, { a: "b" });
	assert.equal(lines[0].result, "ok");
	assert.equal(lines[0].uid, process.getuid());
	assert.equal(lines[1].result, "InvalidCiphertextException");
	const text = JSON.stringify(service.audit()) + service.said;
	for (const part of [secret.toString("base64"), sealed.json.CiphertextBlob, service.principal("test").secret_key])
		assert.ok(!text.includes(part));
});
