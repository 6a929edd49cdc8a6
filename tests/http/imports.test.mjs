// Members from a CSV file and back: read, shown, done as a whole or not at all.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { must, newKey } from "../../scripts/lib/client.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { activeTenant, randomWord } from "../lib/tenant.mjs";

let house, t, admin, office;
before(async () => {
	house = await startInstallation();
	t = await activeTenant(house);
	admin = await t.signedIn();
	office = await t.office(admin, { name: "本社" });
	must(await admin.post("/api/v1/departments", { name: "営業部", members: [] }), 201);
});
after(() => house?.stop());

const refused = (answer, status, problem) => assert.equal(`${answer.status} ${answer.problem}`, `${status} ${problem}`, answer.toString());
const send = (body, client = admin, key = newKey()) => client.send("POST", "/api/v1/imports", { body, type: "text/csv", key });
const read = async (body, client = admin) => must(await send(body, client), 201).json;
const confirm = (id, client = admin) => client.send("POST", `/api/v1/imports/${id}/confirmation`);
const members = async (client = admin) => must(await client.get("/api/v1/members?state=all&limit=200"), 200).json.items;
const find = async (email) => (await members()).find((m) => m.email === email);
const faults = ({ errors }) => errors.map((e) => `${e.line}:${e.column} ${e.what} ${e.name}`);
const cp932 = (text) => execFileSync("iconv", ["-f", "UTF-8", "-t", "CP932"], { input: text });
const HEAD = "メールアドレス,氏名,ふりがな,言語,役割,拠点,部署,状態";

test("a file adds, changes and deactivates, after it was shown", async () => {
	const old = await t.member(admin, ["member"], "変更 前");
	const leaver = await t.member(admin, ["member"], "退職 者");
	const gone = await t.signedIn(leaver);
	const seen = await read([HEAD,
		"new@example.jp,新人 花子,シンジン ハナコ,ja,社員;受付,本社,営業部,",
		`${old.email},変更 後,,en,,,,`,
		`${leaver.email},退職 者,,ja,,,,停止`, ""].join("\r\n"));
	assert.deepEqual([seen.state, seen.encoding, seen.lines, seen.added, seen.changed, seen.disabled, seen.same, seen.error_count],
		["ready", "utf-8", 3, 1, 1, 1, 0, 0]);
	assert.deepEqual(seen.rows.map((r) => `${r.line} ${r.action} ${r.name}`), ["2 add 新人 花子", "3 change 変更 後", "4 disable 退職 者"]);
	assert.deepEqual(seen.rows[1].changes, [{ column: "name", was: "変更 前", is: "変更 後" }, { column: "language", was: "ja", is: "en" }]);
	assert.deepEqual(seen.rows[2].changes, [{ column: "state", was: "利用中", is: "停止" }]);
	assert.equal(await find("new@example.jp"), undefined);
	must(await gone.get("/api/v1/offices"), 200);

	assert.equal(must(await confirm(seen.id), 200).json.state, "done");
	const made = await find("new@example.jp");
	assert.deepEqual([made.name, made.kana, made.roles, made.offices, made.departments, made.state], ["新人 花子", "シンジン ハナコ", ["member", "reception"], [office.id], ["営業部"], "invited"]);
	assert.deepEqual(await find(old.email).then((m) => [m.name, m.language, m.roles]), ["変更 後", "en", ["member"]]);
	assert.equal((await find(leaver.email)).state, "disabled");
	refused(await gone.get("/api/v1/offices"), 401, "sign_in_needed");
	assert.match(await t.invitation(admin, "new@example.jp"), /^[A-Z2-7]{32}$/);
	// Asked for again, it is done; and nothing of the file is kept.
	const again = must(await confirm(seen.id), 200).json;
	assert.deepEqual([again.state, again.added, again.changed, again.disabled, again.rows], ["done", 1, 1, 1, []]);
	assert.equal(t.sql(`SELECT file_cell IS NULL FROM import WHERE id = '${seen.id}'`), "t");
	assert.equal(t.sql(`SELECT string_agg(action, ',' ORDER BY seq) FROM operation WHERE object_id = '${seen.id}'`), "import.created,import.confirmed");
	assert.equal(t.sql(`SELECT count(*) FROM operation WHERE object_id = '${made.id}' AND action = 'member.invited'`), "1");
	// And back: active again.
	const back = await read(`email,state\n${leaver.email},active\n`);
	assert.deepEqual(back.rows.map((r) => r.action), ["change"]);
	must(await confirm(back.id), 200);
	assert.equal((await find(leaver.email)).state, "active");
});

