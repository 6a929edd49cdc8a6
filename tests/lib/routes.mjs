// A request for every operation of the API document that succeeds for whoever
// may: what the tests of rights and of isolation send.
import { generateKeyPairSync } from "node:crypto";
import { Client, must, newKey } from "../../scripts/lib/client.mjs";
import { Tablet } from "../../scripts/lib/tablet.mjs";
import { at, body, book } from "./guest.mjs";
import { activeTenant, randomWord } from "./tenant.mjs";

export const ROLES = ["member", "reception", "operations_admin", "account_admin", "system_admin"];
const SCOPES = ["appointments:read", "appointments:write", "members:read", "offices:read", "passes:read", "visits:export", "visits:read", "visits:write"];

/** A company with two offices and one of everybody; reception and the tablet are of the first office. */
export const newWorld = async (house, { roles = ROLES } = {}) => {
	const tenant = await activeTenant(house);
	const chief = await tenant.signedIn();
	const here = await tenant.office(chief, { name: "本社", opens_at: "00:00", closes_at: "23:59", early_minutes: 1440 });
	const there = await tenant.office(chief, { name: "支社", opens_at: "00:00", closes_at: "23:59", early_minutes: 1440 });
	const whole = { version: 1, name: here.name, phone: here.phone };
	const [{ id: chiefId }] = must(await chief.get(`/api/v1/members?q=${encodeURIComponent(tenant.email)}`), 200).json.items;
	const world = { house, tenant, chief, chiefId, here, there, whole, actors: {} };
	for (const role of roles) {
		const person = await tenant.member(chief, role === "member" ? [role] : ["member", role], `${role} 太郎`);
		const client = await tenant.signedIn(person);
		if (role === "reception") {
			const { version } = must(await chief.get(`/api/v1/members/${person.id}`), 200).json;
			must(await chief.patch(`/api/v1/members/${person.id}`, { version, offices: [here.id] }), 200);
		}
		world.actors[role] = { client, memberId: person.id, person };
	}
	world.tablet = await tenant.tablet(chief, here.id);
	world.away = await tenant.tablet(chief, there.id, "支社受付");
	const key = tenant.client();
	key.bearer = must(await chief.post("/api/v1/api-keys", { name: "x", scopes: SCOPES, days: 1 }), 201).json.token;
	Object.assign(world.actors, { device: { client: world.tablet }, api_key: { client: key }, none: { client: tenant.client() } });
	return world;
};

// --- things to ask about ---------------------------------------------------------------

const random = () => randomWord();
const officeOf = (w, object) => (object === "own office" ? w.here : w.there);
/** An appointment: the actor's own, or another's at that office. */
const appointment = (w, object, actor) => book(w.chief, officeOf(w, object),
	{ hosts: [object === "own" ? actor?.memberId ?? w.chiefId : w.chiefId], guests: [{ name: `来客 ${random()}`, email: `${random()}@guest.example` }] });
const booked = async (w, object, actor) => must(await w.chief.post("/api/v1/appointments", body(officeOf(w, object),
	{ hosts: [object === "own" ? actor?.memberId ?? w.chiefId : w.chiefId], guests: [{ name: `来客 ${random()}`, email: `${random()}@guest.example` }], invite: true })), 201).json;
