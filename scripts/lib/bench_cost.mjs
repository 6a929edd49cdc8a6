// Where the time of a measurement goes: whose processor time it was, what a
// commit waits for the disk, who holds how much memory.
import { closeSync, fdatasyncSync, openSync, readFileSync, readdirSync, readlinkSync, realpathSync, rmSync, writeSync } from "node:fs";
import { cpus } from "node:os";
import { basename, join } from "node:path";

const PROGRAMS = ["web", "postgres", "courier", "kms", "decode"];
/** Of /proc's ticks a second has a hundred, on every Linux of Debian's. */
const TICK_MS = 10;

const pids = () => readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number);
/** @template T @param {() => T} look @returns {T | undefined} undefined of a process that has ended meanwhile */
const alive = (look) => { try { return look(); } catch { return undefined; } };

/** Processor time up to now, ms, by program with all it has started; "load" is this process with its own. */
const used = (house) => {
	const roots = new Map(PROGRAMS.map((name) => [house.pid(name), name]));
	roots.delete(0); // it does not run
	roots.set(process.pid, "load");
	/** @type {Map<number, {parent: number, ms: number}>} */
	const all = new Map();
	for (const pid of pids()) {
		const fields = alive(() => readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, "").split(" "));
		// Its own, and that of the children it has waited for.
		if (fields) all.set(pid, { parent: Number(fields[1]), ms: TICK_MS * fields.slice(11, 15).reduce((sum, n) => sum + Number(n), 0) });
	}
	const sums = Object.fromEntries([...PROGRAMS, "load"].map((name) => [name, 0]));
	for (const [pid, { ms }] of all) {
		let at = pid;
		while (at > 0 && !roots.has(at)) at = all.get(at)?.parent ?? 0;
		if (at > 0) sums[roots.get(at)] += ms;
	}
	const [user, nice, system, idle, disk, irq, soft, stolen] = /^cpu +(.*)/.exec(readFileSync("/proc/stat", "utf8"))[1].split(" ").map((n) => TICK_MS * Number(n));
	return { ...sums, busy: user + nice + system + irq + soft, idle, disk, stolen, time: performance.now() };
};

/** What some work costs; several times add up. */
export class Cost {
	constructor(house) {
		this.house = house;
		/** @type {Record<string, number>} ms by program, and of the machine */
		this.ms = {};
	}

	/** @template T @param {() => T} work @returns {T} */
	of(work) {
		const before = used(this.house);
		const add = () => { for (const [name, now] of Object.entries(used(this.house))) this.ms[name] = (this.ms[name] ?? 0) + now - before[name]; };
		const value = work();
		if (value instanceof Promise) return /** @type {T} */ (value.finally(add));
		add();
		return value;
	}

	/** Processor time of each program for one of ${count} things. */
	each(count) {
		return [...PROGRAMS, "load"].map((name) => [name, this.ms[name] / count]).filter(([, ms]) => ms >= 0.01).map(([name, ms]) => `${name} ${ms.toFixed(2)} ms`).join(", ");
	}

	/** What share of all processors' time each program had. */
	shares() {
		const whole = this.ms.time * cpus().length;
		const named = [...PROGRAMS, "load"].map((name) => [name, this.ms[name]]);
		const rest = this.ms.busy - named.reduce((sum, [, ms]) => sum + ms, 0);
		return [...named, ["others", rest], ["idle", this.ms.idle], ["waiting for the disk", this.ms.disk], ["stolen", this.ms.stolen]]
			.map(([name, ms]) => [name, Math.round((100 * ms) / whole)]).filter(([, percent]) => percent > 0).map(([name, percent]) => `${name} ${percent} %`).join(", ");
	}
}

/** How long the disk takes to keep 8 KiB, as a commit has it do, while nothing else is done: [median, p99], ms. */
export const syncTimes = (dir) => {
	const path = join(dir, "sync"), page = Buffer.alloc(8192, 1), times = [];
	const file = openSync(path, "w");
	for (let i = 0; i < 464; i++) {
		const from = performance.now();
		writeSync(file, page, 0, page.length, (i % 64) * page.length);
		fdatasyncSync(file);
		if (i >= 64) times.push(performance.now() - from); // before, the file grew
	}
	closeSync(file);
	rmSync(path);
	times.sort((a, b) => a - b);
	return [times[times.length / 2], times[times.length * 0.99]];
};

/** The proportional set sizes of an installation's programs, MB, by program. */
export const memoryOf = (house) => {
	const bin = realpathSync(join(house.var, "state/app/bin"));
	/** @type {Record<string, number>} */
	const sums = {};
	for (const pid of pids()) {
		alive(() => {
			if (!readlinkSync(`/proc/${pid}/exe`).startsWith(bin)) return;
			const [program, argument] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
			const name = basename(program) === "genkan" ? argument : basename(program).replace("genkan-", "");
			sums[name] = (sums[name] ?? 0) + Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0) / 1024;
		});
	}
	return sums;
};
