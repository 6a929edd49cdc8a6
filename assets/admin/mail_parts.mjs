// Takes a mail apart (RFC 2045-2047, 2231 and 5322) as far as our own mails
// need it: headers, parts, encodings.  Bytes come as text of UTF-8.

/**
 * @typedef {object} MailPart
 * @property {Map<string, string>} headers by lower-case name
 * @property {string} type "text/html"
 * @property {Record<string, string>} parameters of Content-Type
 * @property {Uint8Array<ArrayBuffer>} bytes decoded; empty for a multipart
 * @property {MailPart[]} parts
 */

/** @param {string} message @returns {MailPart} */
export function parseMail(message) {
	const text = message.replace(/\r?\n/g, "\r\n");
	const end = text.startsWith("\r\n") ? 0 : text.indexOf("\r\n\r\n");
	const headers = parseHeaders(end < 0 ? text : text.slice(0, end));
	const body = end < 0 ? "" : text.slice(end + (end === 0 ? 2 : 4));
	const { value, parameters } = parseField(headers.get("content-type") ?? "text/plain; charset=us-ascii");
	const type = value.toLowerCase();
	if (type.startsWith("multipart/") && parameters.boundary)
		return { headers, type, parameters, bytes: new Uint8Array(), parts: splitParts(body, parameters.boundary).map(parseMail) };
	return { headers, type, parameters, bytes: decodeBody(body, (headers.get("content-transfer-encoding") ?? "7bit").trim().toLowerCase()), parts: [] };
}

/** All parts that have content, in order. @param {MailPart} part @returns {MailPart[]} */
export const leafParts = (part) => (part.parts.length === 0 ? [part] : part.parts.flatMap(leafParts));

/** The text of a text part. @param {MailPart} part */
export function partText(part) {
	try {
		return new TextDecoder(part.parameters.charset ?? "utf-8").decode(part.bytes);
	} catch {
		return new TextDecoder().decode(part.bytes);
	}
}

/** A header with its encoded words decoded. @param {MailPart} part @param {string} name */
export const headerText = (part, name) => decodeWords(part.headers.get(name) ?? "");

/** @param {string} head @returns {Map<string, string>} */
function parseHeaders(head) {
	const headers = new Map();
	for (const line of head.replace(/\r\n[ \t]+/g, " ").split("\r\n")) {
		const colon = line.indexOf(":");
		if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
	}
	return headers;
}

/** @param {string} field @returns {{value: string, parameters: Record<string, string>}} */
export function parseField(field) {
	const [value, ...rest] = field.split(/;(?=(?:[^"]*"[^"]*")*[^"]*$)/);
	/** @type {Record<string, string>} */
	const parameters = {};
	for (const one of rest) {
		const equals = one.indexOf("=");
		if (equals < 0) continue;
		const name = one.slice(0, equals).trim().toLowerCase();
		const raw = one.slice(equals + 1).trim().replace(/^"(.*)"$/s, "$1").replace(/\\(.)/g, "$1");
		if (name.endsWith("*")) parameters[name.slice(0, -1)] = decodeURIComponent(raw.replace(/^[^']*'[^']*'/, ""));
		else parameters[name] = raw;
	}
	return { value: value.trim(), parameters };
}

/** @param {string} body @param {string} boundary */
function splitParts(body, boundary) {
	const parts = `\r\n${body}`.split(`\r\n--${boundary}`).slice(1);
	const last = parts.findIndex((part) => part.startsWith("--"));
	return (last < 0 ? parts : parts.slice(0, last)).map((part) => part.replace(/^[ \t]*\r\n/, ""));
}

/** @param {string} body @param {string} encoding @returns {Uint8Array<ArrayBuffer>} */
function decodeBody(body, encoding) {
	if (encoding === "base64") return Uint8Array.from(atob(body.replace(/[^A-Za-z0-9+/=]/g, "")), (c) => c.charCodeAt(0));
	if (encoding === "quoted-printable") return decodeQuoted(body.replace(/[ \t]+\r\n/g, "\r\n").replace(/=\r\n/g, ""));
	return new TextEncoder().encode(body);
}

/** @param {string} text @returns {Uint8Array<ArrayBuffer>} */
function decodeQuoted(text) {
	const bytes = [];
	for (let i = 0; i < text.length; i++) {
		const hex = text[i] === "=" ? text.slice(i + 1, i + 3) : "";
		if (/^[0-9A-Fa-f]{2}$/.test(hex)) {
			bytes.push(parseInt(hex, 16));
			i += 2;
		} else bytes.push(...new TextEncoder().encode(text[i]));
	}
	return Uint8Array.from(bytes);
}

/** @param {string} text */
export function decodeWords(text) {
	return text.replace(/(=\?[^?\s]+\?[bqBQ]\?[^?\s]*\?=)\s+(?==\?[^?\s]+\?[bqBQ]\?)/g, "$1")
		.replace(/=\?([^?\s*]+)(?:\*[^?]*)?\?([bqBQ])\?([^?\s]*)\?=/g, (whole, charset, how, data) => {
			try {
				const bytes = how.toLowerCase() === "b" ? Uint8Array.from(atob(data), (c) => c.charCodeAt(0)) : decodeQuoted(data.replaceAll("_", " "));
				return new TextDecoder(charset).decode(bytes);
			} catch {
				return whole;
			}
		});
}
