// From which networks a company may be used. The client's address is what the
// proxy on this machine says, so that a test can come from anywhere.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { must } from "../../scripts/lib/client.mjs";
import { body } from "../lib/guest.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { LiveSocket } from "../lib/socket.mjs";
import { activeTenant } from "../lib/tenant.mjs";

const OFFICE = "203.0.113.7", ELSEWHERE = "198.51.100.1", PATH = "/api/v1/settings/networks";

let house, tenant, admin, office, tablet;
before(async () => {
	house = await startInstallation({ GENKAN_PROXIES: "127.0.0.1/32,10.9.0.0/16" });
	tenant = await activeTenant(house);
	admin = from(OFFICE, await tenant.signedIn());
	office = await tenant.office(admin);
	tablet = from(OFFICE, await tenant.tablet(admin, office.id));
});
after(() => house?.stop());

/** The same client, whose proxy says that it comes from there. */
function from(address, client) {
	const { send } = Object.getPrototypeOf(client);
	client.address = address;
	client.send = (method, path, what = {}) => send.call(client, method, path,
		{ ...what, headers: { "x-forwarded-for": client.address, ...what.headers } });
	return client;
}
const refused = (answer, status, problem) => {
	assert.equal(`${answer.status} ${answer.problem}`, `${status} ${problem}`);
	return answer.json;
};
const NONE = { admin: [], devices: [], api_keys: [] };
const rule = async (what) => {
	const { version } = must(await admin.get(PATH), 200).json;
	return admin.put(PATH, { version, ...NONE, ...what });
};
const operations = (action) => Number(tenant.sql(`SELECT count(*) FROM operation WHERE action = '${action}'`));

test("without a rule everybody may, and the page knows where one comes from", async () => {
	assert.deepEqual(must(await admin.get(PATH), 200).json, { version: 0, address: OFFICE, ...NONE });
	must(await from(ELSEWHERE, await tenant.signedIn()).get("/api/v1/offices"), 200);
});

test("networks are kept in their one form, each once; wrong lines are named", async () => {
	const saved = must(await rule({ admin: ["203.0.113.9/24", " 2001:DB8::1 ", "203.0.113.0/24", "::ffff:192.0.2.0/120"], devices: ["0.0.0.0/0"] }), 200).json;
	assert.deepEqual(saved, { version: 1, address: OFFICE, admin: ["203.0.113.0/24", "2001:db8::1", "192.0.2.0/24"], devices: ["0.0.0.0/0"], api_keys: [] });
	assert.deepEqual(must(await admin.get(PATH), 200).json, saved);
	const wrong = refused(await rule({ admin: ["203.0.113.0/24", "203.0.113.0/33"], devices: ["office"], api_keys: ["1", 2, "fe80::1%eth0"] }), 422, "invalid");
	assert.deepEqual(wrong.errors.map((e) => `${e.pointer} ${e.name}`).sort(),
		["/admin/1 bad_format", "/api_keys/0 bad_format", "/api_keys/1 wrong_type", "/api_keys/2 bad_format", "/devices/0 bad_format"]);
	refused(await rule({ admin: Array.from({ length: 101 }, () => "203.0.113.0/24") }), 422, "invalid");
	refused(await admin.put(PATH, { version: 1 }), 422, "invalid");
	refused(await admin.put(PATH, { version: 0, ...NONE }), 409, "conflict");
	assert.equal(operations("network_rule.updated"), 1);
	must(await rule({}), 200);
});

test("a list that would lock out its author is refused, and says the address", async () => {
	const before = must(await admin.get(PATH), 200).json;
	assert.equal(refused(await rule({ admin: ["198.51.100.0/24", "203.0.113.8"] }), 422, "locked_out").address, OFFICE);
	assert.deepEqual(must(await admin.get(PATH), 200).json, before);
	must(await rule({ devices: ["198.51.100.0/24"], api_keys: ["198.51.100.0/24"] }), 200);
	must(await rule({}), 200);
});

test("an open page stays, and its next request is refused; sockets are closed within a second", async () => {
	const page = from(ELSEWHERE, await tenant.signedIn());
	const socket = await LiveSocket.connect(page, "/api/v1/live", { "X-Forwarded-For": ELSEWHERE });
	assert.equal(socket.status, 101);
	must(await page.get("/api/v1/offices"), 200);
	must(await rule({ admin: ["203.0.113.0/24"] }), 200);
	const saved = Date.now();
	refused(await page.get("/api/v1/offices"), 403, "address_refused");
	refused(await page.post("/api/v1/appointments", body(office)), 403, "address_refused");
	refused(await page.delete("/api/v1/sessions/current"), 403, "address_refused");
	while (!socket.closed && Date.now() - saved < 20_000) await new Promise((resolve) => setTimeout(resolve, 20));
	assert.ok(socket.closedAt - saved < 1000, `${socket.closedAt - saved} ms`);
	assert.equal((await LiveSocket.connect(page, "/api/v1/live", { "X-Forwarded-For": ELSEWHERE })).status, 403);
	must(await admin.get("/api/v1/offices"), 200);
	must(await tablet.get("/api/v1/device-sessions/current"), 200);
	page.address = OFFICE; // the session itself lives on
	must(await page.get("/api/v1/offices"), 200);
});