test("what is exported changes nothing when it is imported, in both languages and encodings", async () => {
	must(await admin.post("/api/v1/members", { name: "=HYPERLINK(1)", kana: "'=1", email: "formula@example.jp", roles: ["reception", "account_admin"] }), 201);
	must(await admin.post("/api/v1/members", { name: "髙橋, \"引用\"", email: "quote@example.jp" }), 201);
	must(await admin.post("/api/v1/departments", { name: "企画;開発部", members: [(await find("quote@example.jp")).id] }), 201);
	const { id, version } = await find("formula@example.jp");
	must(await admin.patch(`/api/v1/members/${id}`, { version, state: "disabled", offices: [office.id] }), 200);
	for (const query of ["", "?lang=en", "?encoding=cp932", "?lang=en&encoding=cp932"]) {
		const file = must(await admin.get(`/api/v1/members.csv${query}`), 200);
		assert.match(file.headers["content-disposition"], /members\.csv/);
		const seen = await read(file.body);
		assert.deepEqual(faults(seen), []);
		assert.deepEqual([seen.encoding, seen.lines, seen.same, seen.rows], [query.includes("cp932") ? "cp932" : "utf-8", (await members()).length, (await members()).length, []]);
	}
	const text = must(await admin.get("/api/v1/members.csv"), 200).body.toString("utf8");
	assert.ok(text.startsWith(`\ufeff"${HEAD.replaceAll(",", "\",\"")}"\r\n`));
	assert.ok(text.includes("\"'=HYPERLINK(1)\",\"''=1\",\"ja\",\"受付;アカウント管理者\",\"本社\",\"\",\"停止\""), text);
	assert.equal(t.sql("SELECT count(*) FROM operation WHERE action = 'member.exported'"), "5");
});

test("UTF-8 with and without a mark and CP932 are read, anything else is not", async () => {
	const text = "メールアドレス,氏名\r\nkanji@example.jp,髙橋 ﾐｻｷ\r\n";
	for (const [bytes, encoding] of [[text, "utf-8"], [`\ufeff${text}`, "utf-8"], [cp932(text), "cp932"]]) {
		const seen = await read(bytes);
		assert.deepEqual([seen.encoding, seen.rows[0].name], [encoding, "髙橋 ﾐｻｷ"]);
	}
	for (const bytes of [Buffer.from([0xff, 0xfe, 0x41, 0]), Buffer.from(text, "utf16le"), Buffer.from("email\0,name\n"), Buffer.concat([Buffer.from("\ufeff"), cp932(text)])])
		refused(await send(bytes), 422, "import_unreadable");
	refused(await admin.send("POST", "/api/v1/imports", { body: text, type: "application/json", key: true }), 415, "wrong_type");
});

test("what is wrong is told by line and column, and nothing of the file is done", async () => {
	const before = await members();
	const seen = await read(["氏名,メールアドレス,言語,役割,拠点,部署,状態,ふりがな",
		"正しい 人,right@example.jp,,,,,,",
		",no-name@example.jp,,,,,,",
		"名前,,,,,,,",
		"名前,no address,,,,,,",
		"名前,right@example.jp,,,,,,",
		"名前,a@example.jp,fr,king,支社,無い部,寝ている,",
		`${"あ".repeat(101)},b@example.jp,,,,,,${"ア".repeat(101)}`,
		"名\u202e前,c@example.jp,,,,,,",
		"名前,d@example.jp,,,,,,,余り"].join("\n"));
	assert.equal(seen.state, "faulty");
	assert.deepEqual(faults(seen), ["3:1 name missing", "4:2 email missing", "5:2 email bad_format", "6:2 email twice",
		"7:3 language no_choice", "7:4 roles no_choice", "7:7 state no_choice", "7:5 offices not_found", "7:6 departments not_found",
		"8:1 name too_long", "8:8 kana too_long", "9:1 name unclean", "10:9 null many_cells"]);
	refused(await confirm(seen.id), 409, "import_not_ready");
	assert.deepEqual(await members(), before);
});

test("a file that is no list of members says so", async () => {
	for (const [body, expected] of [
		["", ["1:0 null no_lines"]],
		["email,name\n", ["1:0 null no_lines"]],
		["email,name\n\n,\n", ["1:0 null no_lines"]],
		["氏名\n山田\n", ["1:0 email no_column"]],
		["email,name,名前?,name\nx@example.jp,x,,\n", ["1:3 null unknown_column", "1:4 name column_twice"]],
		["email,name\nx@example.jp,\"x\n", ["2:2 null open_quote"]],
		["email,name\nx@example.jp,\"x\"y\n", ["2:2 null after_quote"]],
	]) {
		const seen = await read(body);
		assert.deepEqual(faults(seen).map((e) => (e.endsWith("no_lines") ? e.replace(/^\d+/, "1") : e)), expected, body);
		assert.equal(seen.state, "faulty");
	}
});

test("nobody deactivates themselves, raises themselves or unmakes a system administrator by a file", async () => {
	const me = await t.member(admin, ["account_admin"]);
	const a = await t.signedIn(me);
	const seen = await read(["email,name,roles,state",
		`${me.email},,,disabled`.replace(",,", ",私,"),
		`${t.email},管理 太郎,member,`,
		"king@example.jp,王,system_admin,"].join("\n"), a);
	assert.deepEqual(faults(seen), ["2:4 state not_yourself", "3:3 roles not_allowed", "4:3 roles not_allowed"]);
	const raise = await read(`email,roles\n${me.email},account_admin;operations_admin\n`, a);
	assert.deepEqual(faults(raise), ["2:2 roles not_allowed"]);
	assert.deepEqual(faults(await read(`email,roles\n${t.email},member\n`)), ["2:2 roles last_system_admin"]);
	assert.deepEqual(faults(await read(`email,state\n${t.email},停止\n`)), ["2:2 state last_system_admin"]);
});

