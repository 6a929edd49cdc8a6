// The second factor: enrolment, codes of oathtool, recovery codes, what a
// session may before it, who must have one, and who takes it away.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { must } from "../../scripts/lib/client.mjs";
import { hold } from "../lib/hold.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { codeOf, inOneStep, readSvg } from "../lib/totp.mjs";
import { until } from "../lib/smtp.mjs";
import { activeTenant } from "../lib/tenant.mjs";

const NO_ID = "0190a3c2-0000-7000-8000-0000000000ff";
let house, ours, admin;
before(async () => {
	house = await startInstallation();
	ours = await activeTenant(house);
	admin = await ours.signedIn();
});
after(() => house?.stop());

const refused = (answer, status, problem) => {
	assert.equal(`${answer.status} ${answer.problem}`, `${status} ${problem}`);
	return answer;
};
const current = (what) => `/api/v1/sessions/current/${what}`;
/** Codes are good once, and last for longer than tests want to wait. */
const forgetSteps = () => ours.sql("UPDATE second_factor SET last_step = 0; DELETE FROM guess");
const forgetGuesses = () => ours.sql("DELETE FROM guess");

/** A client whose password is right: { client, answer }. */
const begin = async (who) => {
	const client = ours.client();
	const answer = await ours.signIn(who, client);
	client.csrf = answer.json.csrf_token;
	return { client, answer };
};
const show = async (client, json) => {
	const answer = await client.send("POST", current("totp"), { json });
	if (answer.status === 201) client.csrf = answer.json.csrf_token;
	return answer;
};
/** Sets up an authenticator; returns its secret and the recovery codes. */
const enrol = async (client, proof = {}) => {
	const { secret } = must(await client.send("POST", current("totp-enrolment"), { json: proof }), 201).json;
	const done = must(await client.put(current("totp-enrolment"), { code: codeOf(secret) }), 200).json;
	client.csrf = done.csrf_token;
	forgetSteps();
	return { secret, codes: done.recovery_codes };
};
/** A member with an authenticator: what newcomers have, and { client, secret, codes }. */
const secured = async (roles = ["member"]) => {
	const who = await ours.member(admin, roles);
	const client = await ours.signedIn(who);
	return { ...who, client, ...await enrol(client) };
};
const operations = (member, action) => ours.sql(`SELECT string_agg(result, ',' ORDER BY seq) FROM operation WHERE object_id = '${member.id}' AND action = '${action}'`);
const mailsTo = async (email, topic) => must(await admin.get("/api/v1/outbox?limit=200"), 200).json.items.filter((m) => m.topic === topic && m.to.includes(email));

test("an authenticator is set up by its first code, and the session is another from then on", async () => {
	const who = await ours.member(admin);
	const client = await ours.signedIn(who);
	const cookie = client.cookies.get("__Host-session"), csrf = client.csrf;
	assert.deepEqual(must(await client.get(current("second-factor")), 200).json, { totp: false, sms: false, sms_possible: false, phone_end: null, recovery_codes: 0 });
	const made = must(await client.send("POST", current("totp-enrolment"), { json: {} }), 201).json;
	assert.match(made.secret, /^[A-Z2-7]{32}$/);
	assert.match(made.uri, new RegExp(`^otpauth://totp/${encodeURIComponent("試験 株式会社")}:${encodeURIComponent(who.email)}\\?secret=${made.secret}&issuer=`));
	assert.equal(readSvg(made.qr_svg), made.uri);
	refused(await client.put(current("totp-enrolment"), { code: "000000" === codeOf(made.secret) ? "111111" : "000000" }), 401, "second_factor_failed");
	assert.equal(must(await client.get(current("second-factor")), 200).json.totp, false);
	const done = must(await client.put(current("totp-enrolment"), { code: codeOf(made.secret) }), 200).json;
	assert.equal(done.recovery_codes.length, 10);
	assert.equal(new Set(done.recovery_codes).size, 10);
	assert.notEqual(done.csrf_token, csrf);
	assert.notEqual(client.cookies.get("__Host-session"), cookie);
	client.csrf = done.csrf_token;
	assert.deepEqual(must(await client.get(current("second-factor")), 200).json, { totp: true, sms: false, sms_possible: false, phone_end: null, recovery_codes: 10 });
	const old = ours.client();
	old.cookies.set("__Host-session", cookie);
	refused(await old.get("/api/v1/sessions/current"), 401, "sign_in_needed");
	refused(await client.put(current("totp-enrolment"), { code: codeOf(made.secret) }), 410, "enrolment_over");
	assert.equal((await until(async () => (await mailsTo(who.email, "member.second_factor"))[0], "a mail about it")).topic, "member.second_factor");
	assert.equal(operations(who, "second_factor.created"), "done");
});

