// A CSV as a reader that is not ours reads it: Python's.
import { execFileSync } from "node:child_process";

/** Its rows. @param {Buffer} bytes @param {string} [encoding] as Python names it */
export const readCsv = (bytes, encoding = "utf-8-sig") => JSON.parse(execFileSync("python3",
	[new URL("read_csv.py", import.meta.url).pathname, encoding], { input: bytes, encoding: "utf8" }));
