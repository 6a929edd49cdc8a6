// Guests from pasted text, as people really copy them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseGuests } from "../../assets/admin/guest_paste.mjs";

const cases = [
	["company, name and address apart by spaces", "株式会社青葉製作所 佐藤 太郎 sato@aoba.example", ["株式会社青葉製作所", "佐藤 太郎", "sato@aoba.example"]],
	["full-width spaces", "株式会社青葉　佐藤　太郎　sato@aoba.example", ["株式会社青葉", "佐藤 太郎", "sato@aoba.example"]],
	["the company's form as a word of its own", "株式会社 青葉 佐藤 太郎", ["株式会社 青葉", "佐藤 太郎", ""]],
	["the company's form behind its name", "青葉 株式会社 佐藤 太郎", ["青葉 株式会社", "佐藤 太郎", ""]],
	["the company's form as one sign", "㈱ひかり 加藤 誠", ["㈱ひかり", "加藤 誠", ""]],
	["a row of a table", "東都銀行\t高橋 美咲\tmisaki@bank.example", ["東都銀行", "高橋 美咲", "misaki@bank.example"]],
	["a line of CSV with quotes", '"合同会社ミナト","鈴木 一郎","suzuki@minato.example"', ["合同会社ミナト", "鈴木 一郎", "suzuki@minato.example"]],
	["the address first", "sato@aoba.example, 株式会社青葉, 佐藤 太郎", ["株式会社青葉", "佐藤 太郎", "sato@aoba.example"]],
	["the way mail programs write it", "佐藤 太郎 <sato@aoba.example>", ["", "佐藤 太郎", "sato@aoba.example"]],
	["a form of address is no part of the name", "東都銀行 高橋 美咲 様", ["東都銀行", "高橋 美咲", ""]],
	["a name alone", "佐藤 太郎", ["", "佐藤 太郎", ""]],
	["an address alone", "sato@aoba.example", ["", "", "sato@aoba.example"]],
	["a company without a form", "みらい設計事務所 高橋 健 ken@mirai.example", ["みらい設計事務所", "高橋 健", "ken@mirai.example"]],
	["an English company", "Acme Robotics Inc. Emily Carter emily@acme.example", ["Acme Robotics Inc.", "Emily Carter", "emily@acme.example"]],
	["an English name alone", "Emily Carter", ["", "Emily Carter", ""]],
];
for (const [what, line, [company, name, email]] of cases)
	test(`reads ${what}`, () => assert.deepEqual(parseGuests(line), [{ company, name, email }]));

test("reads one guest per line and skips empty lines", () => {
	const guests = parseGuests("株式会社青葉 佐藤 太郎\r\n\r\n東都銀行 高橋 美咲\n  \n");
	assert.deepEqual(guests.map(({ name }) => name), ["佐藤 太郎", "高橋 美咲"]);
});

test("reads nothing out of nothing", () => assert.deepEqual(parseGuests(" \n\t\n"), []));
