// What whoever runs an installation types works as it is written: in a shell
// with the settings the key service prints, and with the directories that
// conf/systemd makes.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { freePort, root, startInstallation } from "../lib/installation.mjs";
import { until } from "../lib/smtp.mjs";

const run = promisify(execFile);
let house, state, tcp;

before(async () => {
	tcp = `127.0.0.1:${await freePort()}`;
	// As from a shell that has used another installation, and the bench.
	house = await startInstallation({ GENKAN_KMS_TCP: tcp, GENKAN_KMS_ENDPOINT: "http://127.0.0.1:1", GENKAN_BENCH_SECONDS: "1", GENKAN_TEST_PICTURES: "/nowhere" });
	state = realpathSync(join(house.var, "state"));
});
after(() => house?.stop());

/** A script, where "genkan" means this installation's. */
const shell = async (script) => (await run("bash", ["-euc", script], { env: {
	PATH: `${join(state, "app/bin")}:/usr/bin:${process.env.PATH}`, HOME: house.var, GENKAN_VAR: house.var,
	AWS_EC2_METADATA_DISABLED: "true", AWS_PAGER: "",
} })).stdout;

test("what ctl kms env prints lets the AWS command line in, and genkan goes on in that shell", async () => {
	const said = await shell(`
		eval "$(genkan ctl kms env)"
		echo "$GENKAN_KMS_ENDPOINT"
		aws kms create-key --endpoint-url "$GENKAN_KMS_ENDPOINT" --query KeyMetadata.KeyId --output text
		aws kms list-keys --endpoint-url "$GENKAN_KMS_ENDPOINT" --query "Keys[].KeyId" --output text
		genkan ctl kms status
		genkan ctl tenant list
		env -u GENKAN_VAR genkan check >&2`);
	const [endpoint, made, listed, status] = said.split("\n");
	assert.equal(endpoint, `http://${tcp}`);
	assert.match(made, /^[0-9a-f-]{36}$/);
	assert.ok(listed.split("\t").includes(made), listed);
	assert.equal(status, "the key service answers");
});

test("no program is given the names of the scripts, the tests, the bench or others", () => {
	for (const program of readdirSync(join(house.var, "env")))
		for (const name of readdirSync(join(house.var, "env", program)))
			assert.doesNotMatch(name, /^GENKAN_(KMS_ENDPOINT|BENCH_|TEST_)/, program);
});

test("the key manager finds its key in the directories that systemd makes", async () => {
	const line = readFileSync(join(root, "conf/systemd/genkan.tmpfiles"), "utf8").split("\n")
		.map((text) => text.split(/\s+/)).find(([, path]) => path === "/var/lib/genkan/web");
	const [, , mode, owner, group] = line, web = join(state, "web");
	execFileSync("chown", [`${owner}:${group}`, web]);
	chmodSync(web, parseInt(mode, 8));
	assert.equal(statSync(join(web, "key.pem")).mode & 0o777, 0o400);
	const before = house.pid("web");
	await house.sv("restart", "web");
	assert.notEqual(house.pid("web"), before);
	await until(async () => (await house.client().get("/healthz").catch(() => ({}))).status === 200, "the web server, with its key");
});
