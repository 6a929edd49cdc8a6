// An authenticator that is not ours: oathtool; and a reader of its QR codes.
import { execFileSync } from "node:child_process";
import { readQr } from "./guest.mjs";

const STEP = 30;
const SCALE = 4; // pixels a module

/** The code of now, or of some steps from now. */
export const codeOf = (secret, steps = 0) => execFileSync("oathtool",
	["--totp", "--base32", "--now", `@${Math.floor(Date.now() / 1000) + steps * STEP}`, "-"], { input: secret, encoding: "utf8" }).trim();

/** Runs something again until it has run within one step. */
export async function inOneStep(what) {
	const step = () => Math.floor(Date.now() / 1000 / STEP);
	for (;;) {
		const before = step();
		try {
			return await what();
		} catch (fault) {
			if (step() === before) throw fault;
		}
	}
}

/** What our SVG of a QR code says, drawn as a bitmap (PBM) and read by somebody else. */
export function readSvg(svg) {
	const side = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)[1]);
	const dark = new Set([...svg.matchAll(/M(\d+ \d+)h1v1h-1z/g)].map(([, at]) => at));
	const line = (y) => Array.from({ length: side }, (_, x) => (dark.has(`${x} ${y}`) ? "1 " : "0 ").repeat(SCALE)).join("");
	const lines = Array.from({ length: side }, (_, y) => `${line(y)}\n`.repeat(SCALE));
	return readQr(`P1\n${side * SCALE} ${side * SCALE}\n${lines.join("")}`);
}