test("after the password nothing answers but the second step and signing out", async () => {
	const who = await secured(["member", "system_admin"]);
	const { client, answer } = await begin(who);
	must(answer, 202);
	assert.deepEqual([answer.json.pending, answer.json.second_factor], ["code", { totp: true, sms: false, sms_possible: false, phone_end: null, recovery_codes: true }]);
	assert.equal(answer.json.member, undefined);
	assert.equal(must(await client.get("/api/v1/sessions/current"), 200).json.pending, "code");
	for (const [method, path, json] of [["GET", "/api/v1/members"], ["GET", "/api/v1/offices"], ["POST", "/api/v1/offices", {}], ["GET", "/api/v1/visits.csv"],
		["GET", "/api/v1/settings/second-factor"], ["DELETE", `/api/v1/members/${NO_ID}/second-factor`], ["GET", current("second-factor")],
		["POST", current("totp-enrolment"), {}], ["PUT", current("totp-enrolment"), { code: "123456" }], ["POST", current("recovery-codes"), {}]])
		refused(await client.send(method, path, { json, key: method === "POST" }), 403, "second_factor_needed");
	must(await client.delete("/api/v1/sessions/current"), 204);
	refused(await client.get("/api/v1/sessions/current"), 401, "sign_in_needed");
});

test("oathtool's code is accepted, once; the cookie and the CSRF token of before are good for nothing", async () => {
	const who = await secured();
	const first = await begin(who), second = await begin(who);
	const cookie = first.client.cookies.get("__Host-session"), csrf = first.client.csrf;
	const code = codeOf(who.secret);
	assert.equal(must(await show(first.client, { code }), 201).json.member.email, who.email);
	assert.notEqual(first.client.csrf, csrf);
	must(await first.client.get("/api/v1/offices"), 200);
	const old = ours.client();
	old.cookies.set("__Host-session", cookie);
	refused(await old.get("/api/v1/sessions/current"), 401, "sign_in_needed");
	refused(await first.client.send("POST", current("totp"), { json: { code } }), 403, "not_allowed");

	refused(await show(second.client, { code }), 401, "second_factor_failed");
	assert.equal(operations(who, "second_factor.shown"), "done,refused");
});

test("of twenty that show one code at one instant, one is let in", async () => {
	const who = await secured();
	const all = await Promise.all(Array.from({ length: 20 }, () => begin(who)));
	forgetGuesses();
	const code = codeOf(who.secret);
	const answers = await Promise.all(all.map(({ client }) => show(client, { code })));
	assert.equal(answers.filter((a) => a.status === 201).length, 1);
});

test("a clock may be one step off, not two, and an older step than the last used is refused", async () => {
	const who = await secured();
	const { client } = await begin(who);
	await inOneStep(async () => {
		forgetSteps();
		refused(await show(client, { code: codeOf(who.secret, -2) }), 401, "second_factor_failed");
		refused(await show(client, { code: codeOf(who.secret, 2) }), 401, "second_factor_failed");
	});
	await inOneStep(async () => {
		forgetSteps();
		must(await show((await begin(who)).client, { code: codeOf(who.secret, 1) }), 201);
		const late = await begin(who);
		refused(await show(late.client, { code: codeOf(who.secret) }), 401, "second_factor_failed");
		refused(await show(late.client, { code: codeOf(who.secret, -1) }), 401, "second_factor_failed");
	});
	await inOneStep(async () => {
		forgetSteps();
		must(await show((await begin(who)).client, { code: codeOf(who.secret, -1) }), 201);
		must(await show((await begin(who)).client, { code: codeOf(who.secret) }), 201);
	});
});

