// The main job, step by step; see scripts/demo.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { photograph, readMail } from "./camera.mjs";
import { Client, must } from "./client.mjs";
import { newTablet } from "./tablet.mjs";

const file = process.argv[2];
const demo = JSON.parse(readFileSync(file, "utf8"));
const certificate = join(dirname(file), "cert.pem");
const options = {
	ca: existsSync(certificate) ? readFileSync(certificate) : undefined,
	...(new URL(demo.base_url).hostname === "localhost" && { address: "127.0.0.1" }),
};

const began = performance.now();
let number = 0;
/** Do one step, print how long it took; a step that throws ends the demo. */
const step = async (name, work) => {
	number++;
	const from = performance.now();
	const label = `${String(number).padStart(2)}  ${name}`;
	try {
		const [value, remark] = await work();
		console.log(`${label.padEnd(58)} ${(performance.now() - from).toFixed(0).padStart(6)} ms  ${remark ?? ""}`);
		return value;
	} catch (error) {
		console.log(`${label.padEnd(58)} FAILED after ${(performance.now() - from).toFixed(0)} ms`);
		console.error(`demo: step ${number}, ${name}: ${error.message}`);
		process.exit(1);
	}
};

/** Ask again until there is an answer; the limit is for hanging. */
const until = async (what, look, limit = 60_000) => {
	for (const from = Date.now(); Date.now() - from < limit;) {
		const found = await look();
		if (found) return found;
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
	throw new Error(`${what} did not come within ${limit / 1000} s`);
};

const admin = new Client(demo.base_url, options);
const mails = async () => must(await admin.get("/api/v1/outbox?limit=200"), 200).json.items;
const mailTo = (to, seen, test = (_mail) => true) => until(`a mail to ${to}`, async () => {
	for (const item of await mails()) {
		if (seen.has(item.id) || item.to !== to) continue;
		const mail = readMail(item.message);
		if (test(mail)) return { item, mail };
	}
	return undefined;
});

// A guest nobody else has, so that nothing older is mistaken for ours.
const mark = Math.random().toString(36).slice(2, 8);
const guest = { name: "来栖 真由美", kana: "クルス マユミ", company: `試験工業${mark}`, email: `guest-${mark}@guest.example` };

// Keys that were unwrapped a moment ago serve on while the key service is away,
// so that reception does too; a demonstration of it should not.
await step("see that the database and the key service are there", async () => {
	const { degraded } = must(await admin.get("/readyz"), 200).json;
	if (degraded.includes("kms")) throw new Error("the key service is away");
	return [undefined, degraded.length > 0 ? `degraded: ${degraded.join(", ")}` : "ready, nothing degraded"];
});

const me = await step("sign in", async () => {
	const session = await admin.signIn(demo);
	return [session, session.tenant.display_name];
});

// Reception has hours and days. So that the demo works at any hour it visits
// an office where it is about noon.
const office = await step("choose an office where it is day", async () => {
	const east = 12 - new Date().getUTCHours();
	const zone = east === 0 ? "Etc/GMT" : `Etc/GMT${east > 0 ? "-" : "+"}${Math.abs(east)}`;
	const name = `デモ拠点 ${zone}`;
	const { items } = must(await admin.get("/api/v1/offices"), 200).json;
	const found = items.find((o) => o.name === name && o.state === "open");
	return [found ?? must(await admin.post("/api/v1/offices", {
		name, phone: "03-0000-0000", address: "東京都千代田区", guidance: "3階へお上がりください。", time_zone: zone,
	}), 201).json, name];
});

const seen = new Set((await mails()).map((item) => item.id));
const appointment = await step("register an appointment with a guest", async () => {
	const start = Date.now() + 5 * 60_000;
	const made = must(await admin.post("/api/v1/appointments", {
		title: "デモンストレーション", office_id: office.id,
		starts_at: new Date(start).toISOString(), ends_at: new Date(start + 3600_000).toISOString(), guests: [guest],
	}), 201).json;
	return [made, `${made.guests.length} guest`];
});

const invitation = await step("take the invitation from the outbox", async () => {
	const { item, mail } = await mailTo(guest.email, seen);
	if (mail.defects.length > 0) throw new Error(`the mail has defects: ${mail.defects.join(", ")}`);
	seen.add(item.id);
	return [mail, mail.headers.subject];
});

const pass = await step("cut the inline QR code out of it", async () => {
	const picture = invitation.parts.find((p) => p.type === "image/png" && p.cid);
	if (!picture) throw new Error("no inline PNG in the mail");
	if (!invitation.html.includes(`cid:${picture.cid.replace(/^<|>$/g, "")}`)) throw new Error("the HTML part does not show it");
	const png = Buffer.from(picture.data, "base64");
	return [png, `${png.length} bytes of PNG`];
});

const frame = await step("photograph it as a tablet would", async () => {
	const jpeg = photograph(pass);
	return [jpeg, `${jpeg.length} bytes of JPEG, 960x540, tilted`];
});

const tablet = await step("pair a tablet and approve it", async () => {
	const made = await newTablet(admin, office.id, `demo ${mark}`, options);
	return [made, made.device.id];
});

const welcome = await step("hold the pass before its camera", async () => {
	const answer = must(await tablet.scan(frame), 201);
	if (answer.json.guest !== guest.name) throw new Error(`the welcome is for ${answer.json.guest}`);
	return [answer.json, `201, ${answer.json.hosts.join(", ")}`];
});

await step("read the host's notice", async () => {
	const { item, mail } = await mailTo(demo.email, seen, (m) => (m.text + m.html).includes(guest.company));
	return [item, mail.headers.subject];
});

await step("find the visit on record", async () => {
	const visit = must(await admin.get(`/api/v1/visits/${welcome.id}`), 200).json;
	if (visit.guest !== guest.name || visit.state !== "arrived" || visit.via !== "pass" ||
	    visit.appointment_id !== appointment.id || visit.hosts[0]?.id !== me.member.id)
		throw new Error(`the record says ${JSON.stringify(visit)}`);
	return [visit, `${visit.state} at ${visit.arrived_at}`];
});

await step("find it in the CSV", async () => {
	const day = (offset) => new Date(Date.now() + offset * 86400_000).toISOString().slice(0, 10);
	const csv = must(await admin.get(`/api/v1/visits.csv?from=${day(-1)}&to=${day(1)}`, { headers: { accept: "text/csv" } }), 200).body;
	if (csv.readUIntBE(0, 3) !== 0xefbbbf) throw new Error("no byte order mark");
	const lines = csv.toString("utf8").split("\r\n");
	const line = lines.find((l) => l.includes(guest.company));
	if (!line?.includes(guest.name)) throw new Error("the visit is not in it");
	return [line, `${lines.length - 2} rows`];
});

await step("see the guest off and retire the tablet", async () => {
	must(await admin.post(`/api/v1/visits/${welcome.id}/departure`, undefined, { key: false }), 200);
	must(await admin.delete(`/api/v1/devices/${tablet.device.id}`), 204);
	must(await admin.delete("/api/v1/sessions/current"), 204);
	return [undefined];
});

tablet.close();
admin.close();
console.log(`all ${number} steps in ${((performance.now() - began) / 1000).toFixed(1)} s`);
