// What holds while somebody guesses, in figures.  Starts an installation of its
// own; fails when a line does not hold.  node tests/load/guess.mjs [PART ...]
//
//	attack	10,000 guesses from 1,000 addresses at one account: at most 100
//		are looked at, the member signs in from a known browser and
//		guests check in by pass meanwhile
//	codes	10,000 codes from 50 tablets of one office: at most 100 are looked
//		at, guests check in by pass meanwhile
//	timing	median and p95 of what wrong passwords, unknown accounts and
//		unknown companies take
//
// GENKAN_GUESSES makes it shorter.  With --storm JSON it is the one who storms: see scripts/lib/bench.mjs.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { must } from "../../scripts/lib/client.mjs";
import { noonZone } from "../../scripts/lib/noon_zone.mjs";
import { Installation, root, startInstallation } from "../lib/installation.mjs";
import { seed } from "../lib/seed.mjs";
import { activeTenant } from "../lib/tenant.mjs";

const GUESSES = Number(process.env.GENKAN_GUESSES ?? 10_000);
const LOOKED_AT = 100;

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const at = (list, share) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))];
const timed = async (work) => {
	const from = performance.now();
	await work();
	return performance.now() - from;
};
/** From one address after the other, ${wide} at a time. */
const spread = async (house, n, addresses, wide, one) => {
	let next = 0;
	await Promise.all(Array.from({ length: wide }, async () => {
		for (let i = next++; i < n; i = next++) {
			const a = i % addresses;
			const client = house.client({ from: `127.${10 + (a >> 8)}.${a & 255}.9`, timeout: 120_000 });
			await one(client, i).finally(() => client.close());
		}
	}));
};

/** A line that must hold, as TAP. */
let held = 0;
const hold = (good, said) => {
	console.log(`${good ? "ok" : "not ok"} ${++held} - ${said}`);
	if (!good) process.exitCode = 1;
};

/** An honest tablet of an office, and passes of its guests; made by tests/load/seed.c. */
const reception = async (house, t, admin) => {
	const office = await t.office(admin, { time_zone: noonZone(), opens_at: "00:00", closes_at: "23:59", early_minutes: 1440 });
	const { member } = must(await admin.get("/api/v1/sessions/current"), 200).json;
	const work = mkdtempSync("/tmp/genkan-guess-");
	chmodSync(work, 0o755);
	const passes = seed(house, work, "expected", { tenant: t.id, office: office.id, member: member.id, count: 3000, days: 1 });
	rmSync(work, { recursive: true });
	return { office, passes, tablet: await t.tablet(admin, office.id) };
};

/** Do it every so often until told to stop: how often it went well, and what was said otherwise. */
const meanwhile = (ms, one) => {
	const found = { good: 0, took: [], bad: [] };
	let stopped = false;
	const done = (async () => {
		while (!stopped) {
			const began = performance.now();
			const answer = await one();
			if (answer === undefined) break;
			found.took.push(performance.now() - began);
			if (answer.status === 201) found.good++;
			else found.bad.push(String(answer));
			await wait(ms);
		}
	})();
	return async () => {
		stopped = true;
		await done;
		return found;
	};
};

/** Each line of ${found}: nobody honest was refused. */
const served = (what, { good, took, bad }) => hold(good > 20 && bad.length === 0,
	`${good} ${what}, none refused${bad.length > 0 ? ` but ${bad.length}: ${bad[0]}` : ""}; ${at(took, 0.5).toFixed(0)} ms, p99 ${at(took, 0.99).toFixed(0)} ms`);

const attack = async (house) => {
	const t = await activeTenant(house);
	const known = await t.signedIn();
	const { passes, tablet } = await reception(house, t, known);
	const owner = meanwhile(500, () => t.signIn({}, known)), guests = meanwhile(500, async () => passes.length > 0 ? tablet.checkIn({ pass: passes.pop() }) : undefined);
	const said = {}, addresses = new Set();
	const ms = await timed(() => spread(house, GUESSES, 1_000, 20, async (client, i) => {
		// Every delay is over forty times, as for one who has months.
		if (i % 250 === 249) t.sql("UPDATE guess SET blocked_until = now() WHERE kind IN ('sign_in_account', 'sign_in_address')");
		const { problem } = await t.signIn({ password: `guess ${i}` }, client);
		addresses.add(client.agent.options.localAddress);
		said[problem] = (said[problem] ?? 0) + 1;
	}));
	const [signIns, checkIns] = [await owner(), await guests()];
	console.log(`attack: ${JSON.stringify(said)} from ${addresses.size} addresses in ${Math.round(ms / 1000)} s`);
	// The database says how often a password was looked at: each is counted before, and put on record after.
	const counted = Number(t.sql("SELECT failures FROM guess WHERE kind = 'sign_in_ceiling'"));
	const recorded = Number(t.sql("SELECT count(*) FROM operation WHERE action = 'session.created' AND result = 'refused'"));
	hold(Object.values(said).reduce((sum, n) => sum + n, 0) === GUESSES && addresses.size === 1_000 && counted === recorded && counted === said.sign_in_failed && counted <= LOOKED_AT,
		`${GUESSES} guesses at one account: ${counted} counted, ${recorded} on record, ${said.sign_in_failed} answered as wrong; at most ${LOOKED_AT}`);
	served("sign-ins of the member from a known browser", signIns);
	served("check-ins by pass", checkIns);
};

