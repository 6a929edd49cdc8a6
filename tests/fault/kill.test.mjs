// Every program is killed at random moments, twenty times each, while a
// thousand guests check in.  Afterwards three ledgers agree: what the clients
// were answered, what the records say, and what the mail server and the
// webhook's receiver got, by message id.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { must, newKey } from "../../scripts/lib/client.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { childrenOf } from "../lib/process.mjs";
import { startReceiver } from "../lib/receiver.mjs";
import { startSmtp, until } from "../lib/smtp.mjs";

const GUESTS = 1000;
const PER_APPOINTMENT = 100;
const KILLS = 20;
const TABLETS = 4;
/** Every so many check-ins are a picture for decode, the others a code. */
const SCAN_EVERY = 20;

let smtp, receiver, house, admin, office;
/** @type {{name: string, code: string, frame?: Buffer}[]} */
const guests = [];
/** Idempotency-Key -> the check-in's id. @type {Map<string, string>} */
const answered = new Map();

before(async () => {
	smtp = await startSmtp();
	receiver = await startReceiver();
	house = await startInstallation({
		...smtp.settings, ...receiver.settings,
		GENKAN_OUTGOING_ALLOW: `${smtp.settings.GENKAN_OUTGOING_ALLOW},${receiver.settings.GENKAN_OUTGOING_ALLOW}`,
	});
	admin = await house.admin({ sockets: TABLETS });
	office = await house.office(admin);
	must(await admin.post("/api/v1/channels", { kind: "webhook", name: "台帳", url: receiver.url("/ledger") }), 201);
	await invite();
});
after(async () => {
	await house?.stop();
	await receiver?.stop();
	await smtp?.stop();
});

async function invite() {
	for (let from = 0; from < GUESTS; from += PER_APPOINTMENT) {
		const made = must(await admin.post("/api/v1/appointments", {
			title: "障害試験", office_id: office.id, invite: false,
			starts_at: new Date(Date.now() + 60e3).toISOString(), ends_at: new Date(Date.now() + 3600e3).toISOString(),
			guests: Array.from({ length: PER_APPOINTMENT }, (_, i) => ({ name: `来客 ${String(from + i).padStart(4, "0")}` })),
		}), 201).json;
		for (const guest of made.guests) {
			const base = `/api/v1/appointments/${made.id}/guests/${guest.id}`;
			const one = { name: guest.name, code: must(await admin.get(`${base}/pass`), 200).json.code };
			if (guests.length % SCAN_EVERY === 0)
				one.frame = execFileSync("convert", ["-", "-filter", "point", "-resize", "300x300!", "-background", "#888",
					"-gravity", "center", "-extent", "960x540", "-quality", "65", "-interlace", "none", "jpeg:-"],
				{ input: must(await admin.get(`${base}/pass.png`), 200).body, maxBuffer: 1 << 24 });
			guests.push(one);
		}
	}
}

