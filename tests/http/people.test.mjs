// Signing in, activation, members, departments, offices: over the real server.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { must, newKey } from "../../scripts/lib/client.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { activeTenant, newTenant, randomWord } from "../lib/tenant.mjs";

let house, ours, theirs, admin;
before(async () => {
	house = await startInstallation();
	ours = await activeTenant(house);
	theirs = await activeTenant(house);
	admin = await ours.signedIn();
});
after(() => house?.stop());

const refused = (answer, status, problem) => {
	assert.equal(`${answer.status} ${answer.problem}`, `${status} ${problem}`);
	assert.match(answer.headers["content-type"], /^application\/problem\+json/);
	assert.ok(answer.json.title.length > 0 && answer.json.status === status);
	return answer;
};
/** "pointer name" of each wrong field, in order. */
const wrong = (answer) => refused(answer, 422, "invalid").json.errors.map((e) => `${e.pointer} ${e.name}`).sort();

// --- sign in --------------------------------------------------------------------

test("signing in gives the person, the company and a closed cookie", async () => {
	const client = ours.client();
	const answer = must(await ours.signIn({}, client), 201);
	assert.equal(answer.json.member.email, ours.email);
	assert.equal(answer.json.member.name, "管理 太郎");
	assert.deepEqual(answer.json.member.roles, ["member", "system_admin"]);
	assert.equal(answer.json.tenant.name, ours.name);
	assert.equal(answer.json.tenant.display_name, "試験 株式会社");
	assert.match(answer.json.csrf_token, /^[0-9a-f]{64}$/);
	const cookie = answer.headers["set-cookie"][0];
	assert.match(cookie, new RegExp(`^__Host-session=${ours.tag}\\.[A-Z2-7]{52};`));
	for (const attribute of [/; *Secure/i, /; *HttpOnly/i, /; *SameSite=Lax/i, /; *Path=\//i]) assert.match(cookie, attribute);
	assert.doesNotMatch(cookie, /Domain=/i);
	const shown = must(await client.get("/api/v1/sessions/current"), 200);
	assert.equal(shown.json.csrf_token, answer.json.csrf_token);
	assert.ok(Date.parse(shown.json.expires_at) > Date.now() + 7.9 * 3600e3);
	client.close();
});

test("the address and the password count in any width and case that people type", async () => {
	const wide = (s) => [...s].map((c) => c > " " && c <= "~" ? String.fromCodePoint(c.codePointAt(0) + 0xfee0) : c).join("");
	must(await ours.signIn({ email: ours.email.toUpperCase() }), 201);
	must(await ours.signIn({ email: wide(ours.email), password: wide(ours.password) }), 201);
	must(await ours.signIn({ tenant: ` ${ours.name.toUpperCase()} ` }), 201);
});

test("unknown company, unknown account, wrong password and no address: one answer", async () => {
	const answers = await Promise.all([
		theirs.signIn({ tenant: "no-such-company" }),
		theirs.signIn({ tenant: "'; DROP TABLE x --" }),
		theirs.signIn({ email: "nobody@example.jp" }),
		theirs.signIn({ email: "no address" }),
		theirs.signIn({ password: "wrong password" }),
		theirs.signIn({ email: ours.email, password: ours.password }),
	]);
	const bodies = answers.map((a) => {
		refused(a, 401, "sign_in_failed");
		assert.equal(a.headers["set-cookie"], undefined);
		const { instance, ...rest } = a.json;
		return JSON.stringify(rest);
	});
	assert.equal(new Set(bodies).size, 1);
});

test("wrong passwords lock the account for a while, also for the right one", async () => {
	const t = await activeTenant(house);
	for (let i = 0; i < 10; i++) refused(await t.signIn({ password: `wrong ${i}` }), 401, "sign_in_failed");
	const locked = refused(await t.signIn(), 429, "wait");
	assert.ok(locked.json.retry_after > 0 && locked.json.retry_after <= 60);
	assert.equal(locked.headers["retry-after"], String(locked.json.retry_after));
	for (let i = 0; i < 10; i++) refused(await t.signIn({ email: "nobody@example.jp" }), 401, "sign_in_failed");
	refused(await t.signIn({ email: "nobody@example.jp" }), 429, "wait");
	t.sql("UPDATE guess SET blocked_until = now()");
	must(await t.signIn(), 201);
	assert.equal(t.sql("SELECT count(*) FROM guess WHERE kind = 'sign_in_account' AND failures = 0"), "0");
});

test("a company that does not exist locks like one that does, account by account", async () => {
	const tenant = `no-${randomWord()}`;
	const wrong = (email, name = tenant) => ours.signIn({ tenant: name, email, password: "wrong" });
	const answers = await Promise.all(Array.from({ length: 30 }, () => wrong("a@example.jp")));
	const looked = answers.filter((a) => a.problem === "sign_in_failed").length;
	assert.ok(looked <= 10, `${looked} were looked at`);
	for (let i = looked; i < 10; i++) refused(await wrong("a@example.jp"), 401, "sign_in_failed");
	const locked = refused(await wrong("A@EXAMPLE.JP", ` ${tenant.toUpperCase()} `), 429, "wait");
	assert.ok(locked.json.retry_after > 0 && locked.json.retry_after <= 60);
	assert.equal(locked.headers["retry-after"], String(locked.json.retry_after));
	refused(await wrong("b@example.jp"), 401, "sign_in_failed");
	must(await ours.signIn(), 201);
});

test("a hundred tries at one instant get no further than ten in a row", async () => {
	const t = await activeTenant(house);
	const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => t.signIn({ password: `wrong ${i}` })));
	const looked = answers.filter((a) => a.problem === "sign_in_failed").length;
	assert.ok(looked <= 10, `${looked} were looked at`);
	assert.ok(answers.every((a) => ["sign_in_failed", "wait", "busy"].includes(a.problem)));
});

