// Compares answers with assets/api/openapi.yaml (or, of the operator's listener,
// operator.yaml): path, status, type, schema.
// The document is the product's promise; an answer that it does not describe
// is a fault of one of the two.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import Ajv from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { parse } from "yaml";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
/** The names in src/web/problem.def with their status. */
export const problems = new Map([...readFileSync(join(root, "src/web/problem.def"), "utf8")
	.matchAll(/^PROBLEM\((\w+), (\d+)\)/gm)].map(([, name, status]) => [name, Number(status)]));

/** A document, and what compares answers with it. @param {string} file */
const documentOf = (file) => {
	const ajv = new Ajv({ strict: false, validateSchema: false, allErrors: true });
	formats(ajv);
	const api = parse(readFileSync(join(root, "assets/api", file), "utf8"));
	ajv.addSchema({ ...api, $id: "https://genkan/api" });

	const escaped = (s) => s.replace(/~/g, "~0").replace(/\//g, "~1");
	const compiled = new Map();
	const validator = (pointer) => {
		if (!compiled.has(pointer)) compiled.set(pointer, ajv.compile({ $ref: `https://genkan/api#${pointer}` }));
		return compiled.get(pointer);
	};

	const templates = Object.keys(api.paths).map((path) => [path, new RegExp(`^${path.replace(/[.]/g, "\\.").replace(/\{\w+\}/g, "[^/]+")}$`)])
		.sort(([a], [b]) => a.split("{").length - b.split("{").length);

	/** The document's path for a request's, "" if there is none. */
	const templateOf = (path) => templates.find(([, like]) => like.test(path.split("?")[0]))?.[0] ?? "";

	/** Follow a "#/..." reference; returns [pointer, object]. */
	const follow = (pointer, object) => object?.$ref
		? [object.$ref.slice(1), object.$ref.slice(2).split("/").reduce((o, k) => o[k.replace(/~1/g, "/").replace(/~0/g, "~")], api)]
		: [pointer, object];

	/** What is wrong with an answer, "" if nothing is. */
	const fault = (method, path, answer) => {
		const template = templateOf(path);
		const type = (answer.headers["content-type"] ?? "").split(";")[0];
		if (type === "application/problem+json") {
			const name = answer.problem;
			if (!problems.has(name)) return `the problem "${name}" is not in problem.def`;
			if (problems.get(name) !== answer.status || answer.json.status !== answer.status) return `${name} with status ${answer.status}`;
			if (!validator("/components/schemas/Problem")(answer.json)) return ajv.errorsText(validator("/components/schemas/Problem").errors);
		}
		const operation = api.paths[template]?.[method.toLowerCase()];
		if (!operation) {
			const allowed = template === "" ? [404] : [405];
			return allowed.includes(answer.status) || !path.startsWith("/api/") || path === "/api/openapi.yaml" ? "" : `${answer.status} where there is no such operation`;
		}
		const at = `/paths/${escaped(template)}/${method.toLowerCase()}/responses`;
		const key = [String(answer.status), "default"].find((k) => k in operation.responses);
		if (!key) return `status ${answer.status} is not described`;
		if (key === "default" && answer.status < 400) return `status ${answer.status} is described by default only`;
		const [pointer, response] = follow(`${at}/${key}`, operation.responses[key]);
		if (!response.content) return answer.body.length > 0 ? "a body where none is described" : "";
		if (!(type in response.content)) return `content type "${type}" is not described`;
		if (!answer.json) return "";
		const check = validator(`${pointer}/content/${escaped(type)}/schema`);
		return check(answer.json) ? "" : ajv.errorsText(check.errors);
	};
	return { api, templateOf, fault };
};

export const { api, templateOf, fault } = documentOf("openapi.yaml");
export const operatorDocument = documentOf("operator.yaml");

/** From now on every answer that ${Client} gets is compared, with its own document if it has one. */
export const compareAnswers = (Client) => {
	const { send } = Client.prototype;
	Client.prototype.send = async function compared(method, path, what) {
		const answer = await send.call(this, method, path, what);
		const wrong = method === "HEAD" ? "" : (this.document?.fault ?? fault)(method, path, answer);
		if (wrong) throw new Error(`${method} ${path.split("?")[0]} answers ${answer.status}: not as in the API document: ${wrong}`);
		return answer;
	};
};
