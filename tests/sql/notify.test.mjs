// What triggers have to notify: after the commit, and without the lock that
// would have all who commit wait for each other's disk.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Database } from "../lib/database.mjs";

let db;
before(() => { db = new Database(); });
after(() => db?.stop());

/** What psql prints as heard, besides the rows. */
const say = (sql) => db.run(`LISTEN genkan_live;\n${sql}`, "genkan_web").split("\n")
	.map((line) => /^Asynchronous notification .*with payload "(.*)"/.exec(line)?.[1] ?? line).filter((line) => line !== "");
const LATER = "SELECT set_config('app.notify', 'later', true) \\g /dev/null";
const NOTE = (text) => `SELECT notify_note('genkan_live', '${text}') \\g /dev/null`;
const FLUSH = "SELECT notify_flush() \\g /dev/null";

test("a transaction that says so is heard when it is over, and only what it kept", () => {
	assert.deepEqual(say(`BEGIN;\n${LATER}\n${NOTE("a 1")}\n${NOTE("b 2 x")}\n${NOTE("a 1")}\nCOMMIT;\n\\echo committed\n${FLUSH}\n\\echo over\n${FLUSH}`),
		["committed", "a 1", "b 2 x", "over"], "each once, in order, after it");
	assert.deepEqual(say(`BEGIN;\n${LATER}\n${NOTE("a 1")}\nROLLBACK;\n${FLUSH}`), []);
	assert.deepEqual(say(`BEGIN;\n${LATER}\n${NOTE("a 1")}\nSAVEPOINT s;\n${NOTE("b 2")}\nROLLBACK TO s;\nCOMMIT;\n${FLUSH}`), ["a 1"]);
});

test("others, and who has very much to say, are heard with the commit", () => {
	assert.deepEqual(say(`${NOTE("a 1")}\n\\echo over`), ["a 1", "over"]);
	const many = say(`BEGIN;\n${LATER}\nSELECT count(notify_note('genkan_live', 'row ' || n)) FROM generate_series(1, 2000) n;
		COMMIT;\n\\echo committed\n${FLUSH}`);
	assert.equal(many.shift(), "2000");
	const at = many.indexOf("committed");
	assert.ok(at > 1000 && many.length - at > 100, `${at} before, ${many.length - at - 1} after`);
	assert.deepEqual(new Set(many), new Set(["committed", ...Array.from({ length: 2000 }, (_, n) => `row ${n + 1}`)]));
});

test("every trigger of the outbox and the live feed does it so", () => {
	const bodies = db.run("SELECT proname FROM pg_proc WHERE proname IN ('live_notify', 'outbox_notify') AND prosrc LIKE '%notify_note(%' AND prosrc NOT LIKE '%pg_notify%' ORDER BY 1", "postgres");
	assert.equal(bodies, "live_notify\noutbox_notify");
});