test("many wrong tries from one address make that address wait, whatever the account", async () => {
	const t = await activeTenant(house);
	refused(await t.signIn({ email: "a@example.jp" }), 401, "sign_in_failed");
	t.sql("UPDATE guess SET failures = 99 WHERE kind = 'sign_in_address'");
	must(await t.signIn(), 201);
	refused(await t.signIn({ email: "b@example.jp" }), 401, "sign_in_failed");
	refused(await t.signIn({ email: "c@example.jp" }), 429, "wait");
	refused(await t.signIn(), 429, "wait");
});

test("the right password on the last try clears what was counted", async () => {
	const t = await activeTenant(house);
	for (let i = 0; i < 9; i++) refused(await t.signIn({ password: "wrong" }), 401, "sign_in_failed");
	must(await t.signIn(), 201);
	for (let i = 0; i < 9; i++) refused(await t.signIn({ password: "wrong" }), 401, "sign_in_failed");
	must(await t.signIn(), 201);
});

test("failed and successful sign-ins are in the operation log, without names", async () => {
	const t = await activeTenant(house);
	await t.signIn({ password: "wrong" });
	await t.signIn();
	assert.equal(t.sql("SELECT string_agg(action || ' ' || result || ' ' || actor_kind, ',' ORDER BY seq) FROM operation WHERE action = 'session.created'"),
		"session.created refused none,session.created done member");
});

// --- sessions ------------------------------------------------------------------

test("signing out ends the session and takes the cookie away", async () => {
	const client = await ours.signedIn();
	const cookie = client.cookies.get("__Host-session");
	const answer = must(await client.delete("/api/v1/sessions/current"), 204);
	assert.match(answer.headers["set-cookie"][0], /^__Host-session=;.*Max-Age=0/i);
	client.cookies.set("__Host-session", cookie);
	refused(await client.get("/api/v1/sessions/current"), 401, "sign_in_needed");
});

