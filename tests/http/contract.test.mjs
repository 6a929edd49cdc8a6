// A tenant's contract: what its plan has room for, what the operator tells it,
// and what stops when it ends.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { must } from "../../scripts/lib/client.mjs";
import { at, body, book } from "../lib/guest.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { until } from "../lib/smtp.mjs";
import { LiveSocket } from "../lib/socket.mjs";
import { activeTenant } from "../lib/tenant.mjs";

let house, us, admin, office, them, stranger;
before(async () => {
	house = await startInstallation();
	us = await activeTenant(house);
	admin = await us.signedIn();
	office = await us.office(admin);
	them = await activeTenant(house);
	stranger = await them.signedIn();
});
after(() => house?.stop());

const invite = (n) => admin.post("/api/v1/members", { name: `社員 ${n}`, email: `m${n}@${us.name}.example` });
const tell = async (...args) => (await house.ctl("notice", "add", ...args)).trim();
const refused = (promise, pattern) => assert.rejects(promise, (error) => {
	assert.match(error.stderr, pattern);
	return true;
});
const deeds = () => us.sql("SELECT action FROM operation WHERE actor_kind = 'operator' ORDER BY seq").split("\n");
const today = () => new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Tokyo" }).format();

test("a plan without limits is no limit; what was not agreed is not shown", async () => {
	const contract = must(await admin.get("/api/v1/contract"), 200).json;
	assert.equal(contract.plan, null);
	assert.deepEqual(contract.limits.members, { limit: null, used: 1 });
	assert.deepEqual(contract.limits.offices, { limit: null, used: 1 });
	assert.equal(contract.stops_at, null);
});

test("no more members than the plan has room for, and a disabled one makes room", async () => {
	await house.ctl("tenant", "plan", us.name, "--plan", "小規模", "--members", "2");
	must(await invite(1), 201);
	const full = must(await invite(2), 403);
	assert.equal(full.problem, "plan_limit");
	assert.equal(full.json.of, "members");
	assert.match(full.json.detail, /社員は2件まで/);
	const english = await admin.send("POST", "/api/v1/members", { key: true, headers: { "accept-language": "en" }, json: { name: "x", email: `x@${us.name}.example` } });
	assert.match(english.json.detail, /Members: your plan has room for 2/);
	assert.deepEqual(must(await admin.get("/api/v1/contract"), 200).json.limits.members, { limit: 2, used: 2 });
	us.sql(`UPDATE member SET state = 'disabled' WHERE state = 'invited'`);
	must(await invite(2), 201);
	assert.throws(() => us.sql(`UPDATE member SET state = 'invited' WHERE state = 'disabled'`), /no room/);
	await house.ctl("tenant", "plan", us.name, "--members", "none");
	must(await invite(3), 201);
	assert.equal(must(await admin.get("/api/v1/contract"), 200).json.plan, "小規模");
});

test("of ten offices made in one instant just those fit that the plan has room for", async () => {
	await house.ctl("tenant", "plan", us.name, "--offices", "4");
	const made = await Promise.all(Array.from({ length: 10 }, (_, i) => admin.post("/api/v1/offices", { name: `支社${i}`, phone: "1" })));
	assert.equal(made.filter((answer) => answer.status === 201).length, 3);
	assert.ok(made.every((answer) => answer.status === 201 || answer.problem === "plan_limit"));
	await house.ctl("tenant", "plan", us.name, "--offices", "none");
});

test("a pairing beyond the plan, and an appointment in a full month, are refused; the next month has room", async () => {
	await us.tablet(admin, office.id);
	await house.ctl("tenant", "plan", us.name, "--devices", "1", "--appointments", "1");
	await assert.rejects(us.tablet(admin, office.id), /plan_limit/);
	const on = (starts_at) => ({ ...body(office), starts_at, ends_at: new Date(Date.parse(starts_at) + 3600e3).toISOString() });
	const first = must(await admin.post("/api/v1/appointments", on("2027-03-31T14:30:00Z")), 201).json;
	const same = await admin.post("/api/v1/appointments", on("2027-03-01T00:00:00Z"));
	assert.equal(same.problem, "plan_limit");
	assert.equal(same.json.of, "appointments");
	// In Tokyo it is April already.
	const april = must(await admin.post("/api/v1/appointments", on("2027-03-31T15:00:00Z")), 201).json;
	assert.equal((await admin.put(`/api/v1/appointments/${april.id}`, { ...on("2027-02-28T14:00:00Z"), version: april.version })).status, 200);
	must(await admin.delete(`/api/v1/appointments/${first.id}`), 200);
	must(await admin.post("/api/v1/appointments", on("2027-03-01T00:00:00Z")), 201);
	await house.ctl("tenant", "plan", us.name, "--devices", "none", "--appointments", "none");
});