const arrived = async (w, object, actor) => {
	const { guests } = await booked(w, object, actor);
	return must(await w.chief.post("/api/v1/check-ins", { guest_id: guests[0].id }), 201).json;
};
const left = async (w, object, actor) => {
	const { id } = await arrived(w, object, actor);
	must(await w.chief.post(`/api/v1/visits/${id}/departure`, undefined, { key: false }), 200);
	return id;
};
/** A new session's id: of a person, or of the company's first administrator. */
const sessionOf = async (w, person) => {
	const client = await w.tenant.signedIn(person || undefined);
	return must(await client.get("/api/v1/sessions"), 200).json.items.find((s) => s.current).id;
};
const department = async (w) => must(await w.chief.post("/api/v1/departments", { name: random(), members: [] }), 201).json;
const invited = async (w) => must(await w.chief.post("/api/v1/members", { name: "新人", email: `${random()}@${w.tenant.name}.example` }), 201).json;
const SHEET = "メールアドレス,氏名\r\nnew@example.jp,新人 花子\r\n";
/** An import is its author's alone. */
const imported = async (w, object, actor) => {
	const author = object !== "another's" && [w.actors.account_admin, w.actors.system_admin].includes(actor) ? actor.client : w.chief;
	return must(await author.send("POST", "/api/v1/imports", { body: SHEET, type: "text/csv", key: newKey() }), 201).json.id;
};
const channel = async (w) => must(await w.chief.post("/api/v1/channels", { kind: "webhook", name: "x", url: "https://hooks.example/x" }), 201).json;
const pairing = async (w) => must(await w.chief.post("/api/v1/devices", { name: "x", office_id: w.here.id }), 201).json;
const publicKey = () => {
	const { x, y } = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" });
	return Buffer.concat([Buffer.from([4]), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]).toString("base64");
};
const waiting = async (w) => {
	const tablet = new Tablet(w.chief.base.href, { ca: w.house.ca, address: "127.0.0.1" });
	await tablet.pair((await pairing(w)).code);
	return tablet.device.id;
};
/** Checked in at that office's own tablet. */
const onTablet = async (w, object) => {
	const { guests } = await appointment(w, object);
	const tablet = object === "other office" ? w.away : w.tablet;
	return { ...must(await tablet.checkIn({ pass: guests[0].pass }), 201).json, pass: guests[0].pass };
};
const page = async (w) => new URL((await appointment(w, "own office")).guests[0].url).pathname;
const version = async (w, path) => must(await w.chief.get(path), 200).json;

/**
 * What to send, by operation: ${object} is whose the thing is, ${actor} who
 * will ask.  `problem` is what the right one is answered where nothing else
 * can be; `client` sends instead of the actor's.
 * @type {Record<string, (w: any, object: string, actor: any) => any>}
 */
