// Members' whole life: changed, invited again, deactivated, handed over,
// made active again; and departments renamed and given up.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { must, newKey } from "../../scripts/lib/client.mjs";
import { book } from "../lib/guest.mjs";
import { root, startInstallation } from "../lib/installation.mjs";
import { LiveSocket } from "../lib/socket.mjs";
import { activeTenant } from "../lib/tenant.mjs";

let house, ours, admin, office;
before(async () => {
	house = await startInstallation();
	ours = await activeTenant(house);
	admin = await ours.signedIn();
	office = await ours.office(admin);
});
after(() => house?.stop());

const refused = (answer, status, problem) => {
	assert.equal(`${answer.status} ${answer.problem}`, `${status} ${problem}`, answer.toString());
	return answer;
};
const wrong = (answer) => refused(answer, 422, "invalid").json.errors.map((e) => `${e.pointer} ${e.name}`).sort();
const show = async (id, client = admin) => must(await client.get(`/api/v1/members/${id}`), 200).json;
/** Change a member as it is now. */
const change = async (id, what, client = admin) => client.patch(`/api/v1/members/${id}`, { version: (await show(id, admin)).version, ...what });
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const logged = (id) => ours.sql(`SELECT string_agg(action || ' ' || result, ',' ORDER BY seq) FROM operation WHERE object_id = '${id}' AND action NOT LIKE '%.shown'`);

test("a member is changed part by part, and each change is on record", async () => {
	const { id } = await ours.member(admin);
	must(await admin.post("/api/v1/departments", { name: "営業部", members: [] }), 201);
	const before = await show(id);
	const after = must(await change(id, { name: "社員 花子", kana: "シャイン ハナコ", language: "en", roles: ["reception", "member"], offices: [office.id], departments: ["営業部"] }), 200).json;
	assert.deepEqual([after.name, after.kana, after.language, after.roles, after.offices, after.departments, after.state],
		["社員 花子", "シャイン ハナコ", "en", ["member", "reception"], [office.id], ["営業部"], "active"]);
	assert.ok(after.version > before.version);
	const same = must(await change(id, { kana: null }), 200).json;
	assert.deepEqual([same.name, same.kana, same.roles], ["社員 花子", null, ["member", "reception"]]);
	const bare = must(await change(id, { offices: [], departments: [] }), 200).json;
	assert.deepEqual([bare.offices, bare.departments], [[], []]);
	assert.match(logged(id), /member\.activated done,member\.updated done,member\.updated done,member\.updated done$/);
});

test("of two who change one member at the same time, the second is told", async () => {
	const { id } = await ours.member(admin);
	const { version } = await show(id);
	must(await admin.patch(`/api/v1/members/${id}`, { version, name: "一" }), 200);
	refused(await admin.patch(`/api/v1/members/${id}`, { version, name: "二" }), 409, "conflict");
	assert.equal((await show(id)).name, "一");
});

test("wrong values are named and change nothing", async () => {
	const { id } = await ours.member(admin);
	const { version } = await show(id);
	const ask = (what) => admin.patch(`/api/v1/members/${id}`, { version, ...what });
	assert.deepEqual(wrong(await admin.patch(`/api/v1/members/${id}`, { name: "x" })), ["/version missing"]);
	assert.deepEqual(wrong(await ask({ name: "" })), ["/name missing"]);
	assert.deepEqual(wrong(await ask({ name: null })), ["/name missing"]);
	assert.deepEqual(wrong(await ask({ kana: "a\u202eb" })), ["/kana unclean"]);
	assert.deepEqual(wrong(await ask({ language: "xx" })), ["/language no_choice"]);
	assert.deepEqual(wrong(await ask({ roles: ["king"] })), ["/roles/0 no_choice"]);
	assert.deepEqual(wrong(await ask({ state: "invited" })), ["/state no_choice"]);
	assert.deepEqual(wrong(await ask({ state: "" })), ["/state no_choice"]);
	assert.deepEqual(wrong(await ask({ email: "x@example.jp" })), ["/email unknown"]);
	assert.deepEqual(wrong(await ask({ offices: [office.id, randomUUID()] })), ["/offices not_found"]);
	assert.deepEqual(wrong(await ask({ departments: ["どこにもない部"] })), ["/departments not_found"]);
	const same = await show(id);
	assert.deepEqual([same.version, same.offices, same.departments], [version, [], []]);
});