test("only a system_admin reads the contract, and nobody writes it over HTTP", async () => {
	const member = await us.signedIn(await us.member(admin, ["operations_admin", "account_admin"]));
	assert.equal((await member.get("/api/v1/contract")).problem, "not_allowed");
	assert.equal((await admin.put("/api/v1/contract", {})).status, 405);
	must(await member.get("/api/v1/notices"), 200);
});

test("a notice reaches those it is for, in their language, at once, until each has read it", async () => {
	const member = await us.signedIn(await us.member(admin));
	const socket = await LiveSocket.connect(admin);
	const ours = await tell("--kind", "info", "--ja", "お知らせ", "--en", "A word", "--tenant", us.name);
	await until(() => socket.messages.some((m) => m.kind === "notice" && m.id === ours));
	const all = await tell("--kind", "maintenance", "--ja", "点検します", "--en", "We maintain", "--from", at(60 * 24 * 10), "--until", at(60 * 24 * 10 + 60));
	await until(() => socket.messages.some((m) => m.id === all));
	socket.end();
	const mine = must(await admin.get("/api/v1/notices"), 200).json.items;
	assert.deepEqual(mine.filter((n) => [ours, all].includes(n.id)).map((n) => [n.id, n.text, n.read]), [[ours, "お知らせ", false], [all, "点検します", false]]);
	const theirs = must(await stranger.send("GET", "/api/v1/notices", { headers: { "accept-language": "en" } }), 200).json.items;
	assert.equal(theirs.find((n) => n.id === all).text, "We maintain");
	assert.equal(theirs.find((n) => n.id === ours), undefined);
	assert.equal((await stranger.post(`/api/v1/notices/${ours}/read`)).problem, "not_found");
	assert.equal((await admin.post(`/api/v1/notices/${us.id}/read`)).problem, "not_found");

	must(await admin.post(`/api/v1/notices/${ours}/read`), 204);
	must(await admin.post(`/api/v1/notices/${ours}/read`), 204);
	const read = async (who, id) => must(await who.get("/api/v1/notices"), 200).json.items.find((n) => n.id === id)?.read;
	assert.equal(await read(admin, ours), true);
	assert.equal(await read(member, ours), false);
	await house.ctl("notice", "withdraw", ours);
	assert.equal(await read(member, ours), undefined);
	await house.ctl("notice", "withdraw", all);
	assert.equal(await read(stranger, all), undefined);
	await refused(house.ctl("notice", "withdraw", all), /no notice of that id/);
	const listed = JSON.parse(await house.ctl("notice", "list", "--json"));
	assert.equal(listed.find((n) => n.id === ours).tenant, us.name);
	assert.equal(listed.find((n) => n.id === all).tenant, null);
	assert.ok(deeds().filter((deed) => deed === "notice.added").length >= 2);
});

test("a notice that says nothing, is over, or is for nobody is refused", async () => {
	await refused(tell("--kind", "info", "--ja", "", "--en", "x"), /1 to 1000/);
	await refused(tell("--kind", "info", "--ja", "あ", "--en", "a\u202eb"), /1 to 1000/);
	await refused(tell("--kind", "info", "--ja", "あ", "--en", "x", "--until", "2020-01-01T00:00:00Z"), /not past/);
	await refused(tell("--kind", "info", "--ja", "あ", "--en", "x", "--from", "tomorrow"), /times like/);
	await refused(tell("--kind", "info", "--ja", "あ", "--en", "x", "--tenant", "nobody-at-all"), /no tenant/);
	await refused(tell("--kind", "party", "--ja", "あ", "--en", "x"), /usage/);
});

