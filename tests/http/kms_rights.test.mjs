// Each principal of the key service is held to its rights: every operation as
// every principal, on a tenant's key, on another tenant's, and on a test key.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { KeyService } from "../lib/kms.mjs";

const ours = randomUUID();
const theirs = randomUUID();
const context = (tenant, use = "visitor") => ({ tenant, use });
const denied = "AccessDeniedException";

/** @type {KeyService} */
let service;
const keys = {};
before(async () => {
	service = await KeyService.start();
	keys.ours = await service.key(`alias/tenant-${ours}`);
	keys.theirs = await service.key(`alias/tenant-${theirs}`);
	keys.shared = await service.key("alias/tenant-shared");
	keys.test = await service.key("alias/test-1", "test");
	keys.bare = await service.key(null);
});
after(() => service.stop());

/** What each operation asks of a key; the wrapped data key is the tenant's. */
const requests = (KeyId, EncryptionContext, CiphertextBlob) => ({
	CreateKey: {},
	DescribeKey: { KeyId },
	ListKeys: {},
	CreateAlias: { AliasName: "alias/test-new", TargetKeyId: KeyId },
	UpdateAlias: { AliasName: "alias/test-1", TargetKeyId: KeyId },
	ListAliases: {},
	GenerateDataKey: { KeyId, KeySpec: "AES_256", EncryptionContext },
	GenerateDataKeyWithoutPlaintext: { KeyId, KeySpec: "AES_256", EncryptionContext },
	Encrypt: { KeyId, Plaintext: "AAAA", EncryptionContext },
	Decrypt: { CiphertextBlob, EncryptionContext },
	ReEncrypt: { CiphertextBlob, SourceEncryptionContext: EncryptionContext, DestinationKeyId: KeyId, DestinationEncryptionContext: EncryptionContext },
	EnableKey: { KeyId },
	DisableKey: { KeyId },
	EnableKeyRotation: { KeyId },
	DisableKeyRotation: { KeyId },
	GetKeyRotationStatus: { KeyId },
	RotateKeyOnDemand: { KeyId },
	ListKeyRotations: { KeyId },
	ScheduleKeyDeletion: { KeyId },
	CancelKeyDeletion: { KeyId },
	GenerateRandom: { NumberOfBytes: 1 },
});
const life = ["CreateKey", "DescribeKey", "ListKeys", "CreateAlias", "UpdateAlias", "ListAliases", "EnableKey", "DisableKey",
	"EnableKeyRotation", "DisableKeyRotation", "GetKeyRotationStatus", "RotateKeyOnDemand", "ListKeyRotations",
	"ScheduleKeyDeletion", "CancelKeyDeletion"];