test("who is deactivated is out within a second: the next request, the open socket, the sign-in", async () => {
	const { id, email, password } = await ours.member(admin, ["member", "reception"]);
	const client = await ours.signedIn({ email, password });
	const socket = await LiveSocket.connect(client);
	assert.equal(socket.status, 101);
	must(await client.get("/api/v1/offices"), 200);
	const asked = Date.now();
	assert.equal(must(await change(id, { state: "disabled" }), 200).json.state, "disabled");
	refused(await client.get("/api/v1/offices"), 401, "sign_in_needed");
	while (!socket.closed && Date.now() - asked < 10_000) await wait(10);
	assert.ok(socket.closed, "the socket stays open");
	assert.ok(socket.closedAt - asked < 1000, `the socket closed after ${socket.closedAt - asked} ms`);
	refused(await ours.signIn({ email, password }), 401, "sign_in_failed");
	const list = async (query) => must(await admin.get(`/api/v1/members?limit=200${query}`), 200).json.items.map((m) => m.id);
	assert.ok(!(await list("")).includes(id));
	assert.ok((await list("&state=disabled")).includes(id) && (await list("&state=all")).includes(id) && !(await list("&state=active")).includes(id));
	assert.match(logged(id), /member\.disabled done$/);

	assert.equal(must(await change(id, { state: "active" }), 200).json.state, "active");
	refused(await client.get("/api/v1/offices"), 401, "sign_in_needed");
	must(await ours.signIn({ email, password }), 201);
	assert.match(logged(id), /member\.enabled done$/);
});

test("a role that is taken away ends at once", async () => {
	const { id, email, password } = await ours.member(admin, ["operations_admin"]);
	const client = await ours.signedIn({ email, password });
	must(await client.get("/api/v1/devices"), 200);
	must(await change(id, { roles: ["member"] }), 200);
	refused(await client.get("/api/v1/devices"), 403, "not_allowed");
	must(await client.get("/api/v1/offices"), 200);
});

test("one system administrator always stays, and nobody deactivates themselves", async () => {
	const t = await activeTenant(house);
	const a = await t.signedIn();
	const [{ id, version }] = must(await a.get("/api/v1/members"), 200).json.items;
	refused(await a.patch(`/api/v1/members/${id}`, { version, state: "disabled" }), 409, "last_system_admin");
	refused(await a.patch(`/api/v1/members/${id}`, { version, roles: ["member", "account_admin"] }), 409, "last_system_admin");
	const second = await t.member(a, ["system_admin"]);
	const b = await t.signedIn(second);
	refused(await a.patch(`/api/v1/members/${id}`, { version, state: "disabled" }), 409, "not_yourself");
	// Each unmakes the other in one instant: one of them stays.
	const answers = await Promise.all([
		a.patch(`/api/v1/members/${second.id}`, { version: must(await a.get(`/api/v1/members/${second.id}`), 200).json.version, state: "disabled" }),
		b.patch(`/api/v1/members/${id}`, { version, state: "disabled" })]);
	assert.equal(answers.filter((answer) => answer.status === 200).length, 1, answers.join("\n"));
	assert.equal(t.sql("SELECT count(*) FROM member WHERE state = 'active'"), "1");
});

test("an account_admin neither makes nor unmakes a system administrator, nor raises themselves", async () => {
	const me = await ours.member(admin, ["account_admin"]);
	const high = await ours.member(admin, ["system_admin"]);
	const low = await ours.member(admin);
	const a = await ours.signedIn(me);
	refused(await change(low.id, { roles: ["system_admin"] }, a), 403, "not_allowed");
	refused(await change(high.id, { roles: ["member"] }, a), 403, "not_allowed");
	refused(await change(high.id, { state: "disabled" }, a), 403, "not_allowed");
	refused(await change(me.id, { roles: ["account_admin", "operations_admin"] }, a), 403, "not_allowed");
	refused(await change(me.id, { state: "disabled" }, a), 409, "not_yourself");
	must(await change(low.id, { roles: ["reception"] }, a), 200);
	must(await change(high.id, { name: "システム 管理" }, a), 200);
	must(await change(high.id, { state: "disabled" }), 200);
	refused(await change(high.id, { state: "active" }, a), 403, "not_allowed");
});