test("the status page says what works and what was announced to all, and nothing of any company", async () => {
	const client = house.client();
	await tell("--kind", "incident", "--ja", "内緒", "--en", "private", "--tenant", us.name);
	const id = await tell("--kind", "incident", "--ja", "調べています<b>", "--en", "Looking into it<b>");
	const status = await until(async () => {
		const answer = must(await client.get("/status.json"), 200);
		return answer.json.notices.some((n) => n.id === id) && answer;
	});
	assert.equal(status.json.state, "up");
	assert.match(status.headers["cache-control"], /public/);
	const pages = [String(status.body)];
	for (const [lang, text] of [["ja", "調べています&lt;b&gt;"], ["en", "Looking into it&lt;b&gt;"]]) {
		// Each worker looks for itself, every ten seconds.
		const page = await until(async () => {
			const answer = String(must(await client.get(`/status?lang=${lang}`), 200).body);
			return answer.includes(text) && answer;
		});
		assert.ok(page.includes(`<html lang="${lang}">`), page);
		assert.doesNotMatch(page, /<script|<b>/);
		pages.push(page);
	}
	for (const page of pages) for (const word of [us.name, us.id, "内緒", "private"]) assert.ok(!page.includes(word));
	await house.ctl("notice", "withdraw", id);
});

test("what is no day, past, or no time zone ends no contract", async () => {
	for (const args of [["--on", "2027-02-30"], ["--on", "2020-01-01"], ["--on", "tomorrow"], ["--on", "2027-03-31", "--time-zone", "Mars/Base"],
		["--on", "2027-03-31", "--export-days", "24"], ["--on", "2027-03-31", "--export-days", "1"]])
		await refused(house.ctl("tenant", "end", us.name, ...args), /--on is a day/);
	await refused(house.ctl("tenant", "end", us.name, "--cancel"), /not in the state/);
	await refused(house.ctl("tenant", "end", us.name), /usage/);
});

test("an end that is set is shown, in the contract's time zone, and everything goes on until then", async () => {
	const { stops_at, data_until } = JSON.parse(await house.ctl("tenant", "end", us.name, "--on", "2027-03-31", "--json"));
	assert.equal(stops_at, "2027-03-30T15:00:00Z");
	assert.equal(data_until, "2027-04-13T15:00:00Z");
	const contract = must(await admin.get("/api/v1/contract"), 200).json;
	assert.equal(contract.state, "active");
	assert.equal(contract.stops_at, stops_at);
	await house.ctl("tenant", "sweep");
	await book(admin, office, {});
	await house.ctl("tenant", "end", us.name, "--cancel");
	assert.equal(must(await admin.get("/api/v1/contract"), 200).json.stops_at, null);
});

test("nothing is booked for after an announced end, and the refusal names the day; what was booked before stays as it is", async () => {
	const from = (starts_at, minutes = 60) => ({ ...body(office), starts_at, ends_at: new Date(Date.parse(starts_at) + minutes * 60e3).toISOString() });
	const early = must(await admin.post("/api/v1/appointments", from("2027-03-30T10:00:00Z")), 201).json;
	const late = must(await admin.post("/api/v1/appointments", from("2027-04-02T01:00:00Z")), 201).json;
	await house.ctl("tenant", "end", us.name, "--on", "2027-03-31");
	const no = async (method, path, json, language = "ja") => {
		const answer = must(await admin.send(method, path, { json, key: method === "POST", headers: { "accept-language": language } }), 409);
		assert.equal(answer.problem, "after_contract");
		assert.equal(answer.json.stops_at, "2027-03-31T00:00:00+09:00");
		return `${answer.json.title} ${answer.json.detail}`;
	};
	// It is the end that counts: in Tokyo the contract ends at 15:00 UTC.
	must(await admin.post("/api/v1/appointments", from("2027-03-30T14:00:00Z")), 201);
	assert.match(await no("POST", "/api/v1/appointments", from("2027-03-30T14:30:00Z")), /2027年3月31日（水）.*2027年3月31日（水）/);
	assert.match(await no("POST", "/api/v1/appointments", from("2027-06-01T01:00:00Z"), "en"), /ends on Wednesday, 31 March 2027/);
	await no("POST", "/api/v1/appointments", { ...from("2027-03-01T01:00:00Z", 40 * 24 * 60), kind: "period" });
	await no("PUT", `/api/v1/appointments/${early.id}`, { ...from("2027-03-31T01:00:00Z"), version: early.version });
	const edited = must(await admin.put(`/api/v1/appointments/${late.id}`, { ...from("2027-04-02T01:00:00Z"), title: "改題", version: late.version }), 200).json;
	await no("PUT", `/api/v1/appointments/${late.id}`, { ...from("2027-04-03T01:00:00Z"), version: edited.version });
	must(await admin.put(`/api/v1/appointments/${late.id}`, { ...from("2027-03-29T01:00:00Z"), version: edited.version }), 200);
	await house.ctl("tenant", "end", us.name, "--cancel");
	must(await admin.post("/api/v1/appointments", from("2027-06-01T01:00:00Z")), 201);
});

