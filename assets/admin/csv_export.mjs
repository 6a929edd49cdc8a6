// Reads a CSV as it streams in, telling how far it is, and saves it.

/**
 * @param {Response} answer
 * @param {(rows: number) => void} onRows lines so far
 * @returns {Promise<Blob>} whole, or the stream's fault is thrown
 */
export async function readCsv(answer, onRows) {
	const reader = /** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */ (answer.body).getReader();
	/** @type {Uint8Array<ArrayBuffer>[]} */
	const parts = [];
	let rows = -1; // the head is none
	for (;;) {
		const { done, value } = await reader.read();
		if (done) break;
		parts.push(value);
		// LF ends a row in both encodings: no second byte of CP932 is one.
		for (const byte of value) if (byte === 10) rows++;
		onRows(Math.max(rows, 0));
	}
	return new Blob(parts, { type: "text/csv" });
}

/** @param {Blob} blob @param {string} name */
export function saveFile(blob, name) {
	const link = document.createElement("a");
	link.href = URL.createObjectURL(blob);
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