test("a session ends after 8 hours without use, and after 7 days in any case", async () => {
	const t = await activeTenant(house);
	for (const change of ["seen_at = now() - interval '8 hours 1 second'", "expires_at = now() - interval '1 second'"]) {
		const client = await t.signedIn();
		must(await client.get("/api/v1/sessions/current"), 200);
		t.sql(`UPDATE session SET ${change}`);
		refused(await client.get("/api/v1/sessions/current"), 401, "sign_in_needed");
	}
	const client = await t.signedIn();
	t.sql("UPDATE session SET seen_at = now() - interval '7 hours 59 minutes'");
	must(await client.get("/api/v1/sessions/current"), 200);
	assert.equal(t.sql("SELECT count(*) FROM session WHERE seen_at > now() - interval '1 minute'"), "1");
	assert.match(t.sql("SELECT max(expires_at - created_at) FROM session"), /^7 days/);
});

test("who is disabled, or has lost a role, has lost it at once", async () => {
	const t = await activeTenant(house);
	const client = await t.signedIn();
	must(await client.get("/api/v1/devices"), 200);
	t.sql("DELETE FROM member_role WHERE role = 'system_admin'");
	refused(await client.get("/api/v1/devices"), 403, "not_allowed");
	must(await client.get("/api/v1/offices"), 200);
	t.sql("UPDATE member SET state = 'disabled'");
	refused(await client.get("/api/v1/offices"), 401, "sign_in_needed");
	refused(await t.signIn(), 401, "sign_in_failed");
});

test("the database holds no token, password, name or address in clear", async () => {
	const client = await ours.signedIn();
	const [, secret] = client.cookies.get("__Host-session").split(".");
	const rows = ours.sql("SELECT row_to_json(s)::text FROM session s") + ours.sql("SELECT row_to_json(m)::text FROM member m") +
		ours.sql("SELECT row_to_json(o)::text FROM operation o");
	for (const clear of [secret, ours.password, ours.email, "管理", Buffer.from("管理").toString("hex"), Buffer.from(ours.email).toString("hex")])
		assert.ok(!rows.includes(clear));
	assert.match(ours.sql("SELECT password_hash FROM member"), /^\$argon2id\$v=19\$m=(65536,t=2|8,t=1),p=1\$/);
});

test("forged, foreign and torn cookies are nobody's", async () => {
	const client = await ours.signedIn();
	const good = client.cookies.get("__Host-session");
	const other = (await theirs.signedIn()).cookies.get("__Host-session");
	const swapped = `${theirs.tag}.${good.split(".")[1]}`;
	for (const bad of ["", ".", ours.tag, `${ours.tag}.`, good.slice(0, -1), `${good}A`, good.toLowerCase(), `ZZZZZZ.${good.split(".")[1]}`,
		swapped, `${ours.tag}.${other.split(".")[1]}`, `${ours.tag}.${"A".repeat(52)}`, "x".repeat(3000), `${good.slice(0, 6)}-${good.slice(7)}`]) {
		client.cookies.set("__Host-session", bad);
		refused(await client.get("/api/v1/sessions/current"), 401, "sign_in_needed");
	}
	client.cookies.set("__Host-session", good);
	must(await client.get("/api/v1/sessions/current"), 200);
});

// --- unsafe requests ---------------------------------------------------------------

test("an unsafe request without the CSRF token, or with another's, is refused", async () => {
	const client = await ours.signedIn();
	const stranger = await theirs.signedIn();
	const before = ours.sql("SELECT count(*) FROM office");
	const body = { name: "x", phone: "1" };
	for (const token of [undefined, "", "0".repeat(64), stranger.csrf, client.csrf.slice(1), `${client.csrf}0`])
		refused(await client.post("/api/v1/offices", body, { headers: { "x-csrf-token": token } }), 403, "csrf_refused");
	refused(await client.delete("/api/v1/sessions/current", { headers: { "x-csrf-token": undefined } }), 403, "csrf_refused");
	assert.equal(ours.sql("SELECT count(*) FROM office"), before);
});