test("nobody signs in or becomes a member from elsewhere, with whatever password", async () => {
	const client = from(ELSEWHERE, tenant.client());
	const before = operations("session.created");
	refused(await tenant.signIn({}, client), 403, "address_refused");
	refused(await tenant.signIn({ password: "wrong wrong wrong" }, client), 403, "address_refused");
	assert.equal(operations("session.created"), before + 2);
	const email = `new@${tenant.name}.example`;
	must(await admin.post("/api/v1/members", { name: "新人", email }), 201);
	const token = await tenant.invitation(admin, email);
	const accept = () => client.send("POST", "/api/v1/activations", { json: { token, name: "新人", email, password: "correct horse" } });
	refused(await accept(), 403, "address_refused");
	client.address = OFFICE;
	must(await accept(), 201);
	must(await tenant.signIn({}, client), 201);
});

test("tablets have a list of their own, for pairing too", async () => {
	must(await rule({ devices: ["198.51.100.0/24"] }), 200);
	refused(await tablet.checkIn({ code: "123456" }), 403, "address_refused");
	refused(await tablet.start(), 403, "address_refused");
	const { code } = must(await admin.post("/api/v1/devices", { name: "新", office_id: office.id }), 201).json;
	refused(await tablet.send("POST", "/api/v1/device-pairings", { json: { code, public_key: Buffer.alloc(65, 4).toString("base64") } }), 403, "address_refused");
	tablet.address = ELSEWHERE;
	must(await tablet.start(), 201);
	refused(await tablet.checkIn({ code: "123456" }), 404, "unknown_code");
	must(await rule({}), 200);
	tablet.address = OFFICE;
});

test("guests' pages are open to all", async () => {
	must(await rule({ admin: [OFFICE], devices: [OFFICE], api_keys: [OFFICE] }), 200);
	const appointment = must(await admin.post("/api/v1/appointments", body(office)), 201).json;
	const { url } = must(await admin.get(`/api/v1/appointments/${appointment.id}/guests/${appointment.guests[0].id}/pass`), 200).json;
	must(await from(ELSEWHERE, tenant.client()).get(new URL(url).pathname), 200);
	must(await rule({}), 200);
});

test("only the proxy's word counts, and only what it added", async () => {
	must(await rule({ admin: ["203.0.113.0/24", "127.0.0.1"] }), 200);
	const page = from("", await tenant.signedIn());
	for (const [header, status] of [
		["203.0.113.7", 200], ["198.51.100.1, 203.0.113.7", 200], ["203.0.113.7, 10.9.1.1", 200], ["203.0.113.7:4711", 200],
		["203.0.113.7, 198.51.100.1", 403], ["203.0.113.7, junk", 403], ["203.0.113.7, junk, 10.9.1.1", 403], ["unknown", 403], ["", 403],
		["203.0.113.7,", 403], ["203.0.113.7, 198.51.100.1, 10.9.1.1", 403]]) {
		page.address = header;
		assert.equal((await page.get("/api/v1/offices")).status, status, header);
	}
	page.address = ELSEWHERE;
	for (const headers of [{ forwarded: "for=203.0.113.7" }, { "x-real-ip": "203.0.113.7" }, { "x-forwarded-for": ["203.0.113.7", ELSEWHERE] }])
		refused(await page.get("/api/v1/offices", { headers }), 403, "address_refused");
	must(await page.get("/api/v1/offices", { headers: { "x-forwarded-for": [ELSEWHERE, "203.0.113.7"] } }), 200);
	must(await page.get("/api/v1/offices", { headers: { "x-forwarded-for": undefined } }), 200);
});

test("only a system administrator sees and changes it", async () => {
	const other = from(OFFICE, await tenant.signedIn(await tenant.member(admin, ["operations_admin", "account_admin"])));
	refused(await other.get(PATH), 403, "not_allowed");
	refused(await other.put(PATH, { version: 1, ...NONE }), 403, "not_allowed");
	const stranger = await (await activeTenant(house)).signedIn();
	assert.equal(must(await stranger.get(PATH), 200).json.version, 0);
});

test("the operator lets a company in again that has locked itself out, and can do no more", async () => {
	must(await rule({ admin: [OFFICE] }), 200);
	const page = from(ELSEWHERE, await tenant.signedIn().catch(() => tenant.client()));
	refused(await tenant.signIn({}, page), 403, "address_refused");
	await assert.rejects(house.ctl("tenant", "networks", tenant.name), /usage/);
	await assert.rejects(house.ctl("tenant", "networks", "nobody-here", "--clear"), /no tenant/);
	const before = operations("network_rule.cleared");
	assert.match(await house.ctl("tenant", "networks", tenant.name, "--clear"), /from everywhere/);
	assert.equal(operations("network_rule.cleared"), before + 1);
	must(await tenant.signIn({}, page), 201);
	assert.deepEqual(must(await admin.get(PATH), 200).json.admin, []);
});