test("on the day everything stops but reading and export by a system_admin; taken back, all is as before", async () => {
	const account = await us.member(admin, ["operations_admin", "account_admin"]);
	const member = await us.signedIn(account);
	const tablet = await us.tablet(admin, office.id);
	const appointment = await book(admin, office, { invite: true, guests: [{ name: "最後 太郎", email: "last@guest.example" }] });
	const [guest] = appointment.guests;
	const page = new URL(guest.url).pathname;
	const client = us.client();
	must(await client.get(page), 200);
	const key = us.client();
	key.bearer = must(await admin.post("/api/v1/api-keys", { name: "x", scopes: ["offices:read"], days: 1 }), 201).json.token;
	must(await key.get("/api/v1/offices"), 200);
	const socket = await LiveSocket.connect(member);

	await house.ctl("tenant", "end", us.name, "--on", today());
	await until(() => socket.closed);
	assert.equal((await member.get("/api/v1/today")).problem, "contract_ended");
	const back = await us.signIn(account);
	assert.equal(back.status, 403);
	assert.equal(back.problem, "contract_ended");
	assert.match(back.json.detail, /システム管理者/);
	assert.equal((await us.signIn({ ...account, password: "wrong password" })).problem, "sign_in_failed");
	assert.equal((await tablet.checkIn({ pass: guest.pass })).problem, "contract_ended");
	assert.equal((await client.get(page)).status, 404);
	assert.equal((await key.get("/api/v1/offices")).problem, "contract_ended");
	assert.equal((await us.client().send("POST", "/api/v1/device-pairings", { json: { code: `${us.tag}${"A".repeat(10)}`, public_key: "AA==" } })).status >= 400, true);

	const again = await us.signedIn();
	assert.equal(must(await again.get("/api/v1/contract"), 200).json.state, "ending");
	must(await again.get(`/api/v1/appointments/${appointment.id}`), 200);
	must(await again.get("/api/v1/visits.csv?from=2026-01-01&to=2027-12-31"), 200);
	assert.equal((await again.post("/api/v1/appointments", body(office))).problem, "contract_ended");
	assert.equal((await again.delete(`/api/v1/appointments/${appointment.id}`)).problem, "contract_ended");
	// Whether or not the invitation had gone: were it to go again, it would not.
	us.sql(`UPDATE outbox SET state = 'waiting', due_at = now(), finished_at = NULL WHERE guest_id = '${guest.id}' AND topic = 'invitation.new'; NOTIFY genkan_outbox`);
	await until(() => us.sql(`SELECT count(*) FROM outbox WHERE state IN ('waiting', 'leased')`) === "0");
	assert.equal(us.sql(`SELECT state || ' ' || last_error FROM outbox WHERE guest_id = '${guest.id}' AND topic = 'invitation.new'`), "withdrawn contract_ended");
	must(await again.delete("/api/v1/sessions/current"), 204);

	await house.ctl("tenant", "end", us.name, "--cancel");
	must(await member.get("/api/v1/appointments"), 200);
	must(await tablet.checkIn({ pass: guest.pass }), 201);
	assert.deepEqual(deeds().slice(-2), ["tenant.end_set", "tenant.end_cancelled"]);
	assert.match(us.sql("SELECT string_agg(DISTINCT address, ' ') FROM operation WHERE actor_kind = 'operator'"), /^cli:(?!unknown)\S+$/);
});

test("a suspended tenant stays suspended when its contract ends", async () => {
	await house.ctl("tenant", "end", us.name, "--on", today());
	await house.ctl("tenant", "suspend", us.name);
	assert.equal((await admin.get("/api/v1/contract")).problem, "tenant_suspended");
	await house.ctl("tenant", "resume", us.name);
	assert.equal(must(await admin.get("/api/v1/contract"), 200).json.state, "ending");
	await house.ctl("tenant", "end", us.name, "--cancel");
});