test("an unsafe request from another origin, or from none, is refused", async () => {
	const client = await ours.signedIn();
	for (const origin of [undefined, "null", "https://evil.example", house.baseUrl.replace("https", "http"), `${house.baseUrl}0`, `${house.baseUrl}.evil.example`]) {
		refused(await client.post("/api/v1/offices", { name: "x", phone: "1" }, { headers: { origin } }), 403, "origin_refused");
		refused(await client.send("POST", "/api/v1/sessions",
			{ json: { tenant: ours.name, email: ours.email, password: ours.password }, headers: { origin } }), 403, "origin_refused");
	}
});

// --- bad input -----------------------------------------------------------------------

test("a body that is no JSON object is malformed", async () => {
	for (const body of ["{", "[]", "null", "\"x\"", "{\"tenant\": 1,}", "{\"a\":1,\"a\":2}", "{\"tenant\":\"\\ud800\"}", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
		`${"[".repeat(3000)}${"]".repeat(3000)}`, "{\"tenant\":\"x\\u0000\"}"]) {
		const answer = await ours.client().send("POST", "/api/v1/sessions", { body });
		refused(answer, 400, "malformed");
	}
	for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonx"])
		refused(await ours.client().send("POST", "/api/v1/sessions", { body: "{}", type }), 415, "wrong_type");
	refused(await ours.client().send("POST", "/api/v1/sessions", { body: `{"tenant":"${"x".repeat(20_000)}"}` }), 413, "too_large");
});

test("missing, mistyped and unknown members are named", async () => {
	const send = (json) => ours.client().send("POST", "/api/v1/sessions", { json });
	assert.deepEqual(wrong(await send({})), ["/email missing", "/password missing", "/tenant missing"]);
	assert.deepEqual(wrong(await send({ tenant: 1, email: ["a@b.jp"], password: null })), ["/email wrong_type", "/password missing", "/tenant wrong_type"]);
	assert.deepEqual(wrong(await send({ tenant: ours.name, email: ours.email, password: "x", admin: true, "a/b~c": 1 })),
		["/admin unknown", "/a~1b~0c unknown"]);
	assert.deepEqual(wrong(await send({ tenant: ours.name, email: ours.email, password: "x".repeat(129) })), ["/password too_long"]);
});

test("an unknown parameter of the address is named, too", async () => {
	refused(await admin.get("/api/v1/offices?evil=1"), 422, "invalid");
	refused(await admin.get("/api/v1/members?limit=0"), 422, "invalid");
	refused(await admin.get("/api/v1/members?limit=201"), 422, "invalid");
	refused(await admin.get("/api/v1/members?limit=1e2"), 422, "invalid");
	refused(await admin.get("/api/v1/members?after=x"), 422, "invalid");
});

test("addresses that would write a second header, or are none, are refused", async () => {
	for (const [email, name] of [["a@b.jp\r\nBcc: c@d.jp", "unclean"], ["a@b.jp\nx", "unclean"], ["a@b.jp\u0000", "malformed"], ["a b@c.jp", "bad_format"],
		["<a@b.jp>", "bad_format"], ["a@b.jp, c@d.jp", "bad_format"], ["a@localhost", "bad_format"], ["a@[127.0.0.1]", "bad_format"],
		["\"a b\"@c.jp", "bad_format"], ["a@b.jp\u202e", "unclean"], [`${"a".repeat(65)}@b.jp`, "bad_format"], [`${"a".repeat(255)}@b.jp`, "too_long"]]) {
		const answer = await admin.post("/api/v1/members", { name: "x", email });
		if (name === "malformed") refused(answer, 400, "malformed");
		else assert.deepEqual(wrong(answer), [`/email ${name}`], JSON.stringify(email));
	}
});

