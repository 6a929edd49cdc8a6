// What a camera makes of a picture: held at an angle before a wall, a little
// out of focus, noisy, and compressed as the tablet compresses its frames.
import { execFileSync } from "node:child_process";

/** Read one mail with Python's MIME reader. */
export const readMail = (message) => JSON.parse(execFileSync("python3",
	[new URL("mail.py", import.meta.url).pathname], { input: message, maxBuffer: 64 << 20, encoding: "utf8" }));

/**
 * A frame of 960 by 540 as baseline JPEG.
 * @param {Buffer} png
 * @param {{tilt?: number, size?: number, blur?: number, quality?: number}} [how]
 */
export const photograph = (png, { tilt = 0.06, size = 300, blur = 0.7, quality = 65 } = {}) => {
	const t = size * tilt;
	const [x, y] = [330, 110];
	// Each corner of the pass, and where the lens puts it.
	const corners = [
		[0, 0, x + t, y + t / 2], [size, 0, x + size - t / 3, y],
		[size, size, x + size, y + size - t], [0, size, x, y + size + t / 4],
	].map((c) => c.map((n) => n.toFixed(2)).join(",")).join(" ");
	return execFileSync("convert", [
		"(", "-size", "960x540", "gradient:#b8b4ac-#5d5a55", ")",
		"(", "-", "-filter", "point", "-resize", `${size}x${size}!`, "-alpha", "set", "-virtual-pixel", "transparent",
		"-background", "none", "-extent", "960x540", "-filter", "lanczos", "-distort", "perspective", corners, ")",
		"-composite", "-alpha", "off", "-blur", `0x${blur}`, "-attenuate", "0.15", "+noise", "gaussian",
		"-modulate", "88,90", "-interlace", "none", "-quality", String(quality), "jpeg:-",
	], { input: png, maxBuffer: 16 << 20 });
};
