// One company knows nothing of another: every route of the API document, with
// the other's ids, answers as it does to ids that nobody has.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { must } from "../../scripts/lib/client.mjs";
import { api } from "../lib/api.mjs";
import { at, body, book } from "../lib/guest.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { activeTenant } from "../lib/tenant.mjs";

let house, them, us;

/** A company with one of everything that has an id. */
const whole = async (name) => {
	const tenant = await activeTenant(house);
	const admin = await tenant.signedIn();
	const [session] = must(await admin.get("/api/v1/sessions"), 200).json.items;
	const office = await tenant.office(admin, { name: `${name}本社` });
	const tablet = await tenant.tablet(admin, office.id, `${name}受付`);
	const [member] = must(await admin.get("/api/v1/members"), 200).json.items;
	const department = must(await admin.post("/api/v1/departments", { name: `${name}部`, members: [member.id] }), 201).json;
	const appointment = await book(admin, office, { guests: [{ name: `${name} 太郎`, email: `${name}@guest.example` }, { name: `${name} 次郎` }] });
	const [guest, waiting] = appointment.guests;
	const visit = must(await tablet.checkIn({ pass: guest.pass }), 201).json;
	const channel = must(await admin.post("/api/v1/channels", { kind: "webhook", name: `${name}通知`, url: "https://hooks.example/x" }), 201).json;
	const delivery = must(await admin.post(`/api/v1/channels/${channel.id}/tests`, undefined), 201).json;
	const list = must(await admin.send("POST", "/api/v1/imports", { body: `email,name\n${name}@import.example,${name}\n`, type: "text/csv", key: true }), 201).json;
	const call = must(await tablet.post("/api/v1/calls", {}), 201).json;
	const key = must(await admin.post("/api/v1/api-keys", { name: `${name}連携`, scopes: ["visits:read"], days: 1 }), 201).json;
	const notice = (await house.ctl("notice", "add", "--kind", "info", "--ja", name, "--en", name, "--tenant", tenant.name)).trim();
	return { tenant, admin, tablet, office, member, department, appointment, guest, waiting, visit, channel, delivery, call,
		ids: { session: session.id, office: office.id, device: tablet.device.id, member: member.id, department: department.id, appointment: appointment.id,
			guest: guest.id, waiting: waiting.id, visit: visit.id, channel: channel.id, delivery: delivery.id, call: call.id, import: list.id, key: key.id, notice } };
};

before(async () => {
	house = await startInstallation();
	them = await whole("Them");
	us = await whole("Us");
});
after(() => house?.stop());

/** Which id stands in a path, and a body that would do. */
const RESOURCES = {
	"/api/v1/members/{id}": { ids: ["member"], patch: { version: 1, name: "x" } },
	"/api/v1/members/{id}/invitations": { ids: ["member"] },
	"/api/v1/members/{id}/hand-overs": { ids: ["member"], post: () => ({ to: us.ids.member }) },
	"/api/v1/imports/{id}": { ids: ["import"] },
	"/api/v1/imports/{id}/confirmation": { ids: ["import"] },
	"/api/v1/departments/{id}": { ids: ["department"], put: { version: 1, name: "x" } },
	"/api/v1/members/{id}/second-factor": { ids: ["member"] },
	"/api/v1/sessions/{id}": { ids: ["session"] },
	"/api/v1/notices/{id}/read": { ids: ["notice"] },
	"/api/v1/offices/{id}": { ids: ["office"], put: { version: 1, name: "x", phone: "1" } },
	"/api/v1/api-keys/{id}": { ids: ["key"] },
	"/api/v1/devices/{id}": { ids: ["device"] },
	"/api/v1/devices/{id}/approval": { ids: ["device"] },
	"/api/v1/check-ins/{id}": { ids: ["visit"], device: true, problem: "not_undoable", headers: { "x-undo-secret": "A".repeat(26) } },
	"/api/v1/calls/{id}/answer": { ids: ["call"] },
	"/api/v1/appointments/{id}": { ids: ["appointment"], put: () => ({ ...body(us.office), version: 1 }) },
	"/api/v1/appointments/{id}/invitations": { ids: ["appointment"], post: {} },
	"/api/v1/appointments/{id}/guests/{guest_id}/pass.png": { ids: ["appointment", "guest"] },
	"/api/v1/appointments/{id}/guests/{guest_id}/pass": { ids: ["appointment", "guest"] },
	"/api/v1/visits/{id}": { ids: ["visit"], patch: { version: 1, name: "x" } },
	"/api/v1/visits/{id}/departure": { ids: ["visit"] },
	"/api/v1/visits/{id}/calls": { ids: ["visit"] },
	"/api/v1/channels/{id}": { ids: ["channel"], patch: { version: 1, name: "x" } },
	"/api/v1/channels/{id}/tests": { ids: ["channel"] },
	"/api/v1/deliveries/{id}/requeue": { ids: ["delivery"] },
};
const METHODS = ["get", "put", "post", "patch", "delete"];

