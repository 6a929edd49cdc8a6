// Dates in the office's zone, wherever the reader sits.
import assert from "node:assert/strict";
import { test } from "node:test";
import { agoText, dayPlus, dayText, dayTimeText, instantOf, isoOf, longDayText, nextHalfHour, spanText, timeText, wallOf, wallPlus } from "../../assets/shared/date_text.mjs";

const tokyo = "Asia/Tokyo";
const now = new Date("2026-11-20T05:14:00Z"); // 14:14 in Tokyo
const plain = (text) => text.replace(/[\u202f\u00a0]/g, " ");

test("a time is told by the office's clock, not the reader's", () => {
	assert.equal(timeText("2026-11-20T05:30:00Z", tokyo, "ja"), "14:30");
	assert.equal(timeText("2026-11-20T05:30:00Z", "Europe/Berlin", "en"), "06:30");
	assert.equal(timeText("2026-11-19T15:00:00Z", tokyo, "ja"), "00:00");
});

test("a day has its weekday, and its year only when it is another", () => {
	assert.equal(dayText("2026-11-20T05:30:00Z", tokyo, "ja", now), "11/20(金)");
	assert.equal(dayText("2027-01-04T05:30:00Z", tokyo, "ja", now), "2027/1/4(月)");
	assert.match(plain(dayText("2026-11-20T05:30:00Z", tokyo, "en", now)), /^Fri, Nov 20$/);
});

test("the day is the office's, across midnight", () => {
	assert.equal(dayText("2026-11-20T15:30:00Z", tokyo, "ja", now), "11/21(土)");
	assert.equal(longDayText("2026-11-20T15:30:00Z", tokyo, "ja"), "2026年11月21日(土)");
});

test("a span names the second day only when it is another", () => {
	const year = new Date().getFullYear();
	assert.match(spanText(`${year}-05-20T05:30:00Z`, `${year}-05-20T06:30:00Z`, tokyo, "ja"), /^5\/20\(.\) 14:30 – 15:30$/);
	assert.match(spanText(`${year}-05-20T05:30:00Z`, `${year}-05-22T06:30:00Z`, tokyo, "ja"), /^5\/20\(.\) 14:30 – 5\/22\(.\) 15:30$/);
	assert.match(dayTimeText(`${year}-05-20T05:30:00Z`, tokyo, "ja"), /^5\/20\(.\) 14:30$/);
});

test("wall time and instant are each other's inverse", () => {
	assert.equal(wallOf(now, tokyo), "2026-11-20T14:14");
	assert.equal(instantOf("2026-11-20T14:14", tokyo)?.toISOString(), "2026-11-20T05:14:00.000Z");
	assert.equal(isoOf("2026-11-20T14:14", tokyo), "2026-11-20T14:14:00+09:00");
	assert.equal(isoOf("2026-07-01T09:00", "America/New_York"), "2026-07-01T09:00:00-04:00");
	assert.equal(isoOf("2026-01-01T09:00", "Asia/Kolkata"), "2026-01-01T09:00:00+05:30");
});

test("a wall time that the change of clocks leaves out is the one after it", () => {
	assert.equal(isoOf("2026-03-29T02:30", "Europe/Berlin"), "2026-03-29T03:30:00+02:00");
});

test("a wall time that comes twice is the first", () => {
	assert.equal(isoOf("2026-10-25T02:30", "Europe/Berlin"), "2026-10-25T02:30:00+02:00");
});

test("what is no date is none", () => {
	for (const wall of ["", "T14:30", "2026-11-20T", "2026-02-30T10:00", "2026-11-20T25:00", "20-11-20T10:00"]) assert.equal(instantOf(wall, tokyo), null, wall);
	assert.equal(isoOf("2026-13-01T10:00", tokyo), null);
});

test("the next half hour is ahead, also over midnight", () => {
	assert.equal(nextHalfHour(now, tokyo), "2026-11-20T14:30");
	assert.equal(nextHalfHour(new Date("2026-11-20T05:30:00Z"), tokyo), "2026-11-20T15:00");
	assert.equal(nextHalfHour(new Date("2026-11-20T14:45:00Z"), tokyo), "2026-11-21T00:00");
});

test("days and minutes are added on the calendar", () => {
	assert.equal(dayPlus("2026-02-27", 2), "2026-03-01");
	assert.equal(dayPlus("2026-03-01", -1), "2026-02-28");
	assert.equal(wallPlus("2026-11-20T23:30", 60), "2026-11-21T00:30");
});

test("how long ago is told in the largest unit that fits", () => {
	assert.equal(agoText("2026-11-20T05:11:00Z", "ja", now), "3 分前");
	assert.equal(agoText("2026-11-20T03:14:00Z", "en", now), "2 hours ago");
});
