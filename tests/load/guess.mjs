// What holds while somebody guesses passwords, in figures.  Starts an
// installation of its own; node tests/load/guess.mjs [attack] [timing] [storm]
//
//	attack	10,000 guesses from 1,000 addresses at one account: how many are
//		looked at, and does the member sign in from a known browser?
//	timing	median and p95 of what unknown and known accounts take
//	storm	200 wrong passwords at a time against one company: p99 of
//		another's check-ins, without and with it
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { must } from "../../scripts/lib/client.mjs";
import { book } from "../lib/guest.mjs";
import { startInstallation } from "../lib/installation.mjs";
import { activeTenant } from "../lib/tenant.mjs";

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

const attack = async (house) => {
	const t = await activeTenant(house);
	const known = await t.signedIn();
	const said = {};
	let owner = 0, stopped = false;
	const signingIn = (async () => {
		while (!stopped) {
			must(await t.signIn({}, known), 201);
			owner++;
			await new Promise((resolve) => setTimeout(resolve, 500));
		}
	})();
	const ms = await timed(() => spread(house, 10_000, 1_000, 20, async (client, i) => {
		// Every delay is over ten times, as for one who has all day.
		if (i % 1_000 === 999) t.sql("UPDATE guess SET blocked_until = now() WHERE kind IN ('sign_in_account', 'sign_in_address')");
		const { problem } = await t.signIn({ password: `guess ${i}` }, client);
		said[problem] = (said[problem] ?? 0) + 1;
	}));
	stopped = true;
	await signingIn;
	console.log(`attack: ${JSON.stringify(said)} in ${Math.round(ms / 1000)} s; the member signed in ${owner} times meanwhile`);
};

const timing = async (house) => {
	const t = await activeTenant(house);
	const client = t.client();
	for (const [name, of] of [
		["sign in", (email, tenant = t.name) => client.send("POST", "/api/v1/sessions", { json: { tenant, email, password: "wrong" } })],
		["reset", (email, tenant = t.name) => client.send("POST", "/api/v1/password-resets", { json: { tenant, email } })],
	]) {
		const took = { known: [], unknown: [], company: [] };
		for (let i = 0; i < 100; i++) {
			t.sql("DELETE FROM guess");
			took.known.push(await timed(() => of(t.email)));
			took.unknown.push(await timed(() => of(`nobody${i}@example.jp`)));
			if (i < 20) took.company.push(await timed(() => of(`nobody${i}@example.jp`, `no-company-${i}`)));
		}
		console.log(`timing: ${name}: ${Object.entries(took).map(([who, ms]) => `${who} ${at(ms, 0.5).toFixed(1)} ms (p95 ${at(ms, 0.95).toFixed(1)})`).join(", ")}`);
	}
};

/** Told by a line of JSON whom to storm; until it is ended. */
const stormer = async ({ dir, name }) => {
	const { Installation } = await import("../lib/installation.mjs");
	const house = new Installation(dir, true);
	let looked = 0;
	setInterval(() => console.log(looked), 1000);
	await Promise.all(Array.from({ length: 200 }, async (_, i) => {
		const client = house.client({ from: `127.9.${i}.9`, timeout: 120_000 });
		for (let n = 0; ; n++) {
			// Who is turned away at the door comes again.
			const answer = await client.send("POST", "/api/v1/sessions", { json: { tenant: name, email: `a${i}-${n}@example.jp`, password: "wrong" } }).catch(() => undefined);
			if (answer?.problem === "sign_in_failed") looked++;
			else await new Promise((resolve) => setTimeout(resolve, 200));
		}
	}));
};

const storm = async (house) => {
	const [victim, other] = [await activeTenant(house), await activeTenant(house)];
	const admin = await other.signedIn();
	const office = await other.office(admin, { opens_at: "00:00", closes_at: "23:59", early_minutes: 1440 });
	const tablet = await other.tablet(admin, office.id);
	const checkIns = async () => {
		const took = [];
		for (let list = 0; list < 4; list++) {
			const { guests } = await book(admin, office, { guests: Array.from({ length: 100 }, (_, i) => ({ name: `客 ${list} ${i}` })) });
			for (const guest of guests) {
				took.push(await timed(async () => must(await tablet.checkIn({ pass: guest.pass }), 201)));
				await new Promise((resolve) => setTimeout(resolve, 20));
			}
		}
		return took;
	};
	const say = (name, took) => console.log(`storm: ${name}: ${took.length} check-ins, p50 ${at(took, 0.5).toFixed(1)} ms, p99 ${at(took, 0.99).toFixed(1)} ms`);
	await checkIns();
	const calm = await checkIns();
	say("calm", calm);
	// The one who storms has a machine of their own; here at least the last word.
	const child = spawn("nice", ["-n", "19", process.execPath, fileURLToPath(import.meta.url), "--storm", JSON.stringify({ dir: house.var, name: victim.name })], { stdio: ["ignore", "pipe", "inherit"] });
	let looked = "0";
	child.stdout.on("data", (line) => { looked = String(line).trim().split("\n").at(-1); });
	await new Promise((resolve) => setTimeout(resolve, 5000));
	const stormy = await checkIns();
	child.kill();
	say("storm", stormy);
	console.log(`storm: ${looked} wrong passwords were looked at meanwhile; p99 ${(at(stormy, 0.99) / at(calm, 0.99)).toFixed(2)} times that without`);
};

if (process.argv[2] === "--storm") await stormer(JSON.parse(process.argv[3]));
else {
	const house = await startInstallation();
	try {
		const parts = { attack, timing, storm };
		for (const name of process.argv.length > 2 ? process.argv.slice(2) : Object.keys(parts)) await parts[name](house);
	} finally {
		await house.stop();
	}
}