/** What an answer says, without the ids of the request itself. */
const said = (answer) => {
	const { instance, ...rest } = answer.json ?? {};
	return `${answer.status} ${JSON.stringify(rest)}`;
};

test("every path with an id is tried", () => {
	const paths = Object.keys(api.paths).filter((path) => path.startsWith("/api/") && path.includes("{"));
	assert.deepEqual(paths.sort(), Object.keys(RESOURCES).sort());
});

for (const [path, resource] of Object.entries(RESOURCES))
	for (const method of METHODS.filter((m) => m in api.paths[path]))
		test(`${method.toUpperCase()} ${path}: another company's is unknown`, async () => {
			const client = resource.device ? us.tablet : us.admin;
			const ask = (ids) => {
				let n = 0;
				const json = typeof resource[method] === "function" ? resource[method]() : resource[method];
				return client.send(method.toUpperCase(), path.replace(/\{\w+\}/g, () => ids[n++]),
					{ json, key: method === "post", headers: resource.headers });
			};
			const theirs = await ask(resource.ids.map((kind) => them.ids[kind]));
			const nobodys = await ask(resource.ids.map(() => randomUUID()));
			assert.equal(said(theirs), said(nobodys));
			assert.equal(theirs.problem, method === "delete" && resource.problem || "not_found", theirs.toString());
			if (resource.ids.length === 2)
				assert.equal(said(await ask([us.ids.appointment, them.ids.guest])), said(await ask([us.ids.appointment, randomUUID()])));
		});

test("another company's ids in a body or an address are as unknown as random ones", async () => {
	const a = us.admin;
	const cases = {
		office: [
			(id) => a.post("/api/v1/devices", { name: "x", office_id: id }),
			(id) => a.post("/api/v1/appointments", body({ id })),
			(id) => a.post("/api/v1/channels", { kind: "webhook", name: "x", url: "https://hooks.example/x", office_id: id }),
			(id) => a.post("/api/v1/walk-ins", { name: "x", people: 1, office_id: id }),
			(id) => a.get(`/api/v1/today?office_id=${id}`),
			(id) => a.get(`/api/v1/evacuation-list?office_id=${id}`),
		],
		member: [
			(id) => a.post(`/api/v1/members/${us.ids.member}/hand-overs`, { to: id }),
			(id) => a.post("/api/v1/departments", { name: "x", members: [id] }),
			(id) => a.post("/api/v1/appointments", body(us.office, { hosts: [id] })),
			(id) => us.tablet.post("/api/v1/walk-ins", { name: "x", people: 1, host_id: id }),
		],
		department: [(id) => us.tablet.post("/api/v1/walk-ins", { name: "x", people: 1, department_id: id })],
		guest: [
			(id) => a.post("/api/v1/check-ins", { guest_id: id }),
			(id) => a.post(`/api/v1/appointments/${us.ids.appointment}/invitations`, { guest_id: id }),
			(id) => a.put(`/api/v1/appointments/${us.ids.appointment}`,
				{ ...body(us.office), version: us.appointment.version, guests: [{ id, name: "x" }] }),
		],
		visit: [(id) => us.tablet.post("/api/v1/departures", { visit_id: id, handle: "A".repeat(26) })],
	};
	for (const [kind, asks] of Object.entries(cases))
		for (const ask of asks) {
			const [theirs, nobodys] = [await ask(them.ids[kind]), await ask(randomUUID())];
			assert.equal(said(theirs), said(nobodys), `${kind}: ${ask}`);
			assert.ok(theirs.status >= 400, `${kind}: ${ask}: ${theirs}`);
		}
});