test("codes count in any width, case and grouping that people type", async () => {
	const who = await secured();
	const wide = (s) => [...s].map((c) => String.fromCodePoint(c.codePointAt(0) + 0xfee0)).join("");
	const code = codeOf(who.secret);
	must(await show((await begin(who)).client, { code: `${wide(code.slice(0, 3))} ${code.slice(3)}` }), 201);
	must(await show((await begin(who)).client, { recovery_code: ` ${who.codes[0].toLowerCase().replaceAll("-", " ")}` }), 201);
});

test("each recovery code is good once, and new ones end the old", async () => {
	const who = await secured();
	for (const code of who.codes.slice(0, 2)) {
		must(await show((await begin(who)).client, { recovery_code: code }), 201);
		refused(await show((await begin(who)).client, { recovery_code: code }), 401, "second_factor_failed");
	}
	assert.equal(must(await who.client.get(current("second-factor")), 200).json.recovery_codes, 8);
	forgetSteps();
	const renewed = must(await who.client.send("POST", current("recovery-codes"), { json: { code: codeOf(who.secret) } }), 201).json.recovery_codes;
	assert.equal(renewed.length, 10);
	refused(await show((await begin(who)).client, { recovery_code: who.codes[5] }), 401, "second_factor_failed");
	must(await show((await begin(who)).client, { recovery_code: renewed[9] }), 201);
	refused(await show((await begin(await secured())).client, { recovery_code: renewed[0] }), 401, "second_factor_failed");
	assert.equal(must(await who.client.get(current("second-factor")), 200).json.recovery_codes, 9);
});

test("five wrong codes of whatever kind, and the right one has to wait, on every session of the account", async () => {
	const who = await secured();
	const { client } = await begin(who);
	for (const json of [{ code: "000000" }, { recovery_code: "2222-2222-2222-2222" }, { code: "no code" }, { code: "000000" }, { recovery_code: "x".repeat(64) }])
		refused(await show(client, json), 401, "second_factor_failed");
	const locked = refused(await show(client, { code: codeOf(who.secret) }), 429, "wait");
	assert.ok(locked.json.retry_after > 60 && locked.json.retry_after <= 300);
	const other = await begin(who);
	refused(await show(other.client, { recovery_code: who.codes[0] }), 429, "wait");
	ours.sql("UPDATE guess SET blocked_until = now()");
	must(await show(other.client, { code: codeOf(who.secret) }), 201);
	assert.equal(ours.sql(`SELECT count(*) FROM guess WHERE subject = '${who.id}'`), "0");
});

test("many wrong codes at one instant get no further than five in a row", async () => {
	const who = await secured();
	const { client } = await begin(who);
	const answers = await Promise.all(Array.from({ length: 30 }, () => show(client, { code: "000000" })));
	assert.ok(answers.filter((a) => a.problem === "second_factor_failed").length <= 5);
	assert.ok(answers.every((a) => ["second_factor_failed", "wait", "busy"].includes(a.problem)));
});

test("who has a second factor shows it to change it; a session that has not shown it cannot", async () => {
	const who = await ours.member(admin);
	const mine = await ours.signedIn(who), other = await ours.signedIn(who);
	const started = must(await other.send("POST", current("totp-enrolment"), { json: {} }), 201).json;
	const { secret, codes } = await enrol(mine);
	refused(await other.get("/api/v1/offices"), 403, "second_factor_needed");
	refused(await other.put(current("totp-enrolment"), { code: codeOf(started.secret) }), 403, "second_factor_needed");

	assert.deepEqual(refused(await mine.send("POST", current("totp-enrolment"), { json: {} }), 422, "invalid").json.errors, [{ pointer: "/code", name: "missing" }]);
	refused(await mine.send("POST", current("totp-enrolment"), { json: { code: "000000" } }), 401, "second_factor_failed");
	const again = await enrol(mine, { recovery_code: codes[0] });
	assert.deepEqual(again.codes, []);
	const { client } = await begin(who);
	refused(await show(client, { code: codeOf(secret) }), 401, "second_factor_failed");
	must(await show(client, { code: codeOf(again.secret) }), 201);
});

