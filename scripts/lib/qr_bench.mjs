// Read every picture of a folder with genkan-decode and compare with its
// expected.tsv (rows of file<TAB>text; several rows for one file: any counts;
// empty text: nothing may be read; \t \n \r \\ escaped).
//
//	scripts/qr-bench [--json] [--misses] [--decode PROGRAM] [FOLDER]
//
// Prints the share read, the false reads, and mean, median and 95th percentile
// of the decoder's CPU milliseconds.  Exit status 1 if there was a false read.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** @param {string[]} args */
function options(args) {
	const o = {
		json: false,
		misses: false,
		decode: join(root, "build/genkan-decode"),
		folder: join(root, "../shared/qr"),
	};
	for (let i = 0; i < args.length; i++) {
		if (args[i] === "--json") o.json = true;
		else if (args[i] === "--misses") o.misses = true;
		else if (args[i] === "--decode") o.decode = resolve(args[++i]);
		else o.folder = resolve(args[i]);
	}
	return o;
}

/** @param {string} s */
function unescape(s) {
	const letters = { t: "\t", n: "\n", r: "\r", "\\": "\\" };
	return s.replace(/\\([tnr\\])/g, (_, c) => letters[c]);
}

/** @param {string} s What counts of a text: no outer space, one line end. */
function plain(s) {
	return unescape(s).replace(/\r\n/g, "\n").trim();
}

/** @param {string} tsv @returns {Map<string, string[][]>} rows by file */
function rows(tsv) {
	const by = new Map();
	for (const line of tsv.split("\n")) {
		if (line === "") continue;
		const [file, ...rest] = line.split("\t");
		const name = unescape(file);
		if (!by.has(name)) by.set(name, []);
		by.get(name).push(rest);
	}
	return by;
}

/** @param {number[]} sorted @param {number} share */
function percentile(sorted, share) {
	const at = Math.min(sorted.length - 1, Math.floor(sorted.length * share));
	return sorted[at];
}

const o = options(process.argv.slice(2));
const expected = rows(readFileSync(join(o.folder, "expected.tsv"), "utf8"));
const files = [...expected.keys()];
const out = execFileSync(o.decode, ["scan", "--time", "--", ...files], {
	cwd: o.folder,
	encoding: "utf8",
	maxBuffer: 1 << 28,
});
const got = rows(out);

let read = 0;
let wanted = 0;
const wrong = [];
const missed = [];
const times = [];
for (const file of files) {
	const want = expected.get(file).map((r) => plain(r[0])).filter((t) => t);
	const have = (got.get(file) ?? []).map((r) => plain(r[0])).filter((t) => t);
	times.push(Number(got.get(file)?.[0][1] ?? 0));
	if (want.length > 0) wanted++;
	if (have.some((t) => want.includes(t))) read++;
	else if (have.length > 0) wrong.push(file);
	else if (want.length > 0) missed.push(file);
}
times.sort((a, b) => a - b);
const result = {
	files: files.length,
	with_code: wanted,
	read,
	read_percent: Number(((100 * read) / wanted).toFixed(1)),
	false_reads: wrong.length,
	mean_ms: Number((times.reduce((a, b) => a + b, 0) / times.length).toFixed(2)),
	median_ms: percentile(times, 0.5),
	p95_ms: percentile(times, 0.95),
	max_ms: times[times.length - 1],
};
if (o.json) console.log(JSON.stringify(result));
else
	for (const [key, value] of Object.entries(result))
		console.log(`${key.replace(/_/g, " ")}: ${value}`);
for (const file of wrong) console.log(`false read: ${file}`);
if (o.misses) for (const file of missed) console.log(`missed: ${file}`);
process.exit(wrong.length > 0 ? 1 : 0);