test("names: ten thousand characters, controls and direction marks no; emoji and rare kanji yes", async () => {
	const make = (name) => admin.post("/api/v1/members", { name, email: `${randomWord()}@example.jp` });
	refused(await make("あ".repeat(10_000)), 413, "too_large");
	assert.deepEqual(wrong(await make("a".repeat(10_000))), ["/name too_long"]);
	assert.deepEqual(wrong(await make("あ".repeat(101))), ["/name too_long"]);
	assert.deepEqual(wrong(await make("  　 ")), ["/name missing"]);
	for (const name of ["a\u202eb", "a\u2066b", "a\u200fb", "a\tb", "a\nb", "a\u0085b", "a\u2028b", "a\u007fb"])
		assert.deepEqual(wrong(await make(name)), ["/name unclean"], JSON.stringify(name));
	for (const name of ["👩‍💻 山田", "𠮷野家 髙橋", "O’Brien-Smith", "あ".repeat(100), "محمد", "<script>alert(1)</script>"])
		assert.equal(must(await make(name), 201).json.name, name);
	assert.equal(must(await make("　山田 太郎 "), 201).json.name, "山田 太郎");
});

// --- activation ------------------------------------------------------------------------

test("an activation token is good once", async () => {
	const t = await newTenant(house);
	assert.deepEqual(wrong(await t.activate({ password: "short" })), ["/password too_short"]);
	assert.deepEqual(wrong(await t.activate({ email: "none" })), ["/email bad_format"]);
	const answer = must(await t.activate(), 201);
	assert.deepEqual(answer.json.roles, ["member", "system_admin"]);
	assert.equal(answer.json.state, "active");
	refused(await t.activate({ email: "second@example.jp" }), 410, "token_invalid");
	must(await t.signIn(), 201);
});

test("twenty at one instant make one administrator", async () => {
	const t = await newTenant(house);
	const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => t.activate({ email: `a${i}@example.jp` })));
	assert.equal(answers.filter((a) => a.status === 201).length, 1, answers.map(String).join("\n"));
	assert.equal(t.sql("SELECT count(*) FROM member"), "1");
});

test("a token that is over, torn, or another company's is refused, and tries are counted", async () => {
	const t = await newTenant(house);
	const other = await newTenant(house);
	for (const token of [`${t.tag}${"A".repeat(26)}`, `${t.tag}${other.token.slice(6)}`, `ZZZZZZ${t.token.slice(6)}`])
		refused(await t.activate({ token }), 410, "token_invalid");
	for (let i = 0; i < 8; i++) refused(await t.activate({ token: `${t.tag}${"B".repeat(26)}` }), 410, "token_invalid");
	refused(await t.activate(), 429, "wait");
	t.sql("DELETE FROM guess");
	t.sql("UPDATE activation SET expires_at = now()");
	refused(await t.activate(), 410, "token_invalid");
	t.sql("UPDATE activation SET expires_at = now() + interval '1 hour'");
	must(await t.activate(), 201);
});

// --- members, departments ------------------------------------------------------------------

test("members are found by what people type, whatever the script and width", async () => {
	const t = await activeTenant(house);
	const a = await t.signedIn();
	for (const [name, kana] of [["髙橋 美咲", "タカハシ ミサキ"], ["山﨑 健", "ヤマザキ ケン"], ["渡邉 花子", "ワタナベ ハナコ"], ["Alice Smith", null]])
		must(await a.post("/api/v1/members", { name, kana, email: `${randomWord()}@example.jp` }), 201);
	const find = async (q) => must(await a.get(`/api/v1/members?q=${encodeURIComponent(q)}`), 200).json.items.map((m) => m.name);
	assert.deepEqual(await find("高橋"), ["髙橋 美咲"]);
	assert.deepEqual(await find("たかはし"), ["髙橋 美咲"]);
	assert.deepEqual(await find("ﾔﾏｻﾞｷ"), ["山﨑 健"]);
	assert.deepEqual(await find("渡辺花子"), ["渡邉 花子"]);
	assert.deepEqual(await find("ＡＬＩＣＥ"), ["Alice Smith"]);
	assert.deepEqual(await find("alice smith"), ["Alice Smith"]);
	assert.deepEqual(await find(t.email), ["管理 太郎"]);
	assert.deepEqual(await find("%"), []);
	assert.equal((await find("")).length, 5);
});