test("an import is stale once members have changed, and then nothing of it is done", async () => {
	const one = await t.member(admin);
	const seen = await read(`email,name\n${one.email},新しい 名前\nstale@example.jp,追加\n`);
	const { id, version } = await find(one.email);
	must(await admin.patch(`/api/v1/members/${id}`, { version, kana: "カナ" }), 200);
	assert.equal(must(await admin.get(`/api/v1/imports/${seen.id}`), 200).json.state, "stale");
	refused(await confirm(seen.id), 409, "import_not_ready");
	assert.equal(await find("stale@example.jp"), undefined);
	const late = await read("email,name\nlate@example.jp,遅刻\n");
	must(await admin.post("/api/v1/members", { name: "先", email: "late@example.jp" }), 201);
	refused(await confirm(late.id), 409, "import_not_ready");
	assert.equal((await find("late@example.jp")).name, "先");
});

test("an import is its maker's, for an hour", async () => {
	const other = await t.signedIn(await t.member(admin, ["system_admin"]));
	const plain = await t.signedIn(await t.member(admin, ["operations_admin"]));
	const seen = await read("email,name\nmine@example.jp,私の\n");
	refused(await other.get(`/api/v1/imports/${seen.id}`), 404, "not_found");
	refused(await confirm(seen.id, other), 404, "not_found");
	for (const answer of [await send("email\n", plain), await plain.get(`/api/v1/imports/${seen.id}`), await confirm(seen.id, plain), await plain.get("/api/v1/members.csv")])
		refused(answer, 403, "not_allowed");
	t.sql(`UPDATE import SET expires_at = now() WHERE id = '${seen.id}'`);
	refused(await admin.get(`/api/v1/imports/${seen.id}`), 404, "not_found");
	refused(await confirm(seen.id), 404, "not_found");
	await read("email,name\nmine@example.jp,私の\n");
	assert.equal(t.sql(`SELECT count(*) FROM import WHERE id = '${seen.id}'`), "0");
	assert.ok(!t.sql("SELECT row_to_json(i)::text FROM import i").includes("mine@example.jp"));
});

test("a long list is shown page by page; too long a one is refused with the limit", async () => {
	const lines = (n) => ["email,name", ...Array.from({ length: n }, (_, i) => `m${i}@long.example,社員 ${i}`)].join("\r\n");
	const seen = await read(lines(120));
	assert.deepEqual([seen.added, seen.rows.length, seen.next], [120, 50, 51]);
	const rest = must(await admin.get(`/api/v1/imports/${seen.id}?after=${seen.next}&limit=200`), 200).json;
	assert.deepEqual([rest.rows.length, rest.rows[0].line, rest.next], [70, 52, null]);
	refused(await send(lines(5001)), 422, "import_too_long");
	refused(await send(`email,name\n${"x".repeat(1_030_000)}`), 413, "too_large");
	assert.equal((await read(lines(5000))).added, 5000);
});

test("a long list is done as a whole, or not at all", async () => {
	const lines = (n, tag) => [HEAD, ...Array.from({ length: n }, (_, i) => `m${i}@${tag}.example,社員 ${i},,en,社員;受付,本社,営業部,`)].join("\r\n");
	const count = (tables) => t.sql(`SELECT concat_ws(' ', ${tables.map((table) => `(SELECT count(*) FROM ${table})`)})`).split(" ").map(Number);
	const TABLES = ["member", "member_role", "member_office", "department_member", "activation", "outbox", "operation WHERE action = 'member.invited'"];
	const before = count(TABLES);
	assert.equal(must(await confirm((await read(lines(600, "whole"))).id), 200).json.state, "done");
	assert.deepEqual(count(TABLES).map((n, i) => n - before[i]), [600, 1200, 600, 600, 600, 600, 600]);
	const [one] = must(await admin.get("/api/v1/members?q=m599@whole.example"), 200).json.items;
	assert.deepEqual([one.name, one.language, one.roles, one.offices, one.departments, one.state], ["社員 599", "en", ["member", "reception"], [office.id], ["営業部"], "invited"]);
	assert.match(await t.invitation(admin, one.email), /^[A-Z2-7]{32}$/);

	const late = await read(lines(600, "late")), after = count(TABLES);
	t.sql(`INSERT INTO contract (tenant_id, members_max) SELECT '${t.id}', count(*) + 599 FROM member WHERE state <> 'disabled'`);
	refused(await confirm(late.id), 403, "plan_limit");
	assert.deepEqual(count(TABLES), after);
	t.sql("DELETE FROM contract");
});

test("the same file sent twice with one key is one import", async () => {
	const key = newKey(), body = `email,name\n${randomWord()}@example.jp,一度\n`;
	const [one, two] = [must(await send(body, admin, key), 201).json, must(await send(body, admin, key), 201).json];
	assert.equal(one.id, two.id);
	refused(await send(`${body}\n`, admin, key), 422, "idempotency_key_reused");
});
