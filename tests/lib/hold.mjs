// A transaction of the owner that stands in the way of others.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "./installation.mjs";

/** Begin one and run ${sql}: its locks are held until end().  waited() is when a session of that role waits for them; 20 s are for hanging. */
export const hold = async (house, sql) => {
	const psql = spawn(join(root, "scripts/psql"), ["-XAtq", "-v", "ON_ERROR_STOP=1"], { env: house.env, stdio: ["pipe", "pipe", "inherit"] });
	psql.stdin.on("error", () => {}); // it has ended, as waited() says
	let said = "";
	psql.stdout.setEncoding("utf8").on("data", (text) => { said += text; });
	const ended = new Promise((resolve) => psql.on("close", resolve));
	const word = (one) => new Promise((resolve, reject) => {
		const look = () => { if (said.includes(one)) resolve(undefined); };
		psql.stdout.on("data", look);
		psql.on("close", () => reject(new Error(`psql ended without "${one}"`)));
	});
	psql.stdin.write(`BEGIN; ${sql};\n\\echo held\n`);
	await word("held");
	return {
		waited: (role) => {
			psql.stdin.write(`DO $$ BEGIN FOR i IN 1 .. 1000 LOOP
				IF EXISTS (SELECT FROM pg_stat_activity WHERE usename = '${role}' AND pg_backend_pid() = ANY (pg_blocking_pids(pid))) THEN RETURN; END IF;
				PERFORM pg_sleep(0.02), pg_stat_clear_snapshot();
			END LOOP; RAISE 'nobody waits'; END $$;\n\\echo waited\n`);
			return word("waited");
		},
		/** Commit, or what is said instead. */
		end: (how = "COMMIT") => {
			psql.stdin.end(`${how};\n`);
			return ended;
		},
	};
};