test("a list reads on from its cursor to the end, each member once", async () => {
	const t = await activeTenant(house);
	const a = await t.signedIn();
	for (let i = 0; i < 6; i++) must(await a.post("/api/v1/members", { name: `member ${i}`, email: `m${i}@example.jp` }), 201);
	const seen = [];
	for (let next = ""; next !== null;) {
		const page = must(await a.get(`/api/v1/members?limit=3${next && `&after=${next}`}`), 200).json;
		assert.ok(page.items.length <= 3);
		seen.push(...page.items.map((m) => m.name));
		next = page.next;
	}
	assert.deepEqual(seen, ["member 0", "member 1", "member 2", "member 3", "member 4", "member 5", "管理 太郎"]);
});

test("an invited member follows the link in the mail, once, and is then signed in as what was given", async () => {
	const t = await activeTenant(house);
	const a = await t.signedIn();
	const email = "reception@example.jp";
	const made = must(await a.post("/api/v1/members", { name: "受付 花子", email, roles: ["member", "reception"] }), 201).json;
	assert.equal(made.state, "invited");
	refused(await t.signIn({ email, password: "x" }), 401, "sign_in_failed");
	const token = await t.invitation(a, email);
	const accept = (what) => t.client().send("POST", "/api/v1/activations",
		{ json: { token, name: "受付 華子", email, password: "correct horse", ...what } });
	assert.deepEqual(wrong(await accept({ email: "other@example.jp" })), ["/email no_choice"]);
	const active = must(await accept(), 201).json;
	assert.equal(active.id, made.id);
	assert.equal(active.name, "受付 華子");
	assert.deepEqual(active.roles, ["member", "reception"]);
	refused(await accept(), 410, "token_invalid");
	const client = await t.signedIn({ email, password: "correct horse" });
	refused(await client.post("/api/v1/members", { name: "x", email: "y@example.jp" }), 403, "not_allowed");
	refused(await client.get("/api/v1/devices"), 403, "not_allowed");
});

test("one address is one member; an account administrator makes no system administrator", async () => {
	const t = await activeTenant(house);
	const a = await t.signedIn();
	const email = "Same@Example.jp";
	must(await a.post("/api/v1/members", { name: "x", email }), 201);
	assert.deepEqual(wrong(await a.post("/api/v1/members", { name: "y", email: "same@example.JP" })), ["/email taken"]);
	assert.deepEqual(wrong(await a.post("/api/v1/members", { name: "y", email: "z@example.jp", roles: ["root"] })), ["/roles/0 no_choice"]);
	const accounts = await t.signedIn(await t.member(a, ["member", "account_admin"]));
	refused(await accounts.post("/api/v1/members", { name: "y", email: "z@example.jp", roles: ["system_admin"] }), 403, "not_allowed");
	must(await accounts.post("/api/v1/members", { name: "y", email: "z@example.jp", roles: ["reception"] }), 201);
});

test("the outbox page shows no link by which an operations administrator becomes another", async () => {
	const person = await ours.member(admin, ["operations_admin"]);
	const client = await ours.signedIn(person);
	const email = `chief@${ours.name}.example`;
	must(await admin.post("/api/v1/members", { name: "次の 管理者", email, roles: ["system_admin"] }), 201);
	assert.match(await ours.invitation(admin, email), /^[A-Z2-7]{32}$/);
	const { items } = must(await client.get("/api/v1/outbox?limit=200"), 200).json;
	assert.deepEqual(items.filter((mail) => mail.topic === "member.invited" || mail.to.includes(email)), []);
	client.close();
});

