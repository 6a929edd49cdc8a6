// Builds the pages: every folder NAME here with a NAME.area.json becomes
// an area of build/assets.  Told in README.md; run by scripts/build-assets.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..");
const to = process.env.GENKAN_ASSETS ?? join(root, "build/assets");
const work = `${to}.new`;
// What office tablets and PCs run; older browsers get no half-working page.
const target = ["chrome105", "edge105", "firefox110", "safari15.4"];
const types = {
	".css": "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".js": "text/javascript; charset=utf-8",
	".json": "application/json",
	".mp3": "audio/mpeg",
	".png": "image/png",
	".svg": "image/svg+xml",
	".txt": "text/plain; charset=utf-8",
	".wav": "audio/wav",
	".webmanifest": "application/manifest+json",
	".woff2": "font/woff2",
	".yaml": "application/yaml; charset=utf-8",
};

/** @type {{path: string, file: string, name: string, type: string, immutable: boolean, listener: string, encodings: string[]}[]} */
const manifest = [];
// Whose web server serves what is put next: "reception" or "operator".
let listener = "reception";

const sha = (/** @type {Buffer | string} */ data) => createHash("sha256").update(data).digest("hex");

// All that decides what the pages are; the tablet reports it as its build.
const build = sha(walk(here).map((file) => sha(relative(here, file)) + sha(readFileSync(file))).join()).slice(0, 12);

/** @param {string} folder @returns {string[]} */
function walk(folder) {
	return readdirSync(folder, { withFileTypes: true })
		.filter((entry) => !["node_modules", "README.md"].includes(entry.name))
		.sort((a, b) => (a.name < b.name ? -1 : 1))
		.flatMap((entry) => entry.isDirectory() ? walk(join(folder, entry.name)) : [join(folder, entry.name)]);
}

/**
 * Writes one file, compressed beside itself where that pays, and lists it.
 * @param {string} path what the browser asks for
 * @param {string} name what other programs know it by: "admin.css"
 * @param {Buffer | string} content
 * @param {boolean} immutable its name says its content
 */