test("who loses a role while a request is under way can do nothing with it", async () => {
	const { id: other } = await ours.member(admin);
	const invitee = must(await admin.post("/api/v1/members", { name: "x", email: `${randomUUID()}@late.example`, roles: ["member"] }), 201).json;
	for (const loss of [(id) => `DELETE FROM member_role WHERE member_id = '${id}' AND role = 'system_admin'`, (id) => `UPDATE member SET state = 'disabled' WHERE id = '${id}'`]) {
		const who = await ours.member(admin, ["member", "system_admin"]);
		const c = await ours.signedIn(who);
		const { version } = await show(who.id);
		const body = `メールアドレス,氏名,ふりがな,言語,役割,拠点,部署,状態\r\n${randomUUID()}@late.example,新人 花子,,ja,,,,\r\n`;
		const sheet = must(await c.send("POST", "/api/v1/imports", { body, type: "text/csv", key: newKey() }), 201).json;
		const late = spawn(join(root, "scripts/psql"), ["-XAtq"], { env: house.env, stdio: ["pipe", "pipe", "inherit"] });
		const ready = new Promise((resolve) => late.stdout.on("data", (d) => { if (`${d}`.includes("ready")) resolve(undefined); }));
		late.stdin.write(`BEGIN; SELECT set_config('app.tenant_id', '${ours.id}', true); SELECT pg_advisory_xact_lock(hashtextextended('member ${ours.id}', 0)); ${loss(who.id)};\n\\echo ready\n`);
		await ready;
		const asked = [c.patch(`/api/v1/members/${who.id}`, { version, roles: ["member", "system_admin"], state: "active" }), c.post(`/api/v1/members/${invitee.id}/invitations`),
			c.post(`/api/v1/members/${other}/hand-overs`, { to: who.id }),
			c.post("/api/v1/members", { name: "x", email: `${randomUUID()}@late.example`, roles: ["system_admin"] }), c.send("POST", `/api/v1/imports/${sheet.id}/confirmation`)];
		await wait(1000);
		late.stdin.end("COMMIT;\n");
		for (const answer of await Promise.all(asked)) assert.match(`${answer.status} ${answer.problem}`, /^(403 not_allowed|401 sign_in_needed)$/);
	}
});

test("who does not look after members can neither see one nor change one", async () => {
	const { email, password } = await ours.member(admin, ["member", "reception", "operations_admin"]);
	const { id } = await ours.member(admin);
	const { version } = await show(id);
	const c = await ours.signedIn({ email, password });
	refused(await c.get(`/api/v1/members/${id}`), 403, "not_allowed");
	refused(await c.patch(`/api/v1/members/${id}`, { version, name: "x" }), 403, "not_allowed");
	refused(await c.post(`/api/v1/members/${id}/invitations`), 403, "not_allowed");
	refused(await c.post(`/api/v1/members/${id}/hand-overs`, { to: id }), 403, "not_allowed");
	refused(await c.get("/api/v1/members?state=disabled"), 403, "not_allowed");
	refused(await c.get("/api/v1/members?state=all"), 403, "not_allowed");
	must(await c.get("/api/v1/members?state=active"), 200);
});

test("an invitation sent again has a new link, and the old one is dead", async () => {
	const t = await activeTenant(house);
	const a = await t.signedIn();
	const email = `new@${t.name}.example`;
	const { id } = must(await a.post("/api/v1/members", { name: "新人", email }), 201).json;
	const first = await t.invitation(a, email);
	must(await a.post(`/api/v1/members/${id}/invitations`), 201);
	let second = first;
	while (second === first) second = await t.invitation(a, email);
	const use = (token) => t.client().send("POST", "/api/v1/activations", { json: { token, name: "新人", email, password: "correct horse battery" } });
	refused(await use(first), 410, "token_invalid");
	must(await use(second), 201);
	refused(await a.post(`/api/v1/members/${id}/invitations`), 409, "not_invited");
	assert.equal(t.sql(`SELECT string_agg(action, ',' ORDER BY seq) FROM operation WHERE object_id = '${id}'`), "member.invited,member.invited_again,member.activated");
});

