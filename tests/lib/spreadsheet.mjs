// A CSV as people open it: in LibreOffice Calc.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** As LibreOffice numbers them. */
const CHARSETS = { "utf-8": 76, cp932: 60 };

/**
 * Its cells, rows of [type, value, formula]; see read_fods.py.
 * @param {Buffer | string} csv
 * @param {{encoding?: "utf-8" | "cp932", quotedAsText?: boolean, special?: boolean, formulas?: boolean}} choices those of the
 *	import dialogue: quoted fields as text, detect special numbers, evaluate formulas
 * @returns {[string, string, string][][]}
 */
export const openInCalc = (csv, { encoding = "utf-8", quotedAsText = false, special = false, formulas = false } = {}) => {
	const dir = mkdtempSync("/tmp/genkan-calc-");
	try {
		writeFileSync(join(dir, "opened.csv"), csv);
		// Comma, quote, encoding, first line, columns, Japanese, ..., all sheets, ...: the filter's tokens in their order.
		const tokens = [44, 34, CHARSETS[encoding], 1, "", 1041, quotedAsText, special, false, false, false, -1, formulas];
		// timeout(1) ends all of its processes; the limit is for hanging.
		const done = spawnSync("timeout", ["-k", "5", "180", "soffice", `-env:UserInstallation=file://${dir}/profile`, "--headless", "--norestore",
			`--infilter=Text - txt - csv (StarCalc):${tokens.join(",")}`, "--convert-to", "fods", "--outdir", dir, join(dir, "opened.csv")],
		{ cwd: dir, env: { PATH: process.env.PATH, HOME: dir, LANG: "C.UTF-8" }, encoding: "utf8" });
		const out = join(dir, "opened.fods");
		if (done.status !== 0 || !existsSync(out)) throw new Error(`LibreOffice ended with ${done.status}: ${done.stdout}${done.stderr}`);
		return JSON.parse(execFileSync("python3", [new URL("read_fods.py", import.meta.url).pathname, out], { encoding: "utf8" }));
	} finally {
		rmSync(dir, { recursive: true, force: true });
	}
};