test("bodies that are none are refused by the names of their members", async () => {
	const { client } = await begin(await secured());
	const errors = async (json) => refused(await show(client, json), 422, "invalid").json.errors.map((e) => `${e.pointer} ${e.name}`).sort();
	assert.deepEqual(await errors({}), ["/code missing"]);
	assert.deepEqual(await errors({ code: "" }), ["/code missing"]);
	assert.deepEqual(await errors({ code: 123456 }), ["/code wrong_type"]);
	assert.deepEqual(await errors({ code: "123456", recovery_code: "2222222222222222" }), ["/recovery_code too_many"]);
	assert.deepEqual(await errors({ code: "123456", more: 1 }), ["/more unknown"]);
	assert.deepEqual(await errors({ code: "1".repeat(65) }), ["/code too_long"]);
	refused(await client.send("POST", current("totp"), { json: { code: "123456" }, headers: { "x-csrf-token": "0".repeat(64) } }), 403, "csrf_refused");
});

test("who must have one and has none can do nothing but set it up, from the next request on", async () => {
	const t = await activeTenant(house);
	const head = await t.signedIn();
	const host = await t.member(head), desk = await t.member(head, ["member", "reception"]);
	const [hosts, desks] = [await t.signedIn(host), await t.signedIn(desk)];
	const rule = must(await head.get("/api/v1/settings/second-factor"), 200).json;
	assert.deepEqual(rule, { requirement: "none", roles: [], version: 0 });
	const put = (json, client = head) => client.put("/api/v1/settings/second-factor", json);
	const made = must(await put({ requirement: "roles", roles: ["reception"], version: 0 }), 200).json;
	assert.deepEqual(made, { requirement: "roles", roles: ["reception"], version: 1 });
	must(await hosts.get("/api/v1/offices"), 200);
	refused(await desks.get("/api/v1/offices"), 403, "second_factor_needed");
	assert.equal(must(await desks.get("/api/v1/sessions/current"), 200).json.pending, "enrolment");

	const late = t.client();
	const answer = must(await t.signIn(desk, late), 202);
	assert.equal(answer.json.pending, "enrolment");
	late.csrf = answer.json.csrf_token;
	refused(await late.send("POST", current("totp"), { json: { code: "123456" } }), 403, "second_factor_needed");
	const { secret } = must(await late.send("POST", current("totp-enrolment"), { json: {} }), 201).json;
	late.csrf = must(await late.put(current("totp-enrolment"), { code: codeOf(secret) }), 200).json.csrf_token;
	must(await late.get("/api/v1/offices"), 200);
	assert.equal(must(await desks.get("/api/v1/sessions/current"), 200).json.pending, "code");

	refused(await put({ requirement: "all", version: 0 }), 409, "conflict");
	must(await put({ requirement: "all", version: 1 }), 200);
	refused(await hosts.get("/api/v1/offices"), 403, "second_factor_needed");
	refused(await head.get("/api/v1/settings/second-factor"), 403, "second_factor_needed");
	must(await late.get("/api/v1/offices"), 200);
	assert.equal(t.sql("SELECT count(*) FROM operation WHERE action = 'second_factor.required' AND result = 'done'"), "2");
});

test("a rule that says nothing, or too much, is refused", async () => {
	const errors = async (json) => refused(await admin.put("/api/v1/settings/second-factor", json), 422, "invalid").json.errors.map((e) => `${e.pointer} ${e.name}`).sort();
	assert.deepEqual(await errors({ requirement: "roles", version: 0 }), ["/roles too_few"]);
	assert.deepEqual(await errors({ requirement: "all", roles: ["member"], version: 0 }), ["/roles too_many"]);
	assert.deepEqual(await errors({ requirement: "some", version: 0 }), ["/requirement no_choice"]);
	assert.deepEqual(await errors({ requirement: "roles", roles: ["operator"], version: 0 }), ["/roles/0 no_choice"]);
	assert.deepEqual(await errors({ requirement: "none" }), ["/version missing"]);
});