test("the link of an invited member who is deactivated is dead, also when the member returns", async () => {
	const t = await activeTenant(house);
	const a = await t.signedIn();
	const email = `new@${t.name}.example`;
	const { id, version } = must(await a.post("/api/v1/members", { name: "新人", email }), 201).json;
	const token = await t.invitation(a, email);
	const use = () => t.client().send("POST", "/api/v1/activations", { json: { token, name: "新人", email, password: "correct horse battery" } });
	const gone = must(await a.patch(`/api/v1/members/${id}`, { version, state: "disabled" }), 200).json;
	refused(await use(), 410, "token_invalid");
	refused(await a.post(`/api/v1/members/${id}/invitations`), 409, "not_invited");
	assert.equal(must(await a.patch(`/api/v1/members/${id}`, { version: gone.version, state: "active" }), 200).json.state, "invited");
	refused(await use(), 410, "token_invalid");
});

test("a successor takes over what is to come, and guests who knew the leaver as host are told", async () => {
	const leaver = await ours.member(admin, ["member"], "退職 太郎");
	const successor = await ours.member(admin, ["member"], "後任 花子");
	const guests = (name) => [{ name, email: `${name}@guest.example` }];
	const first = await book(admin, office, { hosts: [leaver.id], guests: guests("first"), invite: true });
	const beside = await book(admin, office, { hosts: [successor.id, leaver.id], guests: guests("beside"), invite: true });
	const unasked = await book(admin, office, { hosts: [leaver.id], guests: guests("unasked") });
	const over = await book(admin, office, { hosts: [leaver.id] });
	const cancelled = await book(admin, office, { hosts: [leaver.id] });
	must(await admin.delete(`/api/v1/appointments/${cancelled.id}`), 200);
	ours.sql(`UPDATE appointment SET starts_at = now() - interval '2 hours', ends_at = now() - interval '1 hour' WHERE id = '${over.id}'`);
	assert.equal((await show(leaver.id)).upcoming, 3);
	// Each guest has had the invitation.
	ours.sql("UPDATE outbox SET state = 'delivered', payload_cell = NULL, finished_at = now() WHERE topic = 'invitation.new' AND state = 'waiting'");

	const ask = (to, id = leaver.id) => admin.post(`/api/v1/members/${id}/hand-overs`, { to });
	assert.deepEqual(wrong(await ask(leaver.id)), ["/to not_found"]);
	assert.deepEqual(wrong(await ask(randomUUID())), ["/to not_found"]);
	refused(await ask(successor.id, randomUUID()), 404, "not_found");
	assert.deepEqual(must(await ask(successor.id), 201).json, { appointments: 3 });
	assert.deepEqual(must(await ask(successor.id), 201).json, { appointments: 0 });
	assert.equal((await show(leaver.id)).upcoming, 0);

	const hosts = async (a) => must(await admin.get(`/api/v1/appointments/${a.id}`), 200).json.hosts.map((h) => h.name);
	assert.deepEqual(await hosts(first), ["後任 花子"]);
	assert.deepEqual(await hosts(beside), ["後任 花子"]);
	assert.deepEqual(await hosts(unasked), ["後任 花子"]);
	assert.deepEqual(await hosts(over), ["退職 太郎"]);
	assert.deepEqual(await hosts(cancelled), ["退職 太郎"]);
	const mails = (a) => ours.sql(`SELECT coalesce(string_agg(topic, ',' ORDER BY created_at), '') FROM outbox WHERE appointment_id = '${a.id}'`);
	assert.deepEqual([mails(first), mails(beside), mails(unasked)], ["invitation.new,invitation.changed", "invitation.new", ""]);
	assert.match(logged(first.id), /appointment\.handed_over done$/);
	assert.match(logged(leaver.id), /member\.handed_over done,member\.handed_over done$/);
	// Their own client sees it as theirs.
	const mine = must(await (await ours.signedIn(successor)).get("/api/v1/appointments?mine=true"), 200).json.items.map((a) => a.id);
	assert.ok(mine.includes(first.id) && mine.includes(unasked.id));
});

