// Mails taken apart for the outbox page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeWords, headerText, leafParts, parseField, parseMail, partText } from "../../assets/admin/mail_parts.mjs";

const base64 = (text) => Buffer.from(text).toString("base64");
const mail = [
	"From: =?UTF-8?B?5bGx55Sw?= <yamada@demo.example>",
	"Subject: =?UTF-8?B?44GU5p2l?=", " =?UTF-8?B?6Kiq?=",
	"MIME-Version: 1.0",
	'Content-Type: multipart/mixed; boundary="outer; x"', "",
	"preamble", "--outer; x",
	"Content-Type: multipart/alternative; boundary=inner", "",
	"--inner", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64", "", base64("こんにちは\n"),
	"--inner", "Content-Type: multipart/related; boundary=rel", "",
	"--rel", "Content-Type: text/html; charset=utf-8", "Content-Transfer-Encoding: quoted-printable", "", '<p style=3D"color: red">=E5=85=A5=E9=A4=A8=', "QR</p>",
	"--rel", "Content-Type: image/png", "Content-ID: <pass@x>", "Content-Transfer-Encoding: base64", "Content-Disposition: inline", "", base64("png"),
	"--rel--", "", "--inner--", "",
	"--outer; x", "Content-Type: text/calendar; charset=utf-8; method=REQUEST", 'Content-Disposition: attachment; filename="visit.ics"', "", "BEGIN:VCALENDAR",
	"--outer; x--", "epilogue", "",
].join("\r\n");

test("the parts come in order with their types", () => {
	assert.deepEqual(leafParts(parseMail(mail)).map(({ type }) => type), ["text/plain", "text/html", "image/png", "text/calendar"]);
});

test("encodings are undone", () => {
	const [plain, html, png, calendar] = leafParts(parseMail(mail));
	assert.equal(partText(plain), "こんにちは\n");
	assert.equal(partText(html), '<p style="color: red">入館QR</p>');
	assert.equal(Buffer.from(png.bytes).toString(), "png");
	assert.equal(png.headers.get("content-id"), "<pass@x>");
	assert.equal(partText(calendar), "BEGIN:VCALENDAR");
});

test("encoded words of a header are read, and the space between two is none", () => {
	const message = parseMail(mail);
	assert.equal(headerText(message, "subject"), "ご来訪");
	assert.equal(headerText(message, "from"), "山田 <yamada@demo.example>");
	assert.equal(decodeWords("=?utf-8?q?Caf=C3=A9_X?= y"), "Café X y");
	assert.equal(decodeWords("=?no-such?b?AAAA?="), "=?no-such?b?AAAA?=");
});

test("line ends without CR are taken too, and a mail without a type is text", () => {
	const message = parseMail("Subject: x\n\nhello\n");
	assert.equal(message.type, "text/plain");
	assert.equal(partText(message), "hello\r\n");
});

test("parameters may be quoted, or have a charset of their own", () => {
	assert.deepEqual(parseField('attachment; filename="a; b.ics"; size=3'), { value: "attachment", parameters: { filename: "a; b.ics", size: "3" } });
	assert.equal(parseField("attachment; filename*=UTF-8''%E6%9D%A5.ics").parameters.filename, "来.ics");
});

test("a multipart that is cut off keeps the parts it has", () => {
	assert.equal(leafParts(parseMail("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none")).length, 1);
});