test("an account administrator takes a lost one away: sessions end, a mail goes out, the log has it", async () => {
	const who = await secured();
	const helper = await ours.signedIn(await ours.member(admin, ["member", "account_admin"]));
	must(await helper.delete(`/api/v1/members/${who.id}/second-factor`), 204);
	refused(await who.client.get("/api/v1/sessions/current"), 401, "sign_in_needed");
	must((await begin(who)).answer, 201);
	await until(async () => (await mailsTo(who.email, "member.second_factor")).length === 2, "a mail about it");
	assert.equal(operations(who, "second_factor.deleted"), "done");
	must(await helper.delete(`/api/v1/members/${who.id}/second-factor`), 204);
	refused(await helper.delete(`/api/v1/members/${NO_ID}/second-factor`), 404, "not_found");
});

test("nobody takes away their own, nor an account administrator a system administrator's", async () => {
	const head = await secured(["member", "system_admin"]), helper = await secured(["member", "account_admin"]), host = await secured();
	refused(await helper.client.delete(`/api/v1/members/${head.id}/second-factor`), 403, "not_allowed");
	refused(await helper.client.delete(`/api/v1/members/${helper.id}/second-factor`), 403, "not_allowed");
	refused(await head.client.delete(`/api/v1/members/${head.id}/second-factor`), 403, "not_allowed");
	refused(await host.client.delete(`/api/v1/members/${helper.id}/second-factor`), 403, "not_allowed");
	must(await head.client.get(current("second-factor")), 200);
	must(await head.client.delete(`/api/v1/members/${helper.id}/second-factor`), 204);
});

test("a half-made session is over after 15 minutes", async () => {
	const who = await secured();
	const { client, answer } = await begin(who);
	assert.ok(Date.parse(answer.json.expires_at) < Date.now() + 15.5 * 60e3);
	ours.sql(`UPDATE session SET expires_at = expires_at - interval '15 minutes' WHERE member_id = '${who.id}' AND NOT proven`);
	refused(await show(client, { code: codeOf(who.secret) }), 401, "sign_in_needed");
});

test("the database holds no secret and no code in clear", async () => {
	const who = await secured();
	const dump = ours.sql("SELECT string_agg(x, ' ') FROM (SELECT s::text AS x FROM second_factor s UNION ALL SELECT r::text FROM recovery_code r UNION ALL SELECT o::text FROM operation o) AS rows");
	for (const word of [who.secret, Buffer.from(who.secret).toString("hex"), ...who.codes.flatMap((c) => [c, c.replaceAll("-", ""), Buffer.from(c.replaceAll("-", "")).toString("hex")])])
		assert.ok(!dump.includes(word), word);
	assert.ok(!house.log("web").includes(who.secret));
});

test("who loses a role while the request is under way takes nobody's second factor away, nor anybody that of who rises", async () => {
	const target = await secured(), rising = await secured();
	for (const [loss, aim] of [
		[(id) => `DELETE FROM member_role WHERE member_id = '${id}' AND role = 'account_admin'`, target],
		[(id) => `UPDATE member SET state = 'disabled' WHERE id = '${id}'`, target],
		[() => `INSERT INTO member_role (tenant_id, member_id, role) VALUES ('${ours.id}', '${rising.id}', 'system_admin')`, rising],
	]) {
		const who = await ours.member(admin, ["member", "account_admin"]);
		const c = await ours.signedIn(who);
		const late = await hold(house, `SELECT set_config('app.tenant_id', '${ours.id}', true); SELECT pg_advisory_xact_lock(hashtextextended('member ${ours.id}', 0)); ${loss(who.id)}`);
		const asked = c.delete(`/api/v1/members/${aim.id}/second-factor`);
		await late.waited("genkan_web"); // the request has been admitted
		await late.end();
		refused(await asked, 403, "not_allowed");
		assert.equal(ours.sql(`SELECT count(*) FROM second_factor WHERE member_id = '${aim.id}'`), "1");
	}
});