const codes = async (house) => {
	const t = await activeTenant(house);
	const admin = await t.signedIn();
	const { office, passes, tablet } = await reception(house, t, admin);
	const tablets = [];
	for (let i = 0; i < 50; i++) tablets.push(await t.tablet(admin, office.id, `端末 ${i}`));
	const guests = meanwhile(300, async () => passes.length > 0 ? tablet.checkIn({ pass: passes.pop() }) : undefined);
	const said = {};
	let next = 0;
	const ms = await timed(() => Promise.all(tablets.map(async (one) => {
		for (let i = next++; i < GUESSES; i = next++) {
			if (i % 250 === 249) t.sql("UPDATE guess SET blocked_until = now() WHERE kind = 'code_device'");
			const { problem } = await one.checkIn({ code: String(i * 97 % 1_000_000).padStart(6, "0") });
			said[problem] = (said[problem] ?? 0) + 1;
		}
	})));
	const checkIns = await guests();
	console.log(`codes: ${JSON.stringify(said)} from ${tablets.length} tablets in ${Math.round(ms / 1000)} s`);
	const counted = Number(t.sql("SELECT sum(failures) FROM guess WHERE kind = 'code_office'"));
	hold(Object.values(said).reduce((sum, n) => sum + n, 0) === GUESSES && counted === said.unknown_code && counted <= LOOKED_AT,
		`${GUESSES} codes at one office: ${counted} counted, ${said.unknown_code} answered as unknown; at most ${LOOKED_AT}`);
	served("check-ins by pass", checkIns);
	for (const one of tablets) one.close();
};

const timing = async (house) => {
	const t = await activeTenant(house);
	for (const [kind, path, more] of [["sign in", "/api/v1/sessions", { password: "wrong" }], ["reset", "/api/v1/password-resets", {}]]) {
		const took = { known: [], unknown: [], company: [] };
		let client;
		for (let i = 0; i < 130; i++) {
			// Of one address so many tries are looked at, and no more.
			if (i % 10 === 0) {
				client?.close();
				client = house.client({ from: `127.12.${kind.length}.${i / 10 + 1}` });
				must(await client.get("/healthz"), 200);
			}
			t.sql("DELETE FROM guess");
			for (const [who, email, tenant] of [["known", t.email, t.name], ["unknown", `nobody${i}@example.jp`, t.name], ["company", `nobody${i}@example.jp`, `no-company-${i}`]]) {
				const ms = await timed(async () => must(await client.send("POST", path, { json: { tenant, email, ...more } }), 401, 202));
				// The first ones also fetch keys and prepare statements.
				if (i >= 30) took[who].push(ms);
			}
		}
		client.close();
		console.log(`timing: ${kind}: ${Object.entries(took).map(([who, ms]) => `${who} ${at(ms, 0.5).toFixed(1)} ms (p95 ${at(ms, 0.95).toFixed(1)})`).join(", ")}`);
		// No proof by a clock: tests/http/sign_in.test.mjs compares the work.
	}
};

/** Storm the company that a line of JSON names with 200 wrong passwords at a time, until ended; how many were looked at, each second. */
const storm = async ({ dir, name }) => {
	const house = new Installation(dir, true);
	let looked = 0;
	setInterval(() => console.log(looked), 1000);
	await Promise.all(Array.from({ length: 200 }, async (_, i) => {
		const client = house.client({ from: `127.9.${i}.${process.pid % 250 + 1}`, timeout: 120_000 });
		for (let n = 0; ; n++) {
			// Who is turned away at the door comes again.
			const answer = await client.send("POST", "/api/v1/sessions", { json: { tenant: name, email: `a${i}-${n}-${process.pid}@example.jp`, password: "wrong" } }).catch(() => undefined);
			if (answer?.problem === "sign_in_failed") looked++;
			else await wait(200);
		}
	}));
};

if (process.argv[2] === "--storm") await storm(JSON.parse(process.argv[3]));
else {
	execFileSync("make", ["-s", "-C", join(root, "src"), "all", "load"], { stdio: ["ignore", 2, "inherit"] });
	const house = await startInstallation();
	try {
		const parts = { attack, codes, timing };
		for (const name of process.argv.length > 2 ? process.argv.slice(2) : Object.keys(parts)) await parts[name](house);
		console.log(`1..${held}`);
	} finally {
		await house.stop();
	}
}
