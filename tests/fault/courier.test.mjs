// Courier killed, mail servers that refuse and disappear: nothing is lost, and
// what comes twice comes under the same id.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { Webhook } from "standardwebhooks";
import { must } from "../../scripts/lib/client.mjs";
import { body } from "../lib/guest.mjs";
import { root, startInstallation } from "../lib/installation.mjs";
import { startReceiver } from "../lib/receiver.mjs";
import { startSmtp, until } from "../lib/smtp.mjs";
import { activeTenant } from "../lib/tenant.mjs";

const messages = 300, kills = 20;
const run = promisify(execFile);
let receiver, smtp, house, ours, admin, office, hook;

before(async () => {
	// A receiver that takes its time, so that a kill finds it at work.
	receiver = await startReceiver({ ways: { "/slow": (_req, res) => setTimeout(() => res.end("ok"), 30) } });
	smtp = await startSmtp();
	house = await startInstallation({ ...smtp.settings, ...receiver.settings,
		GENKAN_OUTGOING_ALLOW: `${smtp.settings.GENKAN_OUTGOING_ALLOW},${receiver.settings.GENKAN_OUTGOING_ALLOW}` });
	ours = await activeTenant(house);
	admin = await ours.signedIn();
	office = await ours.office(admin);
	hook = must(await admin.post("/api/v1/channels", { kind: "webhook", name: "slow", url: receiver.url("/slow") }), 201).json;
});
after(async () => { await house?.stop(); await smtp?.stop(); await receiver?.stop(); });

const counts = () => Object.fromEntries(ours.sql("SELECT state, count(*) FROM outbox GROUP BY state").split("\n").filter(Boolean)
	.map((line) => line.split("|")).map(([state, n]) => [state, Number(n)]));
const deliveries = async () => must(await admin.get("/api/v1/deliveries?limit=200"), 200).json.items;
/** What waits is due now: the test does not wait for a schedule. */
const hurry = () => ours.sql("UPDATE outbox SET due_at = now() WHERE state = 'waiting'; NOTIFY genkan_outbox");
const memberMail = (n) => `member${n}@${ours.name}.example`;

test("a mail to try the settings arrives, or it is said why not", async () => {
	const as = process.getuid?.() === 0 ? ["chpst", "-u", "genkan-courier:genkan"] : [];
	const trial = (address, ...set) => run(join(root, "scripts/genkan-env"), [join(house.var, "env/courier"), ...as,
		"env", ...set, join(house.var, "state/app/bin/genkan"), "courier", "test", address]);
	const to = "operator@genkan.example";
	assert.equal((await trial(to)).stdout, "localhost took the mail\n");
	const { envelope, headers, text, defects } = await smtp.mailTo(to);
	assert.deepEqual([defects, envelope.to, headers.subject], [[], [to], "Genkan 送信テスト / Test mail from Genkan"]);
	assert.match(text, /届いていれば、設定は正しく[^]*As it has arrived, they work/);
	await smtp.refuse(to, "550 no");
	await assert.rejects(trial(to), /recipient_refused/);
	await smtp.refuse(to);
	await assert.rejects(trial("a\r\nRCPT TO:<b@genkan.example>"), /genkan: /);
	await assert.rejects(trial(to, "GENKAN_MAIL_TRANSPORT=preview"), /preview, so mails go nowhere/);
	assert.equal(smtp.all().filter((mail) => mail.envelope.to.includes(to)).length, 1);
	// A command half typed starts no second courier.
	await assert.rejects(run(join(root, "scripts/genkan-env"), [join(house.var, "env/courier"), join(house.var, "state/app/bin/genkan"), "courier", "test"], { timeout: 30e3 }), { code: 64 });
});

