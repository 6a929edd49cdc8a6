// The live feed: what changed, to whom it concerns, and no longer than that.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { must } from "../../scripts/lib/client.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { LiveSocket } from "../lib/socket.mjs";
import { activeTenant } from "../lib/tenant.mjs";

let house, tenant, admin, office, other;
before(async () => {
	house = await startInstallation();
	tenant = await activeTenant(house);
	other = await activeTenant(house);
	admin = await tenant.signedIn();
	office = await tenant.office(admin);
});
after(() => house?.stop());

const until = async (what, limit = 20000) => {
	for (const end = Date.now() + limit; ;) {
		const value = await what();
		if (value) return value;
		if (Date.now() > end) throw new Error(`waited ${limit} ms in vain for ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
};
const change = async (client, what = {}) => {
	const made = must(await client.post("/api/v1/offices", { name: "支社", phone: "1", ...what }), 201).json;
	return made.id;
};

test("a change is told to every socket of its tenant, by id and version only", async () => {
	const sockets = await Promise.all(Array.from({ length: 6 }, () => LiveSocket.connect(admin)));
	const stranger = await LiveSocket.connect(await other.signedIn());
	assert.ok([...sockets, stranger].every((s) => s.status === 101));
	const id = await change(admin);
	for (const s of sockets) {
		const told = await until(() => s.messages.find((m) => m.id === id));
		assert.deepEqual(Object.keys(told).sort(), ["id", "kind", "version"]);
		assert.equal(told.kind, "office");
		assert.equal(told.version, 1);
	}
	// What is told to the stranger's own tenant comes after what was not.
	const theirs = await change(await other.signedIn());
	await until(() => stranger.messages.some((m) => m.id === theirs));
	assert.ok(!stranger.messages.some((m) => m.id === id));
	for (const s of [...sockets, stranger]) s.end();
});

test("a tablet hears of its own office only", async () => {
	const tablet = await tenant.tablet(admin, office.id);
	const away = await tenant.office(admin, { name: "別館" });
	const socket = await LiveSocket.connect(tablet, "/api/v1/live?as=device");
	assert.equal(socket.status, 101);
	const call = async (device) => must(await device.post("/api/v1/calls", {}), 201).json.id;
	const elsewhere = await call(await tenant.tablet(admin, away.id));
	const here = await call(tablet);
	await until(() => socket.messages.some((m) => m.id === here));
	assert.ok(!socket.messages.some((m) => m.id === elsewhere));
	socket.end();
});

test("an upgrade needs the exact Origin, a session, and to be one", async () => {
	assert.equal((await LiveSocket.connect(admin, "/api/v1/live", { Origin: "https://evil.example" })).status, 403);
	assert.equal((await LiveSocket.connect(admin, "/api/v1/live", { Origin: undefined })).status, 403);
	assert.equal((await LiveSocket.connect(admin, "/api/v1/live", { Cookie: "" })).status, 401);
	assert.equal((await LiveSocket.connect(admin, "/api/v1/live?as=device")).status, 401);
	assert.equal((await LiveSocket.connect(admin, "/api/v1/live", { Upgrade: "h2c" })).status, 400);
	assert.equal((await LiveSocket.connect(admin, "/api/v1/live", { "Sec-WebSocket-Version": "8" })).status, 400);
	assert.equal((await LiveSocket.connect(admin, "/api/v1/live?x=1")).status, 422);
});

test("a socket ends when its session, its member's role or its device does", async () => {
	const ended = async (socket, end) => {
		assert.equal(socket.status, 101);
		await end();
		const done = Date.now();
		await until(() => socket.closed);
		assert.ok(socket.closedAt - done < 1000, `${socket.closedAt - done} ms`);
	};
	const leaving = await tenant.signedIn();
	await ended(await LiveSocket.connect(leaving), async () => must(await leaving.delete("/api/v1/sessions/current"), 204));

	const person = await tenant.member(admin);
	const member = await tenant.signedIn(person);
	await ended(await LiveSocket.connect(member), () => tenant.sql(
		`INSERT INTO member_role (tenant_id, member_id, role) VALUES ('${tenant.id}', '${person.id}', 'reception')`));

	const tablet = await tenant.tablet(admin, office.id);
	await ended(await LiveSocket.connect(tablet, "/api/v1/live?as=device"),
		async () => must(await admin.delete(`/api/v1/devices/${tablet.device.id}`), 204));
	// The others stay.
	const stays = await LiveSocket.connect(admin);
	const id = await change(admin);
	await until(() => stays.messages.some((m) => m.id === id));
	stays.end();
});

test("when the database was away, every socket is closed, since its session may have ended unheard; who has one comes back", async () => {
	const sockets = await Promise.all(Array.from({ length: 4 }, () => LiveSocket.connect(admin)));
	await house.sv("restart", "postgres");
	for (const s of sockets) await until(() => s.closed);
	const back = await until(() => LiveSocket.connect(admin).catch(() => undefined));
	const id = await until(() => change(admin).catch(() => undefined));
	await until(() => back.messages.some((m) => m.id === id));
	back.end();
});