/** One guest at one tablet, patiently: the same key until there is an answer. */
async function checkIn(tablet, guest) {
	const key = newKey();
	for (let lost = 0; ; lost++) {
		assert.ok(lost < 600, "a check-in is answered in the end");
		const answer = await (guest.frame ? tablet.scan(guest.frame, key) : tablet.checkIn({ code: guest.code }, key))
			.catch(() => ({ status: 0 }));
		if (answer.status === 201) {
			answered.set(key, answer.json.id);
			return;
		}
		if (answer.status === 401) await tablet.start().catch(() => {});
		else assert.ok(answer.status === 0 || answer.status === 204 || answer.status >= 500 || answer.problem === "in_progress", String(answer));
		await pause(150);
	}
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** The process to kill: of web a worker, of decode any of its family. */
function victim(name) {
	const parent = house.pid(name);
	if (name === "web") return pick(childrenOf(parent, "[wrk")) ?? 0;
	if (name === "decode") return pick([parent, ...childrenOf(parent)]);
	return parent;
}
const pick = (list) => list[Math.floor(Math.random() * list.length)];

const killed = {};
async function kill(name) {
	for (;;) {
		const pid = victim(name);
		try {
			if (pid > 0 && readFileSync(`/proc/${pid}/cmdline`).length > 0) {
				process.kill(pid, "SIGKILL");
				killed[name] = (killed[name] ?? 0) + 1;
				return;
			}
		} catch { /* it is just being started again */ }
		await pause(50);
	}
}

test("a thousand guests are checked in while every program is killed", { timeout: 900e3 }, async () => {
	const tablets = [];
	for (let i = 0; i < TABLETS; i++) tablets.push(await house.tablet(admin, office.id, `受付${i + 1}`));
	const victims = ["postgres", "kms", "decode", "courier", "web"].flatMap((name) => Array(KILLS).fill(name));
	let waiting = [...guests], done = 0;
	// The next kill comes with the guest before whom it is due, so that all
	// hundred fall among the thousand check-ins however fast this machine is.
	const killer = (async () => {
		for (let i = 0; victims.length > 0; i++) {
			while (done < (i * GUESTS) / (5 * KILLS) - 5 && done < GUESTS) await pause(10);
			await pause(Math.random() * 100);
			await kill(victims.splice(Math.floor(Math.random() * victims.length), 1)[0]);
		}
	})();
	await Promise.all([killer, ...tablets.map(async (tablet) => {
		for (let guest; (guest = waiting.shift()) !== undefined; done++) await checkIn(tablet, guest);
	})]);
	assert.equal(answered.size, GUESTS);
	for (const name of ["postgres", "kms", "decode", "courier", "web"]) assert.ok(killed[name] >= KILLS, name);
});

test("answers and records agree: one visit for each key, and no other", { timeout: 120e3 }, async () => {
	await until(() => admin.signIn(house.demo).then(() => true, () => false), "signed in again");
	const visits = [];
	let after;
	do {
		const page = await until(() => admin.get(`/api/v1/visits?limit=200${after ? `&after=${encodeURIComponent(after)}` : ""}`)
			.then((a) => a.status === 200 && a.json, () => false), "a page of visits");
		visits.push(...page.items);
		after = page.next;
	} while (after);
	assert.equal(visits.length, GUESTS);
	assert.deepEqual(new Set(visits.map((v) => v.id)), new Set(answered.values()));
	assert.equal(new Set(visits.map((v) => v.guest)).size, GUESTS);
});

test("each arrival was told once by mail and once by webhook, repeats under the same id", { timeout: 900e3 }, async () => {
	await until(async () => {
		const open = house.psql("SELECT set_config('app.tenant_id', tenant_id::text, false) FROM tenant_name WHERE name = 'demo';"
			+ "SELECT count(*) FROM outbox WHERE topic = 'visit.arrived' AND state IN ('waiting', 'leased')").split("\n").at(-1);
		return open === "0";
	}, "everything delivered", 600);

	const events = new Map();
	for (const { headers, body } of receiver.to("/ledger")) {
		const { type, data } = JSON.parse(body);
		if (type === "visit.arrived") events.set(headers["webhook-id"], data.visit_id);
	}
	assert.equal(events.size, GUESTS, "one webhook id for each arrival");
	assert.deepEqual(new Set(events.values()), new Set(answered.values()));

	const mails = new Map();
	for (const { raw } of smtp.all()) {
		const text = raw.toString("latin1");
		const words = [...text.matchAll(/\r\n\r\n([A-Za-z0-9+/=\r\n]{40,})/g)].map((m) => Buffer.from(m[1], "base64").toString("utf8")).join("\n");
		const name = words.match(/来客 \d{4}/)?.[0];
		// After three minutes reception hears of whom nobody has met: another mail.
		if (name && words.includes("お迎えをお願いします")) mails.set(text.match(/^Message-ID: *(\S+)/im)?.[1], name);
	}
	assert.equal(mails.size, GUESTS, "one Message-ID for each arrival");
	assert.equal(new Set(mails.values()).size, GUESTS);
});