const may = {
	web: ["GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "Decrypt", "GenerateRandom"],
	courier: ["GenerateRandom"], // a delivery key apart, below
	operator: [...life, "GenerateDataKeyWithoutPlaintext", "ReEncrypt", "GenerateRandom"],
	test: ["CreateKey", "ListKeys", "ListAliases", "GenerateRandom"], // on a tenant's key
};

for (const principal of Object.keys(may)) {
	test(`${principal} on a tenant's key: each of the 21 operations`, async () => {
		// A key of its own, because the operator really switches and schedules it.
		const tenant = randomUUID();
		const id = await service.key(`alias/tenant-${tenant}`);
		const wrapped = await service.call("GenerateDataKey", { KeyId: id, KeySpec: "AES_256", EncryptionContext: context(tenant) }, "web");
		const all = requests(id, context(tenant), wrapped.json.CiphertextBlob);
		assert.equal(Object.keys(all).length, 21);
		// These two name test aliases, which a tenant's key never gets.
		for (const name of ["CreateAlias", "UpdateAlias"]) all[name].AliasName = `alias/tenant-${tenant}`;
		for (const [operation, body] of Object.entries(all)) {
			const answer = await service.call(operation, body, principal);
			assert.equal(answer.type !== denied, may[principal].includes(operation), `${principal} ${operation}: ${answer.status} ${answer.type}`);
		}
	});
}

test("web unwraps with the exact context of the key's tenant only", async () => {
	const made = await service.call("GenerateDataKey", { KeyId: `alias/tenant-${ours}`, KeySpec: "AES_256", EncryptionContext: context(ours) }, "web");
	assert.equal(made.status, 200);
	const CiphertextBlob = made.json.CiphertextBlob;
	const opens = async (EncryptionContext, more) => (await service.call("Decrypt", { CiphertextBlob, ...(EncryptionContext && { EncryptionContext }), ...more }, "web")).type ?? "ok";
	assert.equal(await opens(context(ours)), "ok");
	assert.equal(await opens({ use: "visitor", tenant: ours }), "ok");
	assert.equal(await opens(context(ours, "totp")), "InvalidCiphertextException");
	assert.equal(await opens(context(theirs)), denied);
	assert.equal(await opens(undefined), denied);
	assert.equal(await opens({}), denied);
	assert.equal(await opens({ tenant: ours }), denied);
	assert.equal(await opens({ ...context(ours), more: "x" }), denied);
	assert.equal(await opens({ tenant: ours.toUpperCase(), use: "visitor" }), denied);
	assert.equal(await opens(context(ours), { KeyId: keys.theirs }), "IncorrectKeyException");
	assert.equal((await service.call("GenerateDataKey", { KeyId: keys.theirs, KeySpec: "AES_256", EncryptionContext: context(ours) }, "web")).type, denied);
	assert.equal((await service.call("GenerateDataKey", { KeyId: keys.bare, KeySpec: "AES_256", EncryptionContext: context(ours) }, "web")).type, denied);
	assert.equal((await service.call("GenerateDataKey", { KeyId: keys.test, KeySpec: "AES_256", EncryptionContext: context(ours) }, "web")).type, denied);
});

test("with one key for all, the context still tells tenants apart", async () => {
	const made = await service.call("GenerateDataKey", { KeyId: "alias/tenant-shared", KeySpec: "AES_256", EncryptionContext: context(ours) }, "web");
	assert.equal(made.status, 200);
	const open = (tenant) => service.call("Decrypt", { CiphertextBlob: made.json.CiphertextBlob, EncryptionContext: context(tenant) }, "web");
	assert.equal((await open(ours)).json.Plaintext, made.json.Plaintext);
	assert.equal((await open(theirs)).type, "InvalidCiphertextException");
});

test("courier unwraps delivery keys and nothing else", async () => {
	const make = async (use) => (await service.call("GenerateDataKey", { KeyId: keys.ours, KeySpec: "AES_256", EncryptionContext: context(ours, use) }, "web")).json.CiphertextBlob;
	const open = async (CiphertextBlob, use) => (await service.call("Decrypt", { CiphertextBlob, EncryptionContext: context(ours, use) }, "courier")).type ?? "ok";
	const delivery = await make("delivery");
	assert.equal(await open(delivery, "delivery"), "ok");
	for (const use of ["visitor", "totp", "hash", "code"]) {
		assert.equal(await open(await make(use), use), denied);
		assert.equal(await open(await make(use), "delivery"), "InvalidCiphertextException");
	}
});

test("courier seals the heads of a tenant's operation log; web and the operator open them and seal none", async () => {
	const seal = (principal, tenant, use = "log") => service.call("Encrypt", { KeyId: keys.ours, Plaintext: "AAAA", EncryptionContext: context(tenant, use) }, principal);
	const CiphertextBlob = (await seal("courier", ours)).json.CiphertextBlob;
	for (const principal of ["courier", "web", "operator"])
		assert.equal((await service.call("Decrypt", { CiphertextBlob, EncryptionContext: context(ours, "log") }, principal)).json.Plaintext, "AAAA", principal);
	for (const principal of ["web", "operator"]) assert.equal((await seal(principal, ours)).type, denied, principal);
	assert.equal((await seal("courier", theirs)).type, denied);
	for (const use of ["delivery", "visitor", "totp", "hash", "code"]) {
		assert.equal((await seal("courier", ours, use)).type, denied, use);
		assert.equal((await service.call("Decrypt", { CiphertextBlob, EncryptionContext: context(ours, use) }, "operator")).type, denied, use);
	}
});

test("operator wraps a key it never sees, for that tenant only", async () => {
	const made = await service.call("GenerateDataKeyWithoutPlaintext", { KeyId: keys.ours, KeySpec: "AES_256", EncryptionContext: context(ours) }, "operator");
	assert.equal(made.status, 200);
	assert.equal(made.json.Plaintext, undefined);
	assert.equal((await service.call("GenerateDataKeyWithoutPlaintext", { KeyId: keys.ours, KeySpec: "AES_256", EncryptionContext: context(theirs) }, "operator")).type, denied);
	const opened = await service.call("Decrypt", { CiphertextBlob: made.json.CiphertextBlob, EncryptionContext: context(ours) }, "web");
	assert.equal(opened.status, 200);
});

test("a tenant's key never becomes a test key, nor the other way round", async () => {
	const alias = (AliasName, TargetKeyId, principal, operation = "CreateAlias") => service.call(operation, { AliasName, TargetKeyId }, principal).then((answer) => answer.type ?? "ok");
	assert.equal(await alias("alias/test-lent", keys.ours, "operator"), denied);
	assert.equal(await alias("alias/test-1", keys.ours, "operator", "UpdateAlias"), denied);
	assert.equal(await alias(`alias/tenant-${theirs}`, keys.ours, "operator", "UpdateAlias"), denied);
	assert.equal(await alias(`alias/tenant-${randomUUID()}`, keys.test, "operator"), denied);
	assert.equal(await alias("alias/mine", keys.test, "test"), denied);
	assert.equal(await alias(`alias/tenant-${randomUUID()}`, keys.test, "test"), denied);
	assert.equal(await alias("alias/test-bare", keys.bare, "test"), denied);
	const wrapped = await service.call("GenerateDataKey", { KeyId: keys.ours, KeySpec: "AES_256", EncryptionContext: context(ours) }, "web");
	assert.equal((await service.call("Decrypt", { CiphertextBlob: wrapped.json.CiphertextBlob, EncryptionContext: context(ours) }, "test")).type, denied);
});

test("test sees its own keys and aliases in the lists, the operator sees all", async () => {
	const ids = async (principal) => (await service.call("ListKeys", {}, principal)).json.Keys.map((key) => key.KeyId);
	assert.ok((await ids("test")).includes(keys.test));
	for (const other of [keys.ours, keys.theirs, keys.shared, keys.bare]) assert.ok(!(await ids("test")).includes(other));
	for (const any of Object.values(keys)) assert.ok((await ids("operator")).includes(any));
	const names = (await service.call("ListAliases", {}, "test")).json.Aliases.map((alias) => alias.AliasName);
	assert.ok(names.every((name) => name.startsWith("alias/test-")));
});

test("the blob of an unknown key and that of a forbidden one look the same", async () => {
	const wrapped = await service.call("GenerateDataKey", { KeyId: keys.ours, KeySpec: "AES_256", EncryptionContext: context(ours) }, "web");
	const blob = Buffer.from(wrapped.json.CiphertextBlob, "base64");
	const forbidden = await service.call("Decrypt", { CiphertextBlob: blob.toString("base64") }, "test");
	blob[10] ^= 1; // in the key's id
	const unknown = await service.call("Decrypt", { CiphertextBlob: blob.toString("base64") }, "test");
	assert.equal(unknown.body, forbidden.body);
	assert.equal(unknown.type, denied);
});

test("a principal with user ids is taken from those users' sockets only", async () => {
	const mine = process.getuid();
	const own = await KeyService.start((principals) => principals.map((principal) => ({
		...principal,
		...(principal.name === "web" && { uids: [mine] }),
		...(principal.name === "courier" && { uids: [mine + 1] }),
	})));
	try {
		const random = (principal, options) => own.send(own.sign("GenerateRandom", { NumberOfBytes: 1 }, { principal }), options);
		assert.equal((await random("web")).status, 200);
		assert.equal((await random("web", { unix: false })).type, denied);
		assert.equal((await random("courier")).type, denied);
		assert.equal((await random("test", { unix: false })).status, 200);
		assert.equal(own.audit().at(-2).principal, "courier");
	} finally {
		await own.stop();
	}
});