test("who may not read all appointments gives none to themselves, and none of a system administrator", async () => {
	const accounts = await ours.member(admin, ["member", "account_admin"]), both = await ours.member(admin, ["account_admin", "operations_admin"]);
	const leaver = await ours.member(admin), above = await ours.member(admin, ["system_admin"]), successor = await ours.member(admin);
	const [c, d] = [await ours.signedIn(accounts), await ours.signedIn(both)];
	const ask = (client, from, to) => client.post(`/api/v1/members/${from.id}/hand-overs`, { to: to.id });
	refused(await ask(c, leaver, accounts), 403, "not_allowed");
	refused(await ask(c, above, successor), 403, "not_allowed");
	must(await ask(c, leaver, successor), 201);
	must(await ask(d, leaver, both), 201);
	must(await ask(d, above, successor), 201);
});

test("guests are told of another host when an appointment is changed", async () => {
	const one = await ours.member(admin), two = await ours.member(admin);
	const a = await book(admin, office, { hosts: [one.id], guests: [{ name: "guest", email: "host-change@guest.example" }], invite: true });
	ours.sql(`UPDATE outbox SET state = 'delivered', payload_cell = NULL, finished_at = now() WHERE appointment_id = '${a.id}'`);
	must(await admin.put(`/api/v1/appointments/${a.id}`, { title: a.title, office_id: a.office_id, starts_at: a.starts_at, ends_at: a.ends_at, version: a.version,
		hosts: [two.id], guests: a.guests.map(({ id, name, company, email }) => ({ id, name, company, email })) }), 200);
	assert.equal(ours.sql(`SELECT string_agg(topic, ',' ORDER BY created_at) FROM outbox WHERE appointment_id = '${a.id}'`), "invitation.new,invitation.changed");
});

test("a department is renamed, given up, and its name is free again", async () => {
	const { id: member } = await ours.member(admin);
	const one = must(await admin.post("/api/v1/departments", { name: "開発部", members: [member] }), 201).json;
	must(await admin.post("/api/v1/departments", { name: "総務部", members: [] }), 201);
	const put = (id, what) => admin.put(`/api/v1/departments/${id}`, what);
	const renamed = must(await put(one.id, { name: "製品開発部", version: one.version }), 200).json;
	assert.deepEqual([renamed.name, renamed.members, renamed.version], ["製品開発部", 1, one.version + 1]);
	assert.deepEqual((await show(member)).departments, ["製品開発部"]);
	refused(await put(one.id, { name: "x", version: one.version }), 409, "conflict");
	assert.deepEqual(wrong(await put(one.id, { name: "総務部", version: renamed.version })), ["/name taken"]);
	refused(await put(randomUUID(), { name: "x", version: 1 }), 404, "not_found");

	// A visit to it keeps its name.
	const tablet = await ours.tablet(admin, office.id);
	const visit = must(await tablet.post("/api/v1/walk-ins", { name: "飛び込み 客", people: 1, department_id: one.id }), 201).json;
	must(await admin.delete(`/api/v1/departments/${one.id}`), 204);
	refused(await admin.delete(`/api/v1/departments/${one.id}`), 404, "not_found");
	assert.deepEqual(must(await admin.get("/api/v1/departments"), 200).json.items.map((d) => d.name).filter((n) => n.startsWith("製品")), []);
	assert.deepEqual((await show(member)).departments, []);
	assert.equal(must(await admin.get(`/api/v1/visits/${visit.id}`), 200).json.hosts[0].name, "製品開発部");
	assert.ok((await tablet.post("/api/v1/walk-ins", { name: "飛び込み 客", people: 1, department_id: one.id })).status >= 400);
	assert.deepEqual(must(await tablet.get(`/api/v1/hosts?q=${encodeURIComponent("製品開発")}`), 200).json.items, []);
	const again = must(await admin.post("/api/v1/departments", { name: "製品開発部", members: [member] }), 201).json;
	assert.equal(again.members, 1);
	assert.match(logged(one.id), /department\.created done,department\.updated done,department\.deleted done,department\.created done$/);
});
