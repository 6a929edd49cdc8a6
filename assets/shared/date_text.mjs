// Dates and times as people write them, always in a named time zone: the
// office's.  "Wall" is what the clock on that office's wall shows,
// "2026-11-20T14:30"; "day" is its date, "2026-11-20".

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** @param {string} language @param {string | undefined} zone @param {Intl.DateTimeFormatOptions} options */
function format(language, zone, options) {
	const key = `${language} ${zone} ${JSON.stringify(options)}`;
	let found = formats.get(key);
	if (found === undefined) formats.set(key, found = new Intl.DateTimeFormat(language, { ...options, timeZone: zone }));
	return found;
}

/** @type {Intl.DateTimeFormatOptions} */
const TIME = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
/** @type {Intl.DateTimeFormatOptions} */
const DAY = { month: "numeric", day: "numeric", weekday: "short" };
/** @type {Intl.DateTimeFormatOptions} */
const LONG_DAY = { year: "numeric", month: "long", day: "numeric", weekday: "short" };

/** The viewer's own zone. */
export const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/**
 * "14:30"
 * @param {string} iso @param {string} zone @param {string} language
 */
export const timeText = (iso, zone, language) => format(language, zone, TIME).format(new Date(iso));

/**
 * "11/20(金)", with the year when it is not this one's.
 * @param {string} iso @param {string} zone @param {string} language @param {Date} [now]
 */
export function dayText(iso, zone, language, now = new Date()) {
	const date = new Date(iso);
	const same = wallOf(date, zone).slice(0, 4) === wallOf(now, zone).slice(0, 4);
	return format(language, zone, same ? englishMonth(language, DAY) : { ...englishMonth(language, DAY), year: "numeric" }).format(date);
}

// 11/20 is another day in London than in New York: in English the month is a word.
/** @param {string} language @param {Intl.DateTimeFormatOptions} options */
const englishMonth = (language, options) => (language === "en" ? { ...options, month: /** @type {const} */ ("short") } : options);

/**
 * "2026年11月20日(金)"
 * @param {string} iso @param {string} zone @param {string} language
 */
export const longDayText = (iso, zone, language) => format(language, zone, LONG_DAY).format(new Date(iso));

/**
 * "11/20(金) 14:30"
 * @param {string} iso @param {string} zone @param {string} language
 */
export const dayTimeText = (iso, zone, language) => `${dayText(iso, zone, language)} ${timeText(iso, zone, language)}`;

/**
 * "11/20(金) 14:30 – 15:30", or both days when they differ.
 * @param {string} from @param {string} to @param {string} zone @param {string} language
 */
export function spanText(from, to, zone, language) {
	const same = wallOf(new Date(from), zone).slice(0, 10) === wallOf(new Date(to), zone).slice(0, 10);
	const end = same ? timeText(to, zone, language) : dayTimeText(to, zone, language);
	return `${dayTimeText(from, zone, language)} – ${end}`;
}

/**
 * "3分前", "in 2 hours"
 * @param {string} iso @param {string} language @param {Date} [now]
 */
export function agoText(iso, language, now = new Date()) {
	const seconds = Math.round((Date.parse(iso) - now.getTime()) / 1000);
	const words = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
	const size = Math.abs(seconds);
	if (size < 60) return words.format(seconds, "second");
	if (size < 3600) return words.format(Math.round(seconds / 60), "minute");
	if (size < 86400) return words.format(Math.round(seconds / 3600), "hour");
	return words.format(Math.round(seconds / 86400), "day");
}

/**
 * What the wall clock of ${zone} shows at ${date}: "2026-11-20T14:30".
 * @param {Date} date @param {string} [zone]
 */
export function wallOf(date, zone) {
	const parts = Object.fromEntries(format("en-CA", zone, {
		year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
	}).formatToParts(date).map((part) => [part.type, part.value]));
	return `${parts.year.padStart(4, "0")}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}`;
}

/**
 * The instant when ${zone}'s wall clock shows ${wall}; null when ${wall} is no
 * date and time.  A wall time that a change of clocks leaves out is taken as
 * the one after the change, one that comes twice as the first.
 * @param {string} wall @param {string} zone @returns {Date | null}
 */
export function instantOf(wall, zone) {
	if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(wall)) return null;
	const asUtc = Date.parse(`${wall}:00Z`);
	if (Number.isNaN(asUtc) || !new Date(asUtc).toISOString().startsWith(wall)) return null;
	const offset = (/** @type {number} */ at) => Date.parse(`${wallOf(new Date(at), zone)}:00Z`) - at;
	const before = asUtc - offset(asUtc - 86400e3);
	const after = asUtc - offset(asUtc + 86400e3);
	const fits = [before, after].filter((at) => at + offset(at) === asUtc);
	return new Date(fits.length === 0 ? before : Math.min(...fits));
}

/**
 * RFC 3339 with the zone's offset: "2026-11-20T14:30:00+09:00".
 * @param {string} wall @param {string} zone @returns {string | null}
 */
export function isoOf(wall, zone) {
	const at = instantOf(wall, zone);
	if (at === null) return null;
	const minutes = Math.round((Date.parse(`${wallOf(at, zone)}:00Z`) - at.getTime()) / 60e3);
	const size = Math.abs(minutes);
	const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
	return `${wallOf(at, zone)}:00${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/**
 * ${day} and so many days more: "2026-11-21".
 * @param {string} day @param {number} days
 */
export const dayPlus = (day, days) => new Date(Date.parse(`${day}T00:00:00Z`) + days * 86400e3).toISOString().slice(0, 10);

/**
 * ${wall} and so many minutes more, on the wall.
 * @param {string} wall @param {number} minutes
 */
export const wallPlus = (wall, minutes) => new Date(Date.parse(`${wall}:00Z`) + minutes * 60e3).toISOString().slice(0, 16);

/**
 * The next full half hour on ${zone}'s wall.
 * @param {Date} now @param {string} zone
 */
export function nextHalfHour(now, zone) {
	const wall = wallOf(now, zone);
	const minute = Number(wall.slice(14));
	return wallPlus(wall, 30 - (minute % 30));
}
