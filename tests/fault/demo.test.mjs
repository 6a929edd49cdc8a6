// The demonstration tells when a part is away: it fails at the step that needs
// the part, and passes when the part is back.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root, startInstallation } from "../lib/installation.mjs";
import { until } from "../lib/smtp.mjs";

const fails = {
	postgres: /^demo: step 1, see that the database and the key service are there: .*503 away$/m,
	kms: /^demo: step 1, see that the database and the key service are there: the key service is away$/m,
	courier: /^demo: step 5, take the invitation from the outbox: a mail to .* did not come/m,
	decode: /^demo: step 9, hold the pass before its camera: .*503 decoder_away$/m,
};

let house;
before(async () => { house = await startInstallation({}); });
after(() => house?.stop());

/** It waits a minute for a mail; the limit is for hanging. */
const demo = () => spawnSync(join(root, "scripts/demo"), { env: { ...house.env, HOME: process.env.HOME }, encoding: "utf8", timeout: 240e3 });
const passes = () => {
	const { status, stdout, stderr } = demo();
	assert.equal(status, 0, stdout + stderr);
	assert.match(stdout, /^all 13 steps in /m);
};
const whole = () => until(async () => {
	const client = house.client();
	const answer = await client.get("/readyz").catch(() => undefined);
	client.close();
	return answer?.status === 200 && answer.json.degraded.length === 0;
}, "every part");

test("with every part there it passes", passes);

for (const [name, said] of Object.entries(fails)) {
	test(`without ${name} it fails at ${/step \d+/.exec(said.source)[0]}, and says why`, async () => {
		await house.sv("stop", name);
		const { status, stderr } = demo();
		await house.sv("start", name);
		await whole();
		assert.equal(status, 1, stderr);
		assert.match(stderr, said);
	});
}

test("with all of them back it passes again", passes);
