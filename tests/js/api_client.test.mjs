// The API client: keys, tokens, retries, problems.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiClient, newAction, path } from "../../assets/shared/api_client.mjs";
import { Problem } from "../../assets/shared/problem.mjs";

const json = (status, body, headers = {}) => new Response(status === 204 ? null : JSON.stringify(body), { status, headers: { "Content-Type": status >= 400 ? "application/problem+json" : "application/json", ...headers } });
const problem = (status, name, more = {}) => json(status, { type: `/problems/${name}`, title: name, status, ...more });

/** A client whose server gives these answers in turn; a function throws. */
function clientOf(...answers) {
	const asked = [], waited = [];
	const client = new ApiClient({
		language: () => "ja",
		wait: async (ms) => void waited.push(ms),
		fetch: async (url, init) => {
			asked.push({ url, ...init, headers: Object.fromEntries(init.headers) });
			const answer = answers.shift();
			return typeof answer === "function" ? answer() : answer;
		},
	});
	return { client, asked, waited };
}
const gone = () => { throw new TypeError("Failed to fetch"); };

test("a path escapes its values", () => assert.equal(path`/visits/${"a/b?c"}/departure`, "/api/v1/visits/a%2Fb%3Fc/departure"));

test("a query leaves out what is empty", async () => {
	const { client, asked } = clientOf(json(200, {}));
	await client.get("/x", { query: { q: "", from: "2026-11-20", mine: undefined, undo: true } });
	assert.equal(asked[0].url, "/x?from=2026-11-20&undo=true");
});

test("what changes something carries the CSRF token, what reads does not", async () => {
	const { client, asked } = clientOf(json(200, {}), json(201, {}), json(204));
	client.useCsrfToken("token");
	await client.get("/x");
	await client.post("/x", { a: 1 });
	await client.delete("/x");
	assert.deepEqual(asked.map(({ headers }) => headers["x-csrf-token"]), [undefined, "token", "token"]);
});

test("a POST without a body says no type, as the server expects", async () => {
	const { client, asked } = clientOf(json(200, {}));
	await client.post("/x");
	assert.equal(asked[0].headers["content-type"], undefined);
	assert.equal(asked[0].body, undefined);
});

test("every try of one action has the same key, another action another", async () => {
	const { client, asked } = clientOf(gone, problem(503, "busy"), json(201, { id: 1 }), json(201, { id: 2 }));
	const action = newAction();
	assert.deepEqual(await client.post("/x", {}, { action }), { id: 1 });
	await client.post("/x", {});
	const keys = asked.map(({ headers }) => headers["idempotency-key"]);
	assert.equal(keys[0], action.key);
	assert.deepEqual([keys[1], keys[2]], [action.key, action.key]);
	assert.notEqual(keys[3], action.key);
	assert.match(keys[3], /^[A-Za-z0-9_-]{8,64}$/);
});

test("an action kept by its form has its key over a second submit", async () => {
	const { client, asked } = clientOf(gone, gone, gone, gone, json(201, {}));
	const action = newAction();
	await assert.rejects(client.post("/x", {}, { action }), { name: "away", status: 0 });
	await client.post("/x", {}, { action });
	assert.equal(new Set(asked.map(({ headers }) => headers["idempotency-key"])).size, 1);
});

test("waits longer before each try, and gives up after the fourth", async () => {
	const { client, waited } = clientOf(gone, gone, gone, gone);
	await assert.rejects(client.get("/x"), (fault) => fault instanceof Problem && fault.isAway);
	assert.deepEqual(waited, [300, 1000, 2500]);
});

test("a refusal is not tried again", async () => {
	const { client, asked } = clientOf(problem(409, "already_in", { since: "2026-11-20T14:30:00+09:00" }));
	await assert.rejects(client.post("/x", {}), (fault) => fault.name === "already_in" && fault.status === 409 && fault.body.since !== undefined);
	assert.equal(asked.length, 1);
});

test("a fault of the server is not tried again either: it may have happened", async () => {
	const { client, asked } = clientOf(problem(500, "fault", { incident: "ABC" }));
	await assert.rejects(client.post("/x", {}), { name: "fault" });
	assert.equal(asked.length, 1);
});

test("wrong fields come with their pointers", async () => {
	const { client } = clientOf(problem(422, "invalid", { errors: [{ pointer: "/email", name: "bad_format" }] }));
	await assert.rejects(client.post("/x", {}), (fault) => fault.errors[0].pointer === "/email");
});

test("the end of the session is told once, and the problem thrown", async () => {
	const { client } = clientOf(problem(401, "sign_in_needed"));
	let told = 0;
	client.onSignedOut = () => told++;
	await assert.rejects(client.get("/x"), { name: "sign_in_needed" });
	assert.equal(told, 1);
});

test("a wrong password is no end of a session", async () => {
	const { client } = clientOf(problem(401, "sign_in_failed"));
	client.onSignedOut = () => assert.fail("signed out");
	await assert.rejects(client.post("/x", {}), { name: "sign_in_failed" });
});

test("an answer that is no problem document is away or a fault by its status", async () => {
	const { client } = clientOf(...Array.from({ length: 4 }, () => new Response("<h1>", { status: 502 })), new Response("", { status: 400 }));
	await assert.rejects(client.get("/x"), { name: "away", status: 502 });
	await assert.rejects(client.get("/x"), { name: "fault", status: 400 });
});

test("an aborted request is no problem of the server", async () => {
	const stop = new AbortController();
	const { client } = clientOf(() => { stop.abort(); throw stop.signal.reason; });
	await assert.rejects(client.get("/x", { signal: stop.signal }), { name: "AbortError" });
});
