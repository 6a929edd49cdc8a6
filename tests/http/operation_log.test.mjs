// The operation log: what is in it, that it is a chain, and that whoever
// changes it is found, with the place.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { must } from "../../scripts/lib/client.mjs";
import { root, startInstallation } from "../lib/installation.mjs";
import { KeyService } from "../lib/kms.mjs";
import { activeTenant } from "../lib/tenant.mjs";

// More than one page of the verifier's; at full size: GENKAN_TEST_ROWS=100000.
const ROWS = Number(process.env.GENKAN_TEST_ROWS ?? 6000);
let house, ours, admin;
before(async () => {
	house = await startInstallation({ GENKAN_LOG_HEAD_SECONDS: "1" });
	ours = await activeTenant(house);
	admin = await ours.signedIn();
});
after(() => house?.stop());

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const until = async (what, limit = 20000 + ROWS) => {
	for (const end = Date.now() + limit; ;) {
		const value = what();
		if (value) return value;
		if (Date.now() > end) throw new Error(`waited in vain for ${what}\n${house.log("courier").slice(-2000)}`);
		await sleep(50);
	}
};
const number = (sql, t = ours) => Number(t.sql(sql));
const rows = (sql, t = ours) => JSON.parse(t.sql(`SELECT coalesce(json_agg(r), '[]') FROM (${sql}) r`));
const unchained = (t = ours) => number("SELECT count(*) FROM operation o WHERE NOT EXISTS (SELECT FROM operation_link l WHERE l.seq = o.seq)", t);
const end = (t = ours) => number("SELECT coalesce(max(position), 0) FROM operation_link", t);
const sealed = (t = ours) => number("SELECT coalesce(max(position), 0) FROM operation_head", t);
/** Everything is linked and the end is sealed. */
const settled = (t = ours) => until(() => unchained(t) === 0 && sealed(t) === end(t));
const fill = (n, t = ours) => t.sql(`INSERT INTO operation (tenant_id, id, actor_kind, address, action, object_id, detail_cell)
	SELECT '${t.id}', gen_random_uuid(), 'system', '192.0.2.' || i % 250, 'visit.shown', gen_random_uuid(), CASE WHEN i % 2 = 0 THEN sha256(i::text::bytea) END
	  FROM generate_series(1, ${n}) i`);

/** genkan ctl log verify: { code, text, lines }: what it found is two lines each. */
const verify = async (t = ours, ...more) => {
	const { code = 0, stdout, stderr } = await house.ctl("log", "verify", t.name, ...more).then((text) => ({ stdout: text }), (error) => error);
	assert.ok(code === 0 || code === 2, `${code}: ${stderr}`);
	return { code, text: stdout, found: stdout.split("\n").filter((l) => l.startsWith("   ")).length };
};
const whole = async (t = ours, ...more) => {
	const said = await verify(t, ...more);
	assert.equal(said.code, 0, said.text);
	assert.match(said.text, /nothing wrong was found/);
	return said;
};
const finds = async (what, ...places) => {
	const said = await verify();
	assert.equal(said.code, 2, said.text);
	for (const place of [what, ...places]) assert.match(said.text, place);
	return said;
};

// --- what is in it --------------------------------------------------------------

/** What the log says of ${action}: "actor object result" of each, in order. */
const said = (action, t = ours) => rows(`SELECT actor_kind, object_id, result FROM operation WHERE action = '${action}' ORDER BY seq`, t)
	.map((o) => `${o.actor_kind} ${o.object_id ?? "-"} ${o.result}`);

test("a look at others' data is on record, once while a page stays open; a look at one's own is not", async () => {
	const office = await ours.office(admin);
	const host = await ours.member(admin, ["member"]);
	const client = await ours.signedIn(host);
	const start = new Date(Date.now() + 3600e3).toISOString();
	const own = must(await client.post("/api/v1/appointments", { title: "x", office_id: office.id, starts_at: start,
		ends_at: new Date(Date.now() + 7200e3).toISOString(), guests: [{ name: "客 一郎" }] }), 201).json;
	for (const path of [`appointments/${own.id}`, "appointments", "visits", `today?office_id=${office.id}`]) must(await client.get(`/api/v1/${path}`), 200);
	assert.equal(number(`SELECT count(*) FROM operation WHERE actor_id = '${host.id}' AND action ~ '\\.(shown|listed)$'`), 0);
	for (let i = 0; i < 3; i++)
		for (const path of [`appointments/${own.id}`, "appointments", "visits", `today?office_id=${office.id}`]) must(await admin.get(`/api/v1/${path}`), 200);
	assert.deepEqual(said("appointment.shown"), [`member ${own.id} done`]);
	for (const action of ["appointment.listed", "visit.listed", "today.shown"]) assert.deepEqual(said(action), ["member - done"], action);
	// What a request is refused for want of a right is on record too, once a minute.
	for (let i = 0; i < 3; i++) assert.equal((await client.get("/api/v1/operations")).problem, "not_allowed");
	assert.deepEqual(said("operation.listed"), ["member - not_allowed"]);
	client.close();
});

