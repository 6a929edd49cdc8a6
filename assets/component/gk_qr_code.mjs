// A QR code as one SVG path: black on white in every theme, quiet zone of 4.
import { html } from "lit";
import qrcode from "qrcode-generator";

/**
 * @param {string} text
 * @param {string} label what it is, for those who do not see it
 */
export function qrCode(text, label) {
	const code = qrcode(0, "M");
	code.addData(text);
	code.make();
	const size = code.getModuleCount();
	let path = "";
	for (let row = 0; row < size; row++)
		for (let column = 0; column < size; column++)
			if (code.isDark(row, column)) path += `M${column + 4} ${row + 4}h1v1h-1z`;
	return html`<svg class="gk-qr-code" role="img" aria-label=${label} viewBox="0 0 ${size + 8} ${size + 8}" shape-rendering="crispEdges"><path d=${path}></path></svg>`;
}
