// Addresses within the admin page: "#/appointments/ID?from=2026-11-20".

/** @typedef {{parts: string[], query: URLSearchParams}} Place */

/** @param {string} hash @returns {Place} */
export function placeOf(hash) {
	const [way, query] = hash.replace(/^#\/?/, "").split("?");
	return { parts: way.split("/").filter(Boolean).map(decodeURIComponent), query: new URLSearchParams(query ?? "") };
}

/**
 * @param {string} way "appointments/new"
 * @param {Record<string, string | boolean | null | undefined>} [query] empty ones are left out
 */
export function addressOf(way, query = {}) {
	const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "" && value !== false);
	return `#/${way}${given.length === 0 ? "" : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`}`;
}

/** Goes there. @param {string} way @param {Record<string, string | boolean | null | undefined>} [query] */
export const go = (way, query) => void (location.hash = addressOf(way, query));

/** The same without a step in the history: filters. @param {string} way @param {Record<string, string | boolean | null | undefined>} [query] */
export function replacePlace(way, query) {
	history.replaceState(null, "", addressOf(way, query));
}