function put(path, name, content, immutable) {
	const file = immutable ? path.slice(1) : `pages/${name}`;
	const full = join(work, file);
	const type = types[/** @type {keyof typeof types} */ (extname(name))];
	const data = Buffer.from(content);
	const encodings = [];

	if (type === undefined) throw new Error(`${name}: no media type for it`);
	mkdirSync(dirname(full), { recursive: true });
	writeFileSync(full, data);
	if (!/^(image\/png|audio|font)/.test(type) && data.length > 256) {
		writeFileSync(`${full}.br`, brotliCompressSync(data, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
		writeFileSync(`${full}.gz`, gzipSync(data, { level: 9 }));
		encodings.push("br", "gzip");
	}
	manifest.push({ path, file, name, type, immutable, listener, encodings });
	return path;
}

/**
 * Under a name that changes with the content.
 * @param {string} name @param {Buffer | string} content
 */
const putHashed = (name, content) =>
	put(`/assets/${basename(name, extname(name))}-${sha(content).slice(0, 10)}${extname(name)}`, name, content, true);

/** @param {string} language @param {string[]} prefixes */
function textsOf(language, prefixes) {
	const all = Object.entries(JSON.parse(readFileSync(join(here, `i18n/${language}.json`), "utf8")));
	return Object.fromEntries(all.filter(([key]) => prefixes.some((p) => key === p || key.startsWith(p))));
}

/** @param {Record<string, unknown>} modules @returns {esbuild.Plugin} */
const virtual = (modules) => ({
	name: "genkan",
	setup(b) {
		b.onResolve({ filter: /^genkan:/ }, ({ path }) => ({ path, namespace: "genkan" }));
		b.onLoad({ filter: /.*/, namespace: "genkan" }, ({ path }) => ({
			contents: JSON.stringify(modules[path] ?? {}), loader: "json",
		}));
	},
});

/** @param {string} entry @param {Record<string, unknown>} modules */
async function bundle(entry, modules) {
	const result = await esbuild.build({
		entryPoints: [entry], bundle: true, minify: true, write: false, target, format: "esm",
		legalComments: "eof", logLevel: "warning", charset: "utf8",
		define: { GENKAN_BUILD: JSON.stringify(build) },
		plugins: [virtual(modules)],
	});
	return result.outputFiles[0].contents;
}

/**
 * @typedef {object} Area what NAME.area.json says
 * @property {string} [path] of its page, {lang} for one page per language
 * @property {string} [script] its entry module
 * @property {string} style its entry style sheet
 * @property {string[]} [languages] of its page or of its catalogs
 * @property {string[]} [texts] prefixes of the texts it may use
 * @property {string} [title] key of its page's title
 * @property {string} [listener] "operator" if it is for that web server alone
 * @property {string[]} [files] copied as they are, under a hashed name
 */

/** @param {string} name @param {Area} area */
async function buildArea(name, area) {
	const folder = join(here, name);
	const languages = area.languages ?? ["ja", "en"];

	listener = area.listener ?? "reception";
	const style = putHashed(`${name}.css`, Buffer.from(await bundle(join(folder, area.style), {})));
	/** @type {Record<string, string>} */
	const files = {};

	for (const file of area.files ?? []) files[file] = putHashed(basename(file), readFileSync(join(folder, file)));
	if (area.script === undefined || area.path === undefined) return;

	const perLanguage = area.path.includes("{lang}");
	/** @type {Record<string, string>} */
	const catalogs = {};
	if (!perLanguage)
		for (const language of languages)
			catalogs[language] = putHashed(`${name}_${language}.json`, JSON.stringify(textsOf(language, area.texts ?? [])));
	for (const language of perLanguage ? languages : [languages[0]]) {
		const suffix = perLanguage ? `_${language}` : "";
		const texts = textsOf(language, area.texts ?? []);
		const script = putHashed(`${name}${suffix}.js`, Buffer.from(await bundle(join(folder, area.script), {
			"genkan:texts": { language, texts },
			"genkan:catalogs": catalogs,
			"genkan:files": files,
		})));
		/** @type {Record<string, string>} */
		const values = { lang: language, title: texts[area.title ?? "product"] ?? "Genkan", script, style, build };
		const page = readFileSync(join(folder, `${name}.html`), "utf8").replace(/\{\{([a-z_.]+)\}\}/g, (_, key) => {
			const value = values[key] ?? files[key] ?? texts[key];
			if (value === undefined) throw new Error(`${name}.html: nothing known as ${key}`);
			return value.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
		});
		put(area.path.replace("{lang}", language), `${name}${suffix}.html`, page, false);
	}
}

rmSync(work, { recursive: true, force: true });
for (const name of readdirSync(here).sort())
	if (existsSync(join(here, name, `${name}.area.json`)))
		await buildArea(name, JSON.parse(readFileSync(join(here, name, `${name}.area.json`), "utf8")));
listener = "reception";
put("/api/openapi.yaml", "openapi.yaml", readFileSync(join(here, "api/openapi.yaml")), false);
listener = "operator";
put("/api/openapi.yaml", "operator.yaml", readFileSync(join(here, "api/operator.yaml")), false);
manifest.sort((a, b) => (a.path + a.name < b.path + b.name ? -1 : 1));
writeFileSync(join(work, "manifest.json"), `${JSON.stringify(manifest, null, "\t")}\n`);

// Whoever reads build/assets sees the old files or the new ones.
rmSync(`${to}.old`, { recursive: true, force: true });
if (existsSync(to)) renameSync(to, `${to}.old`);
renameSync(work, to);
rmSync(`${to}.old`, { recursive: true, force: true });
for (const { file, path } of manifest) console.log(`${path} ${statSync(join(to, file)).size}`);