test("the same request twice makes one member; another under its key is refused", async () => {
	const t = await activeTenant(house);
	const a = await t.signedIn();
	const key = newKey();
	const body = { name: "x", email: "once@example.jp" };
	const first = must(await a.post("/api/v1/members", body, { key }), 201);
	const second = must(await a.post("/api/v1/members", body, { key }), 201);
	assert.deepEqual(second.json, first.json);
	refused(await a.post("/api/v1/members", { ...body, name: "y" }, { key }), 422, "idempotency_key_reused");
	refused(await a.post("/api/v1/members", body, { key: false }), 400, "idempotency_key_missing");
	assert.equal(t.sql("SELECT count(*) FROM member"), "2");
});

test("departments have a name of their own and members of the company", async () => {
	const t = await activeTenant(house);
	const a = await t.signedIn();
	const { id } = must(await a.post("/api/v1/members", { name: "x", email: "x@example.jp" }), 201).json;
	const stranger = must(await (await theirs.signedIn()).get("/api/v1/members"), 200).json.items[0].id;
	const made = must(await a.post("/api/v1/departments", { name: "営業部", members: [id, id] }), 201).json;
	assert.equal(made.members, 1);
	assert.deepEqual(wrong(await a.post("/api/v1/departments", { name: "営業部", members: [] })), ["/name taken"]);
	assert.deepEqual(wrong(await a.post("/api/v1/departments", { name: "総務部", members: [id, stranger] })), ["/members/1 not_found"]);
	assert.deepEqual(wrong(await a.post("/api/v1/departments", { name: "総務部", members: ["x"] })), ["/members/0 bad_format"]);
	assert.deepEqual(must(await a.get("/api/v1/departments"), 200).json.items.map((d) => d.name), ["営業部"]);
	assert.deepEqual(must(await a.get("/api/v1/members?q=x@example.jp"), 200).json.items[0].departments, ["営業部"]);
});

// --- offices -----------------------------------------------------------------------------------

test("an office is made, changed and not overwritten", async () => {
	const t = await activeTenant(house);
	const a = await t.signedIn();
	const made = await t.office(a, { name: "大阪支社", map_url: "https://maps.example/?q=%E5%A4%A7%E9%98%AA", opens_at: "09:00", closes_at: "18:30" });
	assert.equal(made.time_zone, "Asia/Tokyo");
	assert.equal(made.early_minutes, 60);
	const { id, version, ...body } = made;
	const changed = must(await a.put(`/api/v1/offices/${id}`, { ...body, version, guidance: "5階へ" }), 200).json;
	assert.equal(changed.guidance, "5階へ");
	assert.equal(changed.version, version + 1);
	refused(await a.put(`/api/v1/offices/${id}`, { ...body, version, guidance: "6階へ" }), 409, "conflict");
	assert.deepEqual(must(await a.get(`/api/v1/offices/${id}`), 200).json, changed);
	assert.deepEqual(wrong(await a.put(`/api/v1/offices/${id}`, body)), ["/version missing"]);
});

test("an office with an unknown time zone, impossible hours or a strange map is refused", async () => {
	const make = (what) => admin.post("/api/v1/offices", { name: "x", phone: "1", ...what });
	for (const time_zone of ["Mars/Olympus", "JST-9", "asia/tokyo'", "../../etc/passwd"])
		assert.deepEqual(wrong(await make({ time_zone })), ["/time_zone no_choice"]);
	for (const opens_at of ["24:00", "9:00 ", "08:60", "０８:００", "-1:00"])
		assert.ok(wrong(await make({ opens_at })).some((e) => e.startsWith("/opens_at ")), opens_at);
	assert.deepEqual(wrong(await make({ opens_at: "20:00", closes_at: "08:00" })), ["/closes_at end_before_start"]);
	assert.deepEqual(wrong(await make({ opens_at: "08:00", closes_at: "08:00" })), ["/closes_at end_before_start"]);
	for (const map_url of ["http://maps.example", "javascript:alert(1)", "https://", "https:///x", "https://a b", "https://user@evil.example/", "https://x\"onclick="])
		assert.deepEqual(wrong(await make({ map_url })), ["/map_url bad_format"], map_url);
	assert.deepEqual(wrong(await make({ early_minutes: 1441 })), ["/early_minutes out_of_range"]);
	assert.deepEqual(wrong(await make({ early_minutes: 1e300 })), ["/early_minutes wrong_type"]);
	must(await make({ time_zone: "America/New_York", map_url: "" }), 201);
});