test(`${messages} deliveries and ${kills} kills: none is lost, and a repeated one has the same id`, async () => {
	let killed = 0, made = 0, dead;
	const killer = (async () => {
		while (killed < kills) {
			await new Promise((done) => setTimeout(done, 40 + Math.random() * 260));
			// Nor does it lose what a slow machine makes late.
			ours.sql("UPDATE outbox SET expires_at = now() + interval '1 hour' WHERE state IN ('waiting', 'leased') AND expires_at < now() + interval '50 minutes'");
			const pid = house.pid("courier");
			try {
				process.kill(pid, "SIGKILL");
				dead = ours.sql("SELECT clock_timestamp()");
				killed++;
			} catch { /* between two lives */ }
			await until(() => house.pid("courier") !== pid && house.pid("courier") > 0, "the supervisor starts it again");
		}
	})();
	const ids = [];
	const maker = async () => {
		while (made < messages) {
			const n = made++;
			if (n % 3 === 0) must(await admin.post("/api/v1/members", { name: `社員 ${n}`, email: memberMail(n), roles: ["member"] }), 201);
			else ids.push(must(await admin.post(`/api/v1/channels/${hook.id}/tests`), 201).json.id);
			await new Promise((done) => setTimeout(done, 10));
		}
	};
	await Promise.all([maker(), maker(), killer]);

	// What a killed courier had taken is due again when its lease is over: now.
	ours.sql(`UPDATE outbox SET lease_until = now() - interval '1 second' WHERE state = 'leased' AND lease_until < timestamptz '${dead}' + interval '120 seconds'`);
	await until(async () => {
		hurry();
		const { waiting = 0, leased = 0 } = counts();
		return waiting + leased === 0;
	}, "all delivered", 180);
	assert.deepEqual(Object.keys(counts()), ["delivered"]);

	const received = receiver.to("/slow").map((r) => r.headers["webhook-id"]);
	assert.deepEqual([...new Set(received)].sort(), ids.sort());
	for (const r of receiver.to("/slow")) new Webhook(hook.secret).verify(r.body, r.headers);
	const mails = smtp.all().map(({ raw, envelope }) => ({ to: envelope.to[0], id: /^Message-ID: (.*)\r$/mi.exec(raw.toString())[1] }))
		.filter(({ to }) => to.endsWith(`@${ours.name}.example`));
	const byAddress = new Map();
	for (const { to, id } of mails) byAddress.set(to, (byAddress.get(to) ?? new Set()).add(id));
	assert.equal(byAddress.size, messages / 3);
	assert.ok([...byAddress.values()].every((set) => set.size === 1), "a repeated mail has the same Message-ID");
	const repeats = received.length - ids.length + mails.length - byAddress.size;
	console.log(`# ${killed} kills, ${repeats} of ${messages} came twice`);
});

test("its sender processes end with it", async () => {
	const pid = house.pid("courier");
	const { execFileSync } = await import("node:child_process");
	const family = () => execFileSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" }).trim().split("\n").map((l) => l.trim().split(/\s+/).map(Number));
	const below = (p) => family().filter(([, parent]) => parent === p).flatMap(([child]) => [child, ...below(child)]);
	const children = below(pid);
	assert.ok(children.length >= 1);
	process.kill(pid, "SIGKILL");
	await until(() => { const alive = new Set(family().map(([p]) => p)); return children.every((c) => !alive.has(c)); }, "they are gone");
	await until(() => house.pid("courier") !== pid, "a new one");
});