test("a cookie of a session that is over leaves a line, and so does each blocked try to sign in", async () => {
	const t = await activeTenant(house);
	const client = await t.signedIn();
	t.sql("DELETE FROM session");
	for (let i = 0; i < 3; i++) assert.equal((await client.get("/api/v1/visits")).status, 401);
	assert.deepEqual(said("visit.listed", t), ["none - sign_in_needed"]);
	for (let i = 0; i < 12; i++) await t.signIn({ password: "wrong" });
	assert.equal(number("SELECT count(*) FROM operation WHERE action = 'session.created' AND result = 'refused'", t), 10);
	assert.deepEqual(said("session.created", t).slice(-1), ["none - wait"]);
	client.close();
});

test("a flood of refusals does not fill the log, and one of strangers hides no other", async () => {
	const t = await activeTenant(house);
	const client = await t.signedIn();
	const host = await t.member(client);
	const known = await t.signedIn(host);
	t.sql(`DELETE FROM session WHERE member_id <> '${host.id}'`);
	for (let i = 0; i < 3; i++) assert.equal((await client.get(`/api/v1/appointments/${randomUUID()}`)).status, 401);
	assert.deepEqual(said("appointment.shown", t), ["none - sign_in_needed"], "whatever the path names");
	t.sql(`INSERT INTO operation (tenant_id, id, actor_kind, action, result) SELECT '${t.id}', gen_random_uuid(), 'none', 'visit.listed', 'sign_in_needed' FROM generate_series(1, 600)`);
	assert.equal((await client.get("/api/v1/members")).status, 401);
	assert.deepEqual(said("member.listed", t), []);
	assert.equal((await known.get("/api/v1/operations")).problem, "not_allowed");
	assert.deepEqual(said("operation.listed", t), ["member - not_allowed"]);
	client.close();
	known.close();
});

// --- reading it -----------------------------------------------------------------

test("administrators read it in pages, newest first, with names; by period, person, thing, kind and result", async () => {
	const all = [];
	for (let after = ""; after !== null;) {
		const { items, next } = must(await admin.get(`/api/v1/operations?limit=7&after=${after}`.replace(/&after=$/, "")), 200).json;
		all.push(...items);
		after = next;
	}
	assert.equal(new Set(all.map((o) => o.id)).size, all.length);
	assert.deepEqual(all.map((o) => o.at), all.map((o) => o.at).sort().reverse());
	const made = all.find((o) => o.action === "office.created");
	assert.equal(made.actor.name, "管理 太郎");
	assert.equal(made.object.name, "本社");
	assert.equal(made.detail.name, "本社");
	assert.equal(all.find((o) => o.action === "member.invited").object.name, "社員 一郎");
	const list = async (query) => must(await admin.get(`/api/v1/operations?limit=200&${new URLSearchParams(query)}`), 200).json.items;
	assert.ok((await list({ action: "appointment" })).every((o) => o.action.startsWith("appointment.")));
	assert.deepEqual((await list({ action: "appointment.created" })).map((o) => o.action), ["appointment.created"]);
	assert.deepEqual((await list({ object_id: made.object.id })).map((o) => o.action), ["office.created"]);
	assert.ok((await list({ actor_id: made.actor.id })).every((o) => o.actor.id === made.actor.id));
	assert.ok((await list({ result: "refused" })).every((o) => o.result !== "done"));
	assert.deepEqual(await list({ until: "2026-01-01T00:00:00+09:00" }), []);
	assert.equal((await admin.get("/api/v1/operations?action=%25")).problem, "invalid");
	assert.equal((await admin.get("/api/v1/operations?from=yesterday")).problem, "invalid");
	await until(() => end() > 0);
	const state = must(await admin.get("/api/v1/operation-chain"), 200).json;
	assert.equal(state.broken, false);
	assert.ok(state.position > 0);
});

