// Debian's Chromium, whose camera plays a video that the test made.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/**
 * A video of a picture held before a wall: first nothing, then the picture,
 * nearer and nearer.  Chromium plays it over and over.
 * @param {Buffer} png
 * @param {string} file to write, .mjpeg
 */
export function filmOf(png, file) {
	const dir = mkdtempSync("/tmp/genkan-film-");
	try {
		writeFileSync(join(dir, "pass.png"), png);
		const frames = [0, 0, 0, 300, 320, 340, 360, 380, 380, 380].map((size, i) => {
			const name = join(dir, `${i}.jpg`);
			execFileSync("convert", ["-size", "1280x720", "gradient:#c9c4ba-#77726a",
				...(size === 0 ? [] : ["(", join(dir, "pass.png"), "-filter", "point", "-resize", `${size}x${size}!`,
					"-background", "none", "-rotate", String(i - 6), ")", "-gravity", "center", "-composite"]),
				"-blur", "0x0.6", "-quality", "85", name]);
			return name;
		});
		execFileSync("ffmpeg", ["-loglevel", "error", "-y", "-framerate", "4", "-i", join(dir, "%d.jpg"),
			"-frames:v", String(frames.length), "-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p", file]);
	} finally {
		rmSync(dir, { recursive: true });
	}
}

/**
 * @param {{film?: string}} [options] film: what the camera sees; none: no camera
 */
export const startBrowser = ({ film } = {}) => chromium.launch({
	executablePath: "/usr/bin/chromium",
	args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
		...(film ? ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
			`--use-file-for-fake-video-capture=${film}`] : [])],
});

const STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What axe finds wrong on a page at rest: what is still appearing has too little contrast for a moment. */
export const violations = async (page) => {
	await page.evaluate(axe);
	return page.evaluate(async (standards) => {
		const roots = [document];
		for (const root of roots) roots.push(...[...root.querySelectorAll("*")].map((element) => element.shadowRoot).filter(Boolean));
		const passing = roots.flatMap((root) => root.getAnimations()).filter(({ effect }) => effect.getComputedTiming().endTime < Infinity);
		await Promise.all(passing.map(({ finished }) => finished.catch(() => {})));
		return (await globalThis.axe.run({ runOnly: standards, resultTypes: ["violations"] })).violations
			.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, any }) => `${html.slice(0, 120)} (${any[0]?.message ?? ""})`).join(" | ")}`);
	}, STANDARDS);
};