test("calling about another company's visit calls our own staff, about nobody", async () => {
	const { id } = must(await us.tablet.post("/api/v1/calls", { visit_id: them.ids.visit, handle: "A".repeat(26) }), 201).json;
	assert.equal(must(await us.admin.get("/api/v1/calls"), 200).json.items.find((call) => call.id === id).visit_id, null);
});

test("another company's pass and code are unknown, and its pass page has its own address only", async () => {
	assert.equal((await us.tablet.checkIn({ pass: them.waiting.pass })).problem, "unknown_pass");
	assert.equal((await us.tablet.post("/api/v1/departures", { pass: them.guest.pass })).problem, "unknown_pass");
	if (them.waiting.code !== us.waiting.code && them.waiting.code !== us.guest.code)
		assert.equal((await us.tablet.checkIn({ code: them.waiting.code })).problem, "unknown_code");
	const path = new URL(them.guest.url).pathname;
	const client = us.tenant.client();
	assert.equal((await client.get(path)).status, 200);
	assert.equal((await client.get(path.replace(them.tenant.tag, us.tenant.tag))).status, 404);
});

test("no list, record, export or page of one company shows anything of another", async () => {
	const day = (offset) => at(offset * 24 * 60).slice(0, 10);
	const hidden = [...Object.values(them.ids), "Them", them.tenant.id, them.tenant.tag, them.guest.pass];
	// Our own log names what we asked for, their ids too.
	const silent = (p) => p === "/api/v1/live" || p.startsWith("/api/v1/operations");
	for (const path of Object.keys(api.paths).filter((p) => p.startsWith("/api/") && !p.includes("{") && "get" in api.paths[p] && !silent(p))) {
		const operation = api.paths[path].get;
		const query = new URLSearchParams();
		for (const p of operation.parameters ?? []) {
			if (p.name === "office_id" && p.required) query.set("office_id", us.ids.office);
			if (p.name === "from") query.set("from", day(-2));
			if (p.name === "to") query.set("to", day(2));
			if (p.name === "q" && p.required) query.set("q", "Them");
			if (p.name?.endsWith("_days")) query.set(p.name, "1095");
			if (p.name === "email") query.set("email", "them@guest.example");
		}
		const client = JSON.stringify(operation.security ?? "").includes("device") ? us.tablet : us.admin;
		const answer = await client.get(`${path}?${query}`);
		assert.equal(answer.status, 200, `${path}: ${answer}`);
		for (const word of hidden) assert.ok(!answer.body.includes(word), `${path} shows ${word}`);
	}
	for (const q of ["Them", "them@guest.example"])
		for (const path of ["visits", "appointments", "members"])
			assert.deepEqual(must(await us.admin.get(`/api/v1/${path}?q=${encodeURIComponent(q)}`), 200).json.items, []);
});

test("after all this, theirs is as it was", async () => {
	assert.equal(must(await them.admin.get(`/api/v1/visits/${them.ids.visit}`), 200).json.state, "arrived");
	assert.equal(must(await them.admin.get(`/api/v1/appointments/${them.ids.appointment}`), 200).json.version, them.appointment.version);
	assert.equal(must(await them.admin.get(`/api/v1/offices/${them.ids.office}`), 200).json.version, 1);
	assert.equal(must(await them.tablet.get("/api/v1/device-sessions/current"), 200).status, 200);
	assert.equal(must(await them.admin.get("/api/v1/calls"), 200).json.items.length, 1);
});