test("a mail refused for good turns the guest's row red and tells the host, once", async () => {
	const a = must(await admin.post("/api/v1/appointments", body(office, { invite: true, guests: [{ name: "届かない 人", email: "refused@guest.example" }] })), 201).json;
	await smtp.refuse("refused@guest.example", "550 5.1.1 nobody here by that name");
	const guest = await until(async () => {
		hurry();
		const { guests: [g] } = must(await admin.get(`/api/v1/appointments/${a.id}`), 200).json;
		return g.mail_state === "failed" && g;
	}, "failed");
	assert.equal(guest.name, "届かない 人");
	const told = await smtp.mailTo(ours.email);
	assert.match(told.headers.subject, /招待メールが届きませんでした: 届かない 人 様/);
	assert.match(told.text, /refused@guest\.example/);
	const rows = (await deliveries()).filter((d) => d.appointment_id === a.id || d.topic === "invitation.bounced");
	assert.deepEqual(rows.map((d) => `${d.topic} ${d.state} ${d.last_error}`).sort(), ["invitation.bounced delivered null", "invitation.new dead recipient_refused"]);
	assert.ok(!JSON.stringify(rows).includes("nobody here"), "the server's words stay with the server");

	await smtp.refuse("refused@guest.example", undefined);
	const dead = rows.find((d) => d.state === "dead");
	must(await admin.post(`/api/v1/deliveries/${dead.id}/requeue`, undefined, { key: false }), 200);
	await smtp.mailTo("refused@guest.example");
	await until(async () => must(await admin.get(`/api/v1/appointments/${a.id}`), 200).json.guests[0].mail_state === "sent", "sent after all");
});

test("a mail refused for now is tried again and arrives", async () => {
	await smtp.refuse("later@guest.example", "450 4.2.1 come back later");
	const a = must(await admin.post("/api/v1/appointments", body(office, { invite: true, guests: [{ name: "あと で", email: "later@guest.example" }] })), 201).json;
	const row = await until(async () => {
		hurry();
		return (await deliveries()).find((d) => d.appointment_id === a.id && d.last_error === "recipient_later");
	}, "refused for now");
	assert.match(row.state, /^(waiting|leased)$/);
	await smtp.refuse("later@guest.example", undefined);
	await until(() => { hurry(); return smtp.all().some(({ envelope }) => envelope.to.includes("later@guest.example")); }, "arrived");
});

test("while the mail server is away nothing counts against a mail, and all go when it is back", async () => {
	await smtp.pause();
	const a = must(await admin.post("/api/v1/appointments", body(office, { invite: true,
		guests: [1, 2, 3].map((n) => ({ name: `待つ 人${n}`, email: `away${n}@guest.example` })) })), 201).json;
	await until(async () => {
		hurry();
		return (await deliveries()).some((d) => d.appointment_id === a.id && d.last_error === "no_answer");
	}, "courier notices");
	assert.ok((await deliveries()).filter((d) => d.appointment_id === a.id).every((d) => d.state === "waiting" || d.state === "leased"));
	assert.ok(must(await admin.get(`/api/v1/appointments/${a.id}`), 200).json.guests.every((g) => g.mail_state === "waiting"));
	await smtp.resume();
	await until(() => {
		hurry();
		return [1, 2, 3].every((n) => smtp.all().some(({ envelope }) => envelope.to.includes(`away${n}@guest.example`)));
	}, "all arrived", 120);
	assert.match(house.log("courier"), /courier\.mail_away/);
	assert.match(house.log("courier"), /courier\.mail_back/);
});

test("with a mail server the outbox page is gone", async () => {
	assert.equal((await admin.get("/api/v1/outbox")).problem, "not_found");
});

test("no name, address or text of a mail is in courier's log", () => {
	const log = house.log("courier");
	for (const secret of ["届かない", "guest.example", ours.email, "correct horse", "nobody here", "/slow"]) assert.ok(!log.includes(secret), secret);
});

test("told to stop, it finishes what is under way", async () => {
	receiver.ways["/slow"] = (_req, res) => setTimeout(() => res.end("ok"), 1500);
	// The server closes a connection that was idle for as long as the mails before took.
	admin.close();
	const { id } = must(await admin.post(`/api/v1/channels/${hook.id}/tests`), 201).json;
	await until(() => receiver.to("/slow").some((r) => r.headers["webhook-id"] === id), "it is under way");
	await house.sv("stop", "courier");
	assert.equal((await deliveries()).find((d) => d.id === id).state, "delivered");
	assert.equal(receiver.to("/slow").filter((r) => r.headers["webhook-id"] === id).length, 1);
	await house.sv("start", "courier");
});