export const REQUESTS = {
	"POST /api/v1/activations": async (w) => {
		const { email } = await invited(w);
		return { json: { token: await w.tenant.invitation(w.chief, email), name: "新人", email, password: "correct horse battery" } };
	},
	"POST /api/v1/sessions": (w) => ({ json: { tenant: w.tenant.name, email: w.tenant.email, password: w.tenant.password } }),
	"GET /api/v1/sessions/current": () => ({}),
	"DELETE /api/v1/sessions/current": async (w, _object, actor) => (actor?.person ? { client: await w.tenant.signedIn(actor.person) } : {}),
	"POST /api/v1/sessions/current/totp": () => ({ json: { code: "123456" }, key: false }),
	"GET /api/v1/sessions/current/second-factor": () => ({}),
	"POST /api/v1/sessions/current/totp-enrolment": () => ({ json: {}, key: false }),
	"PUT /api/v1/sessions/current/totp-enrolment": () => ({ json: { code: "000000" }, problem: "second_factor_failed" }),
	"POST /api/v1/sessions/current/recovery-codes": () => ({ json: { code: "123456" }, key: false, problem: "second_factor_failed" }),
	"GET /api/v1/sessions": () => ({}),
	"DELETE /api/v1/sessions/{id}": async (w, object, actor) => ({ ids: [await sessionOf(w, object !== "another's" && actor?.person)] }),
	"DELETE /api/v1/sessions/others": () => ({}),
	"POST /api/v1/password-resets": (w) => ({ json: { tenant: w.tenant.name, email: w.tenant.email }, key: false }),
	"POST /api/v1/passwords": (w) => ({ json: { token: `${w.tenant.tag}${"A".repeat(26)}`, password: "correct horse battery" }, key: false, problem: "token_invalid" }),
	"PUT /api/v1/passwords/current": (_w, _object, actor) =>
		({ json: { current_password: actor?.person?.password ?? "x", password: actor?.person?.password ?? "correct horse battery" } }),
	"GET /api/v1/members": () => ({}),
	"POST /api/v1/members": (_w, object) => ({ json: { name: "新人", email: `${random()}@example.jp`, ...(object && { roles: ["system_admin"] }) } }),
	"GET /api/v1/members/{id}": async (w) => ({ ids: [(await invited(w)).id] }),
	"PATCH /api/v1/members/{id}": async (w, object) => {
		const { id, version: read } = await invited(w);
		return { ids: [id], json: { version: read, ...(object ? { roles: ["system_admin"] } : { name: "改名" }) } };
	},
	"POST /api/v1/members/{id}/invitations": async (w) => ({ ids: [(await invited(w)).id] }),
	"POST /api/v1/members/{id}/hand-overs": async (w) => ({ ids: [(await invited(w)).id], json: { to: w.chiefId } }),
	"DELETE /api/v1/members/{id}/second-factor": async (w) => ({ ids: [(await invited(w)).id] }),
	"GET /api/v1/members.csv": () => ({}),
	"POST /api/v1/imports": () => ({ body: SHEET, type: "text/csv" }),
	"GET /api/v1/imports/{id}": async (w, object, actor) => ({ ids: [await imported(w, object, actor)] }),
	"POST /api/v1/imports/{id}/confirmation": async (w, object, actor) => ({ ids: [await imported(w, object, actor)], key: false }),
	"GET /api/v1/departments": () => ({}),
	"POST /api/v1/departments": (w) => ({ json: { name: random(), members: [w.chiefId] } }),
	"PUT /api/v1/departments/{id}": async (w) => {
		const { id, version: read } = await department(w);
		return { ids: [id], json: { version: read, name: random() } };
	},
	"DELETE /api/v1/departments/{id}": async (w) => ({ ids: [(await department(w)).id] }),
	"GET /api/v1/offices": () => ({}),
	"POST /api/v1/offices": () => ({ json: { name: "x", phone: "1" } }),
	"GET /api/v1/offices/{id}": (w) => ({ ids: [w.there.id] }),
	"PUT /api/v1/offices/{id}": async (w) => {
		const { id } = must(await w.chief.post("/api/v1/offices", { name: "x", phone: "1" }), 201).json;
		return { ids: [id], json: { version: 1, name: "y", phone: "1" } };
	},
	"GET /api/v1/devices": () => ({}),
	"POST /api/v1/devices": (w) => ({ json: { name: "x", office_id: w.here.id } }),
	"DELETE /api/v1/devices/{id}": async (w) => ({ ids: [await waiting(w)] }),
	"POST /api/v1/devices/{id}/approval": async (w) => ({ ids: [await waiting(w)], key: false }),
	"POST /api/v1/device-pairings": async (w) => ({ json: { code: (await pairing(w)).code, public_key: publicKey() }, key: false }),
	"POST /api/v1/device-sessions": (w) => ({ json: { tag: w.tenant.tag, device_id: w.tablet.device.id }, key: false }),
	"GET /api/v1/device-sessions/current": () => ({}),
	"POST /api/v1/device-reports": () => ({ json: { camera: "working", build: "x" }, key: false }),
	"POST /api/v1/scans": () => ({ query: "?frame=0", body: Buffer.from("no picture"), type: "image/jpeg", problem: "unreadable_frame" }),
	"POST /api/v1/check-ins": async (w, object, actor) => {
		const { guests } = await appointment(w, object);
		return { json: actor?.client === w.tablet ? { pass: guests[0].pass } : { guest_id: guests[0].id } };
	},
	"GET /api/v1/check-ins/{id}": async (w, object) => ({ ids: [(await onTablet(w, object)).id] }),
	"DELETE /api/v1/check-ins/{id}": async (w, object) => {
		const { id, undo_secret } = await onTablet(w, object);
		return { ids: [id], headers: { "x-undo-secret": undo_secret } };
	},
	"POST /api/v1/departures": async (w, object) => ({ json: { pass: (await onTablet(w, object)).pass } }),
	"POST /api/v1/calls": () => ({ json: {} }),
	"GET /api/v1/calls": () => ({}),
	"POST /api/v1/calls/{id}/answer": async (w, object) =>
		({ ids: [must(await (object === "other office" ? w.away : w.tablet).post("/api/v1/calls", {}), 201).json.id], key: false }),
	"GET /api/v1/hosts": () => ({ query: `?q=${encodeURIComponent("太郎")}` }),
	"POST /api/v1/walk-ins": (w, object, actor) => ({ json: { name: "飛び込み", people: 1, host_id: w.chiefId,
		...((actor?.client !== w.tablet || object === "other office") && { office_id: officeOf(w, object).id }) } }),
	"GET /api/v1/today": (w) => ({ query: `?office_id=${w.here.id}` }),
	"GET /api/v1/evacuation-list": (w) => ({ query: `?office_id=${w.here.id}` }),
	"GET /api/v1/appointments": () => ({}),
	"POST /api/v1/appointments": (w) => ({ json: body(w.here, { hosts: [w.chiefId] }) }),
	"GET /api/v1/appointments/{id}": async (w, object, actor) => ({ ids: [(await booked(w, object, actor)).id] }),
	"PUT /api/v1/appointments/{id}": async (w, object, actor) => {
		const { id, version: read, hosts, guests } = await booked(w, object, actor);
		return { ids: [id], json: { ...body(officeOf(w, object)), version: read, hosts: hosts.map((h) => h.id), guests: [{ id: guests[0].id, name: "改名" }] } };
	},
	"DELETE /api/v1/appointments/{id}": async (w, object, actor) => ({ ids: [(await booked(w, object, actor)).id] }),
	"POST /api/v1/appointments/{id}/invitations": async (w, object, actor) => ({ ids: [(await booked(w, object, actor)).id], json: {} }),
	"DELETE /api/v1/appointments/{id}/invitations": async (w, object, actor) => ({ ids: [(await booked(w, object, actor)).id] }),
	"GET /api/v1/appointments/{id}/guests/{guest_id}/pass.png": async (w, object, actor) => {
		const { id, guests } = await booked(w, object, actor);
		return { ids: [id, guests[0].id] };
	},
	"GET /api/v1/appointments/{id}/guests/{guest_id}/pass": async (w, object, actor) => {
		const { id, guests } = await booked(w, object, actor);
		return { ids: [id, guests[0].id] };
	},
	"GET /v/{token}": async (w) => ({ path: await page(w) }),
	"GET /v/{token}/calendar.ics": async (w) => ({ path: `${await page(w)}/calendar.ics` }),
	"GET /v/{token}/pass.png": async (w) => ({ path: `${await page(w)}/pass.png` }),
	"GET /api/v1/visits": () => ({}),
	"GET /api/v1/visits.csv": () => ({ query: `?from=${at(-1440).slice(0, 10)}&to=${at(1440).slice(0, 10)}` }),
	"GET /api/v1/visits/{id}": async (w, object, actor) => ({ ids: [(await arrived(w, object, actor)).id] }),
	"PATCH /api/v1/visits/{id}": async (w, object, actor) => ({ ids: [(await arrived(w, object, actor)).id], json: { version: 1, state: "met" } }),
	"POST /api/v1/visits/{id}/departure": async (w, object, actor) => ({ ids: [(await arrived(w, object, actor)).id], key: false }),
	"DELETE /api/v1/visits/{id}/departure": async (w, object, actor) => ({ ids: [await left(w, object, actor)] }),
	"POST /api/v1/visits/{id}/calls": async (w, object, actor) => ({ ids: [(await arrived(w, object, actor)).id] }),
	"GET /api/v1/channels": () => ({}),
	"POST /api/v1/channels": () => ({ json: { kind: "webhook", name: "x", url: "https://hooks.example/x" } }),
	"PATCH /api/v1/channels/{id}": async (w) => ({ ids: [(await channel(w)).id], json: { version: 1, name: "y" } }),
	"POST /api/v1/channels/{id}/tests": async (w) => ({ ids: [(await channel(w)).id] }),
	"GET /api/v1/deliveries": () => ({}),
	"POST /api/v1/deliveries/{id}/requeue": async (w) => {
		const { id } = must(await w.chief.post(`/api/v1/channels/${(await channel(w)).id}/tests`, undefined), 201).json;
		w.tenant.sql(`UPDATE outbox SET state = 'dead', lease_until = NULL, finished_at = now() WHERE id = '${id}'`);
		return { ids: [id], key: false };
	},
	"GET /api/v1/outbox": () => ({}),
	"GET /api/v1/api-keys": () => ({}),
	"POST /api/v1/api-keys": () => ({ json: { name: "x", scopes: ["offices:read"], days: 1 } }),
	"DELETE /api/v1/api-keys/{id}": async (w) => ({ ids: [must(await w.chief.post("/api/v1/api-keys", { name: "x", scopes: ["offices:read"], days: 1 }), 201).json.id] }),
	"GET /api/v1/settings/networks": () => ({}),
	"PUT /api/v1/settings/networks": async (w) => {
		const { address, ...rule } = await version(w, "/api/v1/settings/networks");
		return { json: rule };
	},
	"GET /api/v1/settings/retention": () => ({}),
	"PUT /api/v1/settings/retention": async (w) => ({ json: await version(w, "/api/v1/settings/retention") }),
	"GET /api/v1/settings/retention/preview": () => ({ query: "?visit_days=400&appointment_days=400&delivery_days=400" }),
	"GET /api/v1/settings/sign-in": () => ({}),
	"PUT /api/v1/settings/sign-in": async (w) => ({ json: await version(w, "/api/v1/settings/sign-in") }),
	"GET /api/v1/settings/second-factor": () => ({}),
	"PUT /api/v1/settings/second-factor": async (w) => ({ json: { requirement: "none", version: (await version(w, "/api/v1/settings/second-factor")).version } }),
	"GET /api/v1/contract": () => ({}),
	"GET /api/v1/notices": () => ({}),
	"POST /api/v1/notices/{id}/read": async (w) => ({ ids: [(await w.house.ctl("notice", "add", "--kind", "info", "--ja", "x", "--en", "x", "--tenant", w.tenant.name)).trim()], key: false }),
	"GET /status": () => ({}),
	"GET /status.json": () => ({}),
	"GET /api/v1/operation-chain": () => ({}),
	"GET /api/v1/operations": () => ({}),
	"GET /api/v1/operations.csv": () => ({}),
	"GET /api/v1/people": () => ({ query: "?email=nobody@guest.example" }),
	"GET /api/v1/people.json": () => ({ query: "?email=nobody@guest.example" }),
	"GET /v/{token}/privacy": async (w) => ({ path: `${await page(w)}/privacy` }),
	"POST /api/v1/erasures": async (w) => {
		const { guests } = await appointment(w, "own office");
		return { json: { guests: [guests[0].id], name: guests[0].name } };
	},
	"POST /api/v1/sessions/current/phone-enrolment": () => ({ json: { phone: "090-0000-0000" }, key: false, problem: "sms_away" }),
	"POST /api/v1/sessions/current/sms-codes": () => ({ key: false, problem: "sms_away" }),
	"PUT /api/v1/sessions/current/phone-enrolment": () => ({ json: { code: "000000" }, problem: "enrolment_over" }),
	"GET /healthz": () => ({}),
	"GET /readyz": () => ({}),
	"GET /metrics": () => ({}),
};

/** A WebSocket is no request and answer, and a guest's forms carry a grant of their page: they have tests of their own. */
export const isElsewhere = (operation) => operation === "GET /api/v1/live" || operation.startsWith("POST /v/");

/** What to send for ${operation}: its method and path filled in, and with a key where one may be. */
export const requestOf = async (world, operation, object, actor) => {
	const [method, template] = operation.split(" ");
	const { ids = [], query = "", path, client, problem, ...what } = await REQUESTS[operation](world, object, actor);
	let n = 0;
	return { method, path: `${path ?? template.replace(/\{\w+\}/g, () => ids[n++])}${query}`, client, problem,
		what: { key: method === "POST" ? newKey() : undefined, ...what } };
};

/** Send it; a cookie that the answer sets is forgotten. */
export const ask = async (client, { method, path, what }) => {
	const cookies = new Map(client.cookies);
	const answer = await Client.prototype.send.call(client, method, path, what);
	client.cookies = cookies;
	return answer;
};