// --- one company knows nothing of another -----------------------------------------------------------

test("another company's ids are as unknown as random ones", async () => {
	const a = await theirs.signedIn();
	const { id, version, ...body } = await theirs.office(a);
	const random = "0190a3c2-0000-7000-8000-0000000000ff";
	for (const [method, path, json] of [
		["GET", (x) => `/api/v1/offices/${x}`], ["PUT", (x) => `/api/v1/offices/${x}`, { ...body, version }],
		["DELETE", (x) => `/api/v1/devices/${x}`], ["POST", (x) => `/api/v1/devices/${x}/approval`]]) {
		const [one, two] = [await admin.send(method, path(id), { json }), await admin.send(method, path(random), { json })];
		refused(one, 404, "not_found");
		delete one.json.instance;
		delete two.json.instance;
		assert.deepEqual(one.json, two.json);
	}
	assert.deepEqual(wrong(await admin.post("/api/v1/devices", { name: "x", office_id: id })), ["/office_id not_found"]);
	assert.ok(!must(await admin.get("/api/v1/offices"), 200).json.items.some((o) => o.id === id));
	assert.ok(must(await admin.get("/api/v1/members?limit=200"), 200).json.items.every((m) => m.email !== theirs.email));
	assert.equal(must(await a.get(`/api/v1/offices/${id}`), 200).json.version, 1);
});

test("a suspended company is refused at once, and served again when it resumes", async () => {
	const t = await activeTenant(house);
	const client = await t.signedIn();
	const office = await t.office(client);
	const tablet = await t.tablet(client, office.id);
	await house.ctl("tenant", "suspend", t.name);
	refused(await client.get("/api/v1/offices"), 403, "tenant_suspended");
	refused(await t.signIn(), 403, "tenant_suspended");
	refused(await tablet.get("/api/v1/device-sessions/current"), 403, "tenant_suspended");
	refused(await tablet.start(), 403, "tenant_suspended");
	await assert.rejects(house.ctl("tenant", "suspend", t.name));
	await house.ctl("tenant", "resume", t.name, "--json");
	must(await client.get("/api/v1/offices"), 200);
	must(await tablet.get("/api/v1/device-sessions/current"), 200);
	const listed = JSON.parse(await house.ctl("tenant", "list", "--json"));
	assert.equal(listed.find((x) => x.name === t.name).state, "active");
	assert.equal(t.sql("SELECT string_agg(action, ',' ORDER BY seq) FROM operation WHERE actor_kind = 'operator'"),
		"tenant.created,tenant.suspended,tenant.resumed");
});

test("the operator's names are checked, and a name is given once", async () => {
	for (const name of ["ab", "-abc", "abc-", "Abc", "a_c", "a".repeat(33), ""])
		await assert.rejects(house.ctl("tenant", "create", name, "--display-name", "x"), name);
	await assert.rejects(house.ctl("tenant", "create", ours.name, "--display-name", "x"));
	for (const display of ["", "a\u202eb", "x".repeat(101)])
		await assert.rejects(house.ctl("tenant", "create", randomWord(), "--display-name", display), display);
	await assert.rejects(house.ctl("tenant", "create", randomWord(), "--display-name", "x", "--language", "tlh"));
	await assert.rejects(house.ctl("tenant", "explode"));
});
