// The appointment form, from nothing to what the API wants.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkDraft, draftOf, editOf, newDraft, newGuest } from "../../assets/admin/appointment_draft.mjs";

const zone = "Asia/Tokyo";
const now = new Date("2026-11-20T05:14:00Z"); // 14:14 in Tokyo
const fresh = (changes = {}) => ({ ...newDraft({ now, zone, officeId: "o", me: { id: "me", name: "Me" }, title: "Meeting" }), guests: [newGuest({ name: "佐藤 太郎" })], ...changes });
const faults = (changes, at = now) => checkDraft(fresh(changes), zone, at).map(({ pointer, name }) => `${pointer} ${name}`);

test("opens today, at the next half hour, for an hour, for me", () => {
	const { day, from, end_day, to, hosts, invite } = fresh();
	assert.deepEqual([day, from, end_day, to, hosts, invite], ["2026-11-20", "14:30", "2026-11-20", "15:30", [{ id: "me", name: "Me" }], true]);
});

test("a filled form has no faults", () => assert.deepEqual(faults({}), []));

test("each missing thing is said at its field", () => {
	assert.deepEqual(faults({ title: " " }), ["/title missing"]);
	assert.deepEqual(faults({ day: "" }), ["/starts_at missing", "/ends_at bad_format"]);
	assert.deepEqual(faults({ hosts: [] }), ["/hosts missing"]);
	assert.deepEqual(faults({ guests: [newGuest()] }), ["/guests/0/name missing"]);
	assert.deepEqual(faults({ guests: [newGuest({ name: "a" }), newGuest({ company: "b" })] }), ["/guests/1/name missing"]);
});

test("a time that makes no sense is said at its field", () => {
	assert.deepEqual(faults({ to: "14:00" }), ["/ends_at end_before_start"]);
	assert.deepEqual(faults({ from: "09:00", to: "10:00" }), ["/ends_at in_past"]);
	assert.deepEqual(faults({ from: "09:00", to: "15:00" }), [], "one that has begun may still be booked");
});

test("an address and a number are checked", () => {
	assert.deepEqual(faults({ guests: [newGuest({ name: "a", email: "a.example" })] }), ["/guests/0/email bad_format"]);
	assert.deepEqual(faults({ guests: [newGuest({ name: "a", companions: "many" })] }), ["/guests/0/companions out_of_range"]);
});

test("goes out with the office's offset, trimmed, without empty rows", () => {
	const edit = editOf(fresh({ guests: [newGuest({ name: " 佐藤 太郎 ", email: "s@x.example ", companions: "2" }), newGuest()], room: "  " }), zone);
	assert.deepEqual([edit.starts_at, edit.ends_at, edit.room, edit.hosts], ["2026-11-20T14:30:00+09:00", "2026-11-20T15:30:00+09:00", null, ["me"]]);
	assert.deepEqual(edit.guests, [{ name: "佐藤 太郎", kana: null, company: null, email: "s@x.example", phone: null, companions: 2, language: "ja" }]);
	assert.equal("version" in edit, false);
});

test("one day ends on its day, a period on its last", () => {
	assert.equal(editOf(fresh({ end_day: "2026-11-25" }), zone).ends_at, "2026-11-20T15:30:00+09:00");
	assert.equal(editOf(fresh({ kind: "period", end_day: "2026-11-25" }), zone).ends_at, "2026-11-25T15:30:00+09:00");
});

test("what was read goes back unchanged, guests by their ids", () => {
	const guest = { id: "g", name: "佐藤 太郎", kana: null, company: "青葉", email: null, phone: null, companions: 1, language: "en", state: "expected", mail_state: "none", visit: null };
	const read = { id: "a", version: 7, kind: "period", title: "t", office_id: "o", office: "O", room: "r", note: null, starts_at: "2026-11-20T14:30:00+09:00", ends_at: "2026-11-22T18:00:00+09:00",
		time_zone: zone, state: "booked", hosts: [{ id: "h", name: "H" }], guests: [guest, { ...guest, id: "x", state: "removed" }], created_by: "me" };
	const edit = editOf(draftOf(read), zone);
	assert.deepEqual([edit.version, edit.kind, edit.starts_at, edit.ends_at, edit.room], [7, "period", read.starts_at, read.ends_at, "r"]);
	assert.deepEqual(edit.guests, [{ id: "g", name: "佐藤 太郎", kana: null, company: "青葉", email: null, phone: null, companions: 1, language: "en" }]);
});
