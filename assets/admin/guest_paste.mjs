// Guests from pasted text, one a line: company, name, e-mail address, apart by
// tabs, commas or spaces, as people copy them from mails and tables.

/** @typedef {{company: string, name: string, email: string}} PastedGuest */

// Words that make what stands around them a company: Kabushiki Kaisha and its
// relatives, written out and as one sign; and their English relatives.
const JAPANESE_FORM = /(\u682a\u5f0f|\u6709\u9650|\u5408\u540c|\u5408\u540d|\u5408\u8cc7)\u4f1a\u793e|[(\uff08][\u682a\u6709\u540c][)\uff09]|[\u3231\u3232]|(\u6cd5\u4eba|\u5927\u5b66|\u75c5\u9662|\u9280\u884c|\u5f79\u6240|\u7d44\u5408|\u5354\u4f1a|\u4f1a\u793e|\u5546\u5e97|\u5de5\u696d|\u793e)$/u;
const ENGLISH_FORM = /^(inc|corp|corporation|co|company|ltd|limited|llc|llp|plc|gmbh|ag|sa|kk|k\.k|group|bank|university)\.?,?$/i;
// Forms of address at the end of a name.
const TITLE = /[\s\u3000]*(\u69d8|\u3055\u307e|\u3055\u3093|\u6bbf|\u6c0f)$/u;
const EMAIL = /<?(?:mailto:)?([^\s<>"',;\u3000]+@[^\s<>"',;\u3000]+)>?/u;
const JAPANESE = /[\u3040-\u30ff\u3400-\u9fff]/u;

/**
 * @param {string} text
 * @returns {PastedGuest[]}
 */
export const parseGuests = (text) =>
	text.split(/\r\n|\r|\n/).map(parseLine).filter((guest) => guest !== null);

/** @param {string} line @returns {PastedGuest | null} */
function parseLine(line) {
	const email = EMAIL.exec(line)?.[1] ?? "";
	const rest = line.replace(EMAIL, "\t").replace(/["']/g, "");
	const fields = rest.split(/[\t,;\u3001\uff0c]/).map(tidy).filter(Boolean);
	if (fields.length === 0 && email === "") return null;
	if (fields.length >= 2) return { company: fields[0], name: nameOf(fields.slice(1).join(" ")), email };
	const words = (fields[0] ?? "").split(" ").filter(Boolean);
	const n = companyWords(words);
	return { company: words.slice(0, n).join(" "), name: nameOf(words.slice(n).join(" ")), email };
}

/** Spaces of any width become one. @param {string} text */
const tidy = (text) => text.replace(/[\s\u3000]+/gu, " ").trim();

/** @param {string} text */
const nameOf = (text) => text.replace(TITLE, "").trim();

/** How many words of the line are the company. @param {string[]} words */
function companyWords(words) {
	if (words.length <= 1) return 0;
	const english = words.findLastIndex((word) => ENGLISH_FORM.test(word));
	if (english > 0 && english < words.length - 1) return english + 1;
	if (JAPANESE_FORM.test(words[0])) {
		// The form alone, its name in the next word.
		const alone = words[0].replace(JAPANESE_FORM, "") === "";
		return alone && words.length > 2 ? 2 : 1;
	}
	if (words.length > 2 && JAPANESE_FORM.test(words[1])) return 2;
	if (words.length === 2) return JAPANESE.test(words[0]) && [...words[0]].length > 4 ? 1 : 0;
	return JAPANESE.test(words[0]) || words.length > 2 ? 1 : 0;
}
