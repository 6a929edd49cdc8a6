// The order of the day.
import assert from "node:assert/strict";
import { test } from "node:test";
import { filterRows, orderRows, peopleOf, rowHas, rowsOfAppointments, sortRows } from "../../assets/admin/today_rows.mjs";

const at = (time) => `2026-11-20T${time}:00+09:00`;
const row = (guest_id, state, { starts = "10:00", arrived = null, left = null, people = 1, ...more } = {}) => ({
	guest_id, guest: guest_id, kana: null, company: null, people, title: null, room: null, hosts: [], state, starts_at: starts && at(starts), ends_at: null,
	arrived_at: arrived && at(arrived), left_at: left && at(left), left_by: null, late: false, appointment_id: null, visit_id: arrived ? `v-${guest_id}` : null, version: 0, mail_state: "none", ...more,
});
const ids = (rows) => rows.map(({ guest_id }) => guest_id);

test("whoever stands at the desk comes first, whoever is gone last", () => {
	const rows = [row("gone", "left", { arrived: "09:00", left: "09:30" }), row("coming", "expected"), row("inside", "met", { arrived: "09:10" }), row("void", "cancelled"), row("here", "arrived", { arrived: "09:50" })];
	assert.deepEqual(ids(sortRows(rows)), ["here", "inside", "coming", "gone", "void"]);
});

test("the newest arrival is on top, the next expected first, the last to leave first", () => {
	assert.deepEqual(ids(sortRows([row("a", "arrived", { arrived: "09:00" }), row("b", "arrived", { arrived: "09:40" })])), ["b", "a"]);
	assert.deepEqual(ids(sortRows([row("late", "expected", { starts: "15:00" }), row("soon", "expected", { starts: "11:00" })])), ["soon", "late"]);
	assert.deepEqual(ids(sortRows([row("a", "left", { arrived: "09:00", left: "10:00" }), row("b", "left", { arrived: "09:00", left: "11:00" })])), ["b", "a"]);
});

test("a walk-in without a start is sorted like the others", () => {
	assert.deepEqual(ids(sortRows([row("booked", "arrived", { arrived: "09:00" }), row("walk-in", "arrived", { starts: null, arrived: "09:30" })])), ["walk-in", "booked"]);
});

test("no row moves under the pointer; a new one comes below", () => {
	const shown = ["coming", "later"];
	const rows = [row("coming", "expected"), row("later", "arrived", { arrived: "09:30" }), row("new", "arrived", { arrived: "09:40" })];
	assert.deepEqual(ids(orderRows(rows, shown, true)), ["coming", "later", "new"]);
	assert.deepEqual(ids(orderRows(rows, shown, false)), ["new", "later", "coming"]);
});

test("people are counted, not rows", () => {
	const rows = [row("a", "arrived", { people: 3 }), row("b", "met"), row("c", "left", { people: 9 })];
	assert.equal(peopleOf(filterRows(rows, "inside")), 4);
});

test("a search folds width and case and looks everywhere the row shows", () => {
	const one = row("a", "expected", { guest: "佐藤 太郎", kana: "サトウ タロウ", company: "ＡＣＭＥ株式会社", room: "会議室A", hosts: [{ id: "h", name: "山田" }] });
	for (const words of ["佐藤", "ｻﾄｳ", "acme", "会議室a", "山田", "佐藤 acme", ""]) assert.ok(rowHas(one, words), words);
	assert.equal(rowHas(one, "佐藤 鈴木"), false);
});

test("a member's own appointments become the same rows", () => {
	const guest = (id, state = "expected") => ({ id, name: id, kana: null, company: null, email: null, companions: 1, language: "ja", state, mail_state: "sent", visit: null });
	const appointment = { id: "ap", version: 1, kind: "single", title: "t", office_id: "o", office: "O", room: null, note: null, starts_at: at("10:00"), ends_at: at("11:00"), time_zone: "Asia/Tokyo", state: "booked", hosts: [], guests: [guest("a"), guest("b"), guest("c", "removed")], created_by: "m" };
	const visit = { id: "v", version: 2, state: "arrived", guest_id: "b", late: true, arrived_at: at("10:05"), left_at: null, left_by: null };
	const rows = rowsOfAppointments([appointment], [visit]);
	assert.deepEqual(rows.map(({ guest_id, state, people, visit_id, version }) => [guest_id, state, people, visit_id, version]), [["a", "expected", 2, null, 0], ["b", "arrived", 2, "v", 2]]);
	assert.equal(rowsOfAppointments([{ ...appointment, state: "cancelled" }], [])[0].state, "cancelled");
});
