// Who has started whom.
import { spawnSync } from "node:child_process";

/** The living processes that ${pid} has started whose title begins so. */
export const childrenOf = (pid, title = "") =>
	spawnSync("ps", ["-o", "pid=,stat=,comm=", "--ppid", `${pid}`], { encoding: "utf8" }).stdout.split("\n")
		.map((l) => l.trim().split(/\s+/)).filter((p) => p[2]?.startsWith(title) && !p[1].startsWith("Z")).map((p) => Number(p[0]));

/** Is it there, and no zombie? */
export const lives = (pid) => /^\s*[^Z\s]/.test(spawnSync("ps", ["-o", "stat=", "-p", `${pid}`], { encoding: "utf8" }).stdout);
