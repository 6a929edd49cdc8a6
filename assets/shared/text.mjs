// The texts of the page, in the language it speaks now.
/** @typedef {import("#types/text_key").TextKey} TextKey */
/** @typedef {Record<string, string | number>} TextValues */

let language = "ja";
/** @type {Record<string, string>} */
let texts = {};

/**
 * Speak another language from now on; what is on the screen must be rendered
 * again by the caller.
 * @param {string} code
 * @param {Record<string, string>} catalog
 */
export function useTexts(code, catalog) {
	language = code;
	texts = catalog;
}

/** The language's code: "ja". */
export const textLanguage = () => language;

/**
 * Is there such a text?
 * @param {string} key
 * @returns {key is TextKey}
 */
export const isTextKey = (key) => Object.hasOwn(texts, key);

/**
 * The text with its {placeholders} filled; a key that is missing shows itself.
 * @param {TextKey} key
 * @param {TextValues} [values]
 */
export const t = (key, values) => fillText(texts[key] ?? key, values);

/**
 * The text for that many: key_one where the language has a singular.  {n} is
 * the number, grouped.
 * @param {TextKey} key
 * @param {number} n
 * @param {TextValues} [values]
 */
export function tn(key, n, values) {
	const one = `${key}_one`;
	const rule = new Intl.PluralRules(language).select(n);
	return t(rule === "one" && isTextKey(one) ? one : key, { ...values, n: new Intl.NumberFormat(language).format(n) });
}

/**
 * @param {string} text
 * @param {TextValues} [values]
 */
export const fillText = (text, values = {}) =>
	text.replace(/\{([a-z_]+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