test("the selection goes into a file too, in both encodings, and this is on record", async () => {
	const file = async (query) => {
		const answer = must(await admin.get(`/api/v1/operations.csv?${new URLSearchParams(query)}`), 200);
		assert.match(answer.headers["content-disposition"], /filename="operations\.csv"/);
		return { answer, rows: JSON.parse(execFileSync("python3", [new URL("../lib/read_csv.py", import.meta.url).pathname, query.encoding ?? "utf-8-sig"], { input: answer.body, encoding: "utf8" })) };
	};
	const query = { action: "office", actor_id: rows("SELECT actor_id FROM operation WHERE action = 'office.created' LIMIT 1")[0].actor_id };
	const list = must(await admin.get(`/api/v1/operations?${new URLSearchParams(query)}`), 200).json.items;
	const { rows: [heading, ...lines] } = await file(query);
	assert.deepEqual(heading, ["日時", "だれが（種別）", "だれが", "だれが（ID）", "接続元", "操作", "対象", "対象（ID）", "結果", "内容", "通し番号", "記録番号"]);
	assert.ok(list.length > 0);
	assert.deepEqual(lines.map((l) => [l[1], l[2], l[3], l[4], l[5], l[6], l[7], l[8], l[9] === "" ? null : JSON.parse(l[9]), l[11]]),
		list.map((o) => [o.actor.kind, o.actor.name ?? "", o.actor.id ?? "", o.address, o.action, o.object?.name ?? "", o.object?.id ?? "", o.result, o.detail, o.id]));
	assert.match(lines[0][0], /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
	const other = await file({ ...query, encoding: "cp932", lang: "en" });
	assert.equal(other.answer.headers["x-unwritable"], "0");
	assert.deepEqual([other.rows[0][0], other.rows.length], ["At", lines.length + 1]);
	assert.equal(said("operation.exported").length, 2);
	assert.equal((await admin.get("/api/v1/operations.csv?encoding=latin1")).problem, "invalid");
	// More than one page of the export, each row once.
	fill(1200);
	const many = (await file({ action: "visit.shown" })).rows.slice(1).map((l) => l.at(-1));
	assert.deepEqual(many, rows("SELECT id FROM operation WHERE action = 'visit.shown' ORDER BY at DESC, id DESC").map((o) => o.id));
});

test("a detail somebody meddled with damages its own line, not the page", async () => {
	ours.sql("CREATE TABLE was AS SELECT seq, detail_cell FROM operation WHERE action = 'office.created'; UPDATE operation SET detail_cell = set_byte(detail_cell, 20, get_byte(detail_cell, 20) # 1) WHERE action = 'office.created'");
	const [line] = must(await admin.get("/api/v1/operations?action=office.created"), 200).json.items;
	assert.deepEqual([line.detail, line.damaged], [null, true]);
	ours.sql("UPDATE operation o SET detail_cell = w.detail_cell FROM was w WHERE o.seq = w.seq; DROP TABLE was");
});

// --- the chain ------------------------------------------------------------------

test("what is appended is linked within a second or two, in the order of positions, without a gap", async () => {
	fill(ROWS);
	const from = Date.now();
	await until(() => unchained() === 0);
	assert.ok(Date.now() - from < 10000 + ROWS);
	assert.equal(end(), number("SELECT count(*) FROM operation"));
	assert.equal(end(), number("SELECT count(DISTINCT position) FROM operation_link"));
});

/** The formula of domain/operation_chain.h, read once more. */
const sha = (data) => createHash("sha256").update(data).digest();
const link = (before, position, detail, row) => sha(Buffer.concat([before, ours.id, position, detail,
	row.seq, row.id, row.at, row.actor_kind, row.actor_id, row.address, row.action, row.object_id, row.result]
	.map((part) => part === null ? Buffer.alloc(32) : sha(String(part))))).toString("hex");
const chain = () => Array.from({ length: Math.ceil(end() / 500) }, (_, i) => links(i * 500)).flat();
const links = (after) => rows(`SELECT l.position, encode(l.detail_hash, 'hex') AS linked, encode(l.hash, 'hex') AS hash, encode(sha256(o.detail_cell), 'hex') AS detail,
	o.seq, o.id, (extract(epoch FROM o.at) * 1000000)::bigint::text AS at, o.actor_kind, o.actor_id, o.address, o.action, o.object_id, o.result
	FROM operation_link l JOIN operation o USING (seq)
	WHERE l.position > ${after} AND l.position <= ${after + 500} ORDER BY l.position`);

test("each hash is that of the row and of the hash before it", () => {
	let before = "0".repeat(64);
	for (const row of chain()) {
		assert.equal(row.linked, row.detail);
		assert.equal(row.hash, before = link(before, row.position, row.detail, row), `position ${row.position}`);
	}
});

test("an untouched log is whole, and says how far it was verified", async () => {
	await settled();
	const said = await whole();
	assert.match(said.text, new RegExp(`${end()} rows verified, [1-9]\\d* sealed heads agree; up to sequence \\d+, position ${end()}, 2`));
});

test("a transaction that commits late is linked when it has, and nothing of others is held for good or passed over", async () => {
	const late = spawn(join(root, "scripts/psql"), ["-XAtq"], { env: house.env, stdio: ["pipe", "pipe", "inherit"] });
	const said = (text) => new Promise((resolve) => late.stdout.on("data", (d) => { if (`${d}`.includes(text)) resolve(undefined); }));
	const ready = said("ready");
	late.stdin.write(`BEGIN; SELECT set_config('app.tenant_id', '${ours.id}', true);
		INSERT INTO operation (tenant_id, id, actor_kind, action) VALUES ('${ours.id}', gen_random_uuid(), 'system', 'late.row');\n\\echo ready\n`);
	await ready;
	fill(20);
	await sleep(1500);
	assert.ok(unchained() >= 20, "what came after an open transaction waits for it");
	late.stdin.end("COMMIT;\n");
	await settled();
	const [row] = rows("SELECT o.seq, l.position FROM operation o JOIN operation_link l USING (seq) WHERE o.action = 'late.row'");
	assert.ok(row.position > ROWS);
	await whole();
});

test("two couriers at once make one chain", async () => {
	const second = spawn(join(root, "scripts/genkan-env"), [join(house.var, "env/courier"), join(house.var, "state/app/bin/genkan"), "courier"], { stdio: "ignore" });
	try {
		for (let i = 0; i < 10; i++) {
			fill(50);
			await sleep(100);
		}
		await settled();
	} finally {
		second.kill("SIGTERM");
		await new Promise((resolve) => second.once("exit", resolve));
	}
	assert.equal(end(), number("SELECT count(*) FROM operation"));
	await whole();
});

test("each head is mailed to the system administrators once, in a form that verification reads", async () => {
	await house.sv("restart", "web"); // its house goes round at once
	await until(() => number("SELECT count(*) FROM operation_head WHERE mailed_at IS NULL AND at < now() - interval '2 seconds'") === 0);
	const mails = must(await (await ours.signedIn()).get("/api/v1/outbox?limit=200"), 200).json.items.filter((m) => m.topic === "log.head");
	assert.ok(mails.length > 0);
	assert.ok(mails.every((m) => m.to === ours.email));
	const text = mails.flatMap(({ message }) => message.split(/\r?\n\r?\n/).map((part) => Buffer.from(part.replace(/\r?\n--.*/s, ""), "base64").toString("utf8")))
		.filter((part) => part.includes("-----BEGIN GENKAN LOG HEAD-----") && !part.includes("<br>")).join("\n");
	const file = join(house.var, "mailed.txt");
	writeFileSync(file, text);
	const agreed = Number(/(\d+) sealed heads agree/.exec((await whole(ours, "--heads", file)).text)[1]);
	assert.ok(agreed > number("SELECT count(*) FROM operation_head"), "the mailed ones count beside those of the database");
});

// --- what is found --------------------------------------------------------------

/** Do ${sql}, look, undo it. */
const during = async (sql, undo, look) => {
	ours.sql(sql);
	try {
		await look();
	} finally {
		ours.sql(undo);
	}
};
const seqAt = (position) => number(`SELECT seq FROM operation_link WHERE position = ${position}`);
const keep = (where) => `CREATE TABLE kept AS SELECT * FROM operation WHERE ${where};`;
const COLUMNS = "tenant_id, seq, id, at, actor_kind, actor_id, address, action, object_id, result, detail_cell, xid";
const putBack = (where) => `DELETE FROM operation WHERE ${where}; INSERT INTO operation (${COLUMNS}) OVERRIDING SYSTEM VALUE SELECT ${COLUMNS} FROM kept; DROP TABLE kept`;

for (const [column, value] of Object.entries({
	address: "overlay(address placing '9' from 1)", at: "at + interval '1 microsecond'", result: "'refused'", actor_kind: "'none'",
	object_id: "NULL", action: "'visit.list'", detail_cell: "set_byte(detail_cell, 3, get_byte(detail_cell, 3) # 1)",
}))
	test(`one altered byte in ${column} is found`, async () => {
		const seq = number(`SELECT min(seq) FROM operation WHERE seq > ${seqAt(1000)} AND detail_cell IS NOT NULL`);
		await during(`${keep(`seq = ${seq}`)} UPDATE operation SET ${column} = ${value} WHERE seq = ${seq}`, putBack(`seq = ${seq}`), async () => {
			const said = await finds(/^changed/m, new RegExp(`sequence ${seq}, position \\d+, time 2`));
			assert.equal(said.found, 1);
		});
	});

test("a missing row is found", async () => {
	const seq = seqAt(700);
	await during(`${keep(`seq = ${seq}`)} DELETE FROM operation WHERE seq = ${seq}`, putBack(`seq = ${seq}`), async () => {
		assert.equal((await finds(/^missing: this row/m, new RegExp(`sequence ${seq}, position 700, time 2`))).found, 1);
	});
});

test("rows that are missing together with their links are found", async () => {
	const some = "seq IN (SELECT seq FROM operation_link WHERE position BETWEEN 801 AND 803)";
	await during(`${keep(some)} CREATE TABLE links AS SELECT * FROM operation_link WHERE position BETWEEN 801 AND 803;
		DELETE FROM operation WHERE ${some}; DELETE FROM operation_link WHERE position BETWEEN 801 AND 803`,
	`INSERT INTO operation_link SELECT * FROM links; DROP TABLE links; ${putBack(some)}`, async () => {
		assert.equal((await finds(/^missing: rows/m, /position 801 to 803, time/)).found, 1);
	});
});

test("two rows that changed places are both found", async () => {
	const [a, b] = [seqAt(900), seqAt(1100)];
	const both = `seq IN (${a}, ${b})`;
	const rest = COLUMNS.replace("seq, ", "");
	await during(`${keep(both)} DELETE FROM operation WHERE ${both};
		INSERT INTO operation (seq, ${rest}) OVERRIDING SYSTEM VALUE SELECT ${a} + ${b} - seq, ${rest} FROM kept`, putBack(both), async () => {
		const said = await finds(/^moved/m, new RegExp(`sequence ${a}, position 900,`), new RegExp(`sequence ${b}, position 1100,`));
		assert.equal(said.found, 2);
	});
});

test("a row that was put in later is found", async () => {
	const seq = number("INSERT INTO operation (tenant_id, id, actor_kind, action, xid) SELECT tenant_id, gen_random_uuid(), 'none', 'visit.shown', 3 FROM tenant RETURNING seq");
	try {
		assert.equal((await finds(/^put in/m, new RegExp(`sequence ${seq},`))).found, 1);
	} finally {
		ours.sql(`DELETE FROM operation WHERE seq = ${seq}`);
	}
});

test("a head that courier did not seal is found", async () => {
	const position = sealed();
	await during(`UPDATE operation_head SET finding = 'nothing' WHERE position = ${position}`, `UPDATE operation_head SET finding = 'none' WHERE position = ${position}`,
		() => finds(/^forged/m, new RegExp(`position ${position}, time 2`)));
});

test("a row whose detail was emptied is found, and a detail that was added too", async () => {
	const emptied = number("SELECT min(seq) FROM operation WHERE detail_cell IS NOT NULL");
	await during(`${keep(`seq = ${emptied}`)} UPDATE operation SET detail_cell = NULL WHERE seq = ${emptied}`, putBack(`seq = ${emptied}`), async () => {
		assert.equal((await finds(/^changed/m, new RegExp(`sequence ${emptied},`))).found, 1);
	});
	const bare = number("SELECT min(seq) FROM operation WHERE detail_cell IS NULL");
	await during(`${keep(`seq = ${bare}`)} UPDATE operation SET detail_cell = '\\x00' WHERE seq = ${bare}`, putBack(`seq = ${bare}`), async () => {
		assert.equal((await finds(/^changed/m, new RegExp(`sequence ${bare},`))).found, 1);
	});
});

/** The head at ${position} as courier would have made it so many days ago. */
const madeBefore = (position, days, t = ours) => {
	const [head] = rows(`SELECT *, to_char(at - interval '${days} days', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS old, encode(hash, 'hex') AS hex FROM operation_head WHERE position = ${position}`, t);
	const text = `tenant: ${t.id}\nid: ${head.id}\nbefore: ${head.before}\nposition: ${position}\nsequence: ${head.seq}\ntime: ${head.old}\nhash: ${head.hex}\nfinding: ${head.finding}\n`;
	const { CiphertextBlob } = KeyService.callOf(house, "courier", "Encrypt", { KeyId: t.sql("SELECT kms_key_id FROM tenant"),
		Plaintext: sha(text).toString("base64"), EncryptionContext: { tenant: t.id, use: "log" } });
	t.sql(`UPDATE operation_head SET at = '${head.old}', seal = decode('${CiphertextBlob}', 'base64') WHERE position = ${position}`);
};
const dropOldEnd = (position, t = ours) => t.sql(`DELETE FROM operation o USING operation_link l WHERE l.position <= ${position} AND o.seq = l.seq;
	DELETE FROM operation_link WHERE position <= ${position}; DELETE FROM operation_head WHERE position < ${position}`);
const announce = (head, t = ours) => t.sql(`INSERT INTO operation (tenant_id, id, actor_kind, action, object_id) VALUES ('${t.id}', gen_random_uuid(), 'system', 'operation.cut', '${head}')`);

test("after a cut of the old end, which is on record, the rest is whole; without the record it is a finding", async () => {
	await settled();
	const heads = number("SELECT count(*) FROM operation_head");
	assert.ok(heads >= 3);
	const [anchor] = rows("SELECT id, position FROM operation_head ORDER BY position OFFSET 1 LIMIT 1");
	madeBefore(anchor.position, 400);
	dropOldEnd(anchor.position);
	const gone = [/^missing: the old end was deleted/m, new RegExp(`position 1 to ${anchor.position}`)];
	await finds(...gone);
	await house.sv("stop", "courier");
	announce(anchor.id);
	await finds(...gone); // neither linked nor sealed
	await house.sv("start", "courier");
	await settled();
	assert.match((await whole()).text, new RegExp(`cut up to position ${anchor.position}, of what was written before 2`));
	// Not a row more than that.
	const next = `position = ${anchor.position + 1}`, seq = seqAt(anchor.position + 1);
	await during(`${keep(`seq = ${seq}`)} CREATE TABLE links AS SELECT * FROM operation_link WHERE ${next}; DELETE FROM operation WHERE seq = ${seq}; DELETE FROM operation_link WHERE ${next}`,
		`INSERT INTO operation_link SELECT * FROM links; DROP TABLE links; ${putBack(`seq = ${seq}`)}`,
		() => finds(/^missing: the old end was deleted/m, new RegExp(`position 1 to ${anchor.position + 1}`)));
});

/** The house has been round today, and does nothing of itself; that many days for the log. */
const swept = (t, days = "NULL") => t.sql(`INSERT INTO retention (tenant_id, visit_days, appointment_days, delivery_days, log_days, swept_at) VALUES ('${t.id}', 1095, 365, 90, ${days}, now())
	ON CONFLICT (tenant_id) DO UPDATE SET log_days = excluded.log_days, swept_at = now()`);
/** What the house does at night, now. */
const night = async (...tenants) => {
	for (const t of tenants) t.sql("UPDATE retention SET swept_at = NULL");
	await house.sv("restart", "web");
	for (const t of tenants) await until(() => number("SELECT count(*) FROM retention WHERE swept_at IS NOT NULL", t) === 1);
};

test("where a company chose a period, its log's old end goes the day after the log said so, and nothing else", async () => {
	const t = await activeTenant(house), other = await activeTenant(house);
	const path = "/api/v1/settings/retention", days = { visit_days: 1095, appointment_days: 365, delivery_days: 90 };
	const ends = new Map();
	for (const one of [t, other]) {
		swept(one);
		one.sql(`INSERT INTO operation (tenant_id, id, at, actor_kind, action) SELECT '${one.id}', gen_random_uuid(), now() - interval '500 days', 'system', 'visit.shown' FROM generate_series(1, 50)`);
		for (let i = 0; i < 2; i++) {
			fill(5, one);
			await settled(one);
			ends.set(one, [...ends.get(one) ?? [], sealed(one)]);
		}
	}
	const client = await t.signedIn(), keeps = await other.signedIn();
	const [old, recent] = ends.get(t);
	madeBefore(old, 400, t);
	madeBefore(ends.get(other)[0], 400, other);
	const preview = async (query) => must(await client.get(`${path}/preview?${new URLSearchParams(query)}`), 200).json.log;
	assert.deepEqual(await preview(days), { count: 0, oldest: null, newest: null });
	const day = t.sql("SELECT (now() - interval '500 days')::date");
	assert.deepEqual(await preview({ ...days, log_days: 365 }), { count: 50, oldest: day, newest: day });
	must(await client.put(path, { version: 1, ...days, log_days: 365 }), 200);
	must(await keeps.put(path, { version: 1, ...days }), 200);
	client.close();
	keeps.close();

	const cuts = (one) => number("SELECT count(*) FROM operation WHERE action = 'operation.cut'", one);
	const first = (one) => number("SELECT min(position) FROM operation_link", one);
	await night(t, other);
	assert.deepEqual([cuts(t), first(t)], [1, 1], "announced, and all there");
	await settled(t);
	await whole(t);
	await night(t, other);
	assert.deepEqual([cuts(t), first(t)], [1, old + 1]);
	assert.equal(number("SELECT count(*) FROM operation WHERE at < now() - interval '365 days'", t), 0);
	assert.equal(number("SELECT min(position) FROM operation_head", t), old);
	assert.ok(first(t) <= recent);
	assert.deepEqual(said("retention.deleted", t), ["system - done"]);
	await settled(t);
	assert.match((await whole(t)).text, new RegExp(`cut up to position ${old}, `));
	await night(t, other);
	assert.deepEqual([cuts(t), first(t)], [1, old + 1]);
	assert.deepEqual([cuts(other), first(other)], [0, 1], "without end");
});

test("the database cuts nothing that was not announced, sealed and old, whoever asks", async () => {
	const t = await activeTenant(house);
	for (let i = 0; i < 3; i++) {
		fill(5, t);
		await settled(t);
	}
	const heads = rows("SELECT id, position FROM operation_head ORDER BY position", t);
	const cut = () => number("SELECT rows FROM operation_cut(1000000)", t);
	swept(t);
	const kept = end(t);
	announce(heads[0].id, t);
	await settled(t);
	madeBefore(heads[0].position, 400, t);
	assert.equal(cut(), 0, "no period is chosen");
	swept(t, 410);
	assert.equal(cut(), 0, "a longer one is");
	swept(t, 365);
	announce(heads[1].id, t);
	await settled(t);
	const gone = cut();
	assert.equal(gone, heads[0].position, "up to the old one");
	assert.equal(cut(), 0);
	assert.ok(end(t) >= kept);
	assert.throws(() => t.sql("UPDATE retention SET log_days = 364"), /log_days/);
	await settled(t);
	await whole(t);
});

test("an owner of the database cannot pass off what was written lately as a cut", async () => {
	const t = await activeTenant(house);
	for (let i = 0; i < 3; i++) {
		fill(5, t);
		await settled(t);
	}
	const missing = async (why) => {
		const said = await verify(t);
		assert.equal(said.code, 2, why);
		assert.match(said.text, /^missing: the old end was deleted/m, why);
	};
	const [{ id, position }] = rows("SELECT id, position FROM operation_head ORDER BY position OFFSET 1 LIMIT 1", t);
	dropOldEnd(position, t);
	announce(id, t);
	await settled(t);
	await missing("the head is of today");
	t.sql(`UPDATE operation_head SET at = at - interval '400 days' WHERE position = ${position}`);
	await missing("its time is changed: its seal is not");
	t.sql(`UPDATE operation_head SET at = at + interval '400 days' WHERE position = ${position}`);
	t.sql("UPDATE operation SET at = at + interval '400 days' WHERE action = 'operation.cut'");
	await missing("nor does the row's own time help");
});

test("heads that were taken out, doubled or moved are found", async () => {
	const t = await activeTenant(house);
	for (let i = 0; i < 4; i++) {
		fill(3, t);
		await settled(t);
	}
	await whole(t);
	const [first, second, third] = rows("SELECT position, id FROM operation_head ORDER BY position", t);
	const at = (head) => `WHERE position = ${head.position}`;
	const found = async (change, back, what = /^heads: /m) => {
		t.sql(`CREATE TABLE heads AS SELECT * FROM operation_head; ${change}`);
		const said = await verify(t);
		t.sql(`DELETE FROM operation_head; ${back}; INSERT INTO operation_head SELECT * FROM heads; DROP TABLE heads`);
		assert.equal(said.code, 2, said.text);
		assert.match(said.text, what);
		return said;
	};
	await found(`DELETE FROM operation_head ${at(second)}`, "SELECT");
	await found(`DELETE FROM operation_head ${at(first)}`, "SELECT");
	const keys = "ALTER TABLE operation_head DROP CONSTRAINT operation_head_pkey, DROP CONSTRAINT operation_head_tenant_id_before_key";
	await found(`${keys}; INSERT INTO operation_head SELECT * FROM heads ${at(second)}`,
		"ALTER TABLE operation_head ADD PRIMARY KEY (tenant_id, position), ADD UNIQUE (tenant_id, before)");
	const moved = await found(`DELETE FROM operation_head WHERE position IN (${second.position}, ${third.position});
		INSERT INTO operation_head SELECT tenant_id, ${second.position} + ${third.position} - position, id, seq, hash, at, finding, seal, mailed_at, before FROM heads WHERE position IN (${second.position}, ${third.position})`, "SELECT");
	assert.match(moved.text, /^forged: /m);
	await found(`UPDATE operation_head SET id = gen_random_uuid() ${at(second)}`, "SELECT", /^forged: /m);
	// What the database has lost, the mails still have.
	const file = join(house.var, "all.txt");
	writeFileSync(file, armour(mailed(t), t));
	await whole(t, "--heads", file);
});


/** Heads as the mails show them. */
const armour = (list, t = ours) => list.map((h) => `> -----BEGIN GENKAN LOG HEAD-----\r\n> tenant: ${t.id}\r\n> id: ${h.id}\r\n> before: ${h.before}\r\n> position: ${h.position}\r\n> sequence: ${h.seq}\r\n> time: ${h.at}\r\n> hash: ${h.hash}\r\n> finding: ${h.finding}\r\n> seal:\r\n> ${h.seal.match(/.{1,64}/g).join("\r\n> ")}\r\n> -----END GENKAN LOG HEAD-----\r\n`).join("and so on\r\n");
const mailed = (t = ours) => rows(`SELECT id, before, position, seq, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS at, encode(hash, 'hex') AS hash, finding,
	replace(encode(seal, 'base64'), E'\\n', '') AS seal FROM operation_head ORDER BY position`, t);

test("a tail cut off is found by the head that is left, and with all heads gone by a mailed one", async () => {
	fill(20);
	await settled();
	const file = join(house.var, "heads.txt");
	writeFileSync(file, armour(mailed()));
	await whole(ours, "--heads", file);
	const last = end() - 5;
	await house.sv("stop", "courier");
	ours.sql(`DELETE FROM operation o USING operation_link l WHERE l.position > ${last} AND o.seq = l.seq; DELETE FROM operation_link WHERE position > ${last}`);
	await finds(/^the end was cut off/m, new RegExp(`position ${last + 1} to ${last + 5}, time 2`));
	ours.sql("DELETE FROM operation_head WHERE position > (SELECT max(position) FROM operation_link)");
	const said = await verify(ours, "--heads", file);
	assert.equal(said.code, 2, said.text);
	assert.match(said.text, /^the end was cut off/m);
	assert.match((await verify()).text, /nothing wrong/); // which is why they are mailed
});

test("a chain recomputed by the owner of the database is whole in itself, and found by the heads", async () => {
	// From the middle on: one row says something else, and every link after it fits.
	const list = chain();
	const from = list[Math.floor(list.length / 2)];
	ours.sql(`UPDATE operation SET address = '198.51.100.1' WHERE seq = ${from.seq}`);
	const changed = chain();
	let before = changed.find((r) => r.position === from.position - 1).hash;
	const values = [];
	for (const row of changed.filter((r) => r.position >= from.position)) {
		before = link(before, row.position, row.linked, row);
		values.push(`(${row.position}, '\\x${before}'::bytea)`);
	}
	ours.sql(`UPDATE operation_link l SET hash = v.hash FROM (VALUES ${values.join(", ")}) v (position, hash) WHERE l.position = v.position`);
	const said = await finds(/^recomputed/m);
	const [, lower, upper] = /recomputed.*\n.*position (\d+) to (\d+), time 2/.exec(said.text);
	assert.ok(Number(lower) <= from.position && from.position <= Number(upper), said.text);
	// Without the heads of the database, the mailed ones say it.
	ours.sql("DELETE FROM operation_head WHERE position > (SELECT min(position) FROM operation_head)");
	const file = join(house.var, "heads.txt");
	assert.match((await verify(ours, "--heads", file)).text, /^recomputed/m);
	// Courier goes on, and says in its next head what it found.
	fill(1);
	await house.sv("start", "courier");
	await settled();
});

test("a chain that was recomputed under courier's eyes is on record in the next head", async () => {
	const other = await activeTenant(house);
	fill(10, other);
	await settled(other);
	other.sql(`UPDATE operation_link SET hash = sha256(hash) WHERE position = (SELECT max(position) FROM operation_link)`);
	fill(3, other);
	await settled(other);
	assert.match(other.sql("SELECT finding FROM operation_head ORDER BY position DESC LIMIT 1"), /^(changed|recomputed) \d+$/);
	assert.match(house.log("courier"), /log_broken/);
});
