// demo_tenant FILE: fill a new tenant through the public API: its first
// administrator, an office, two colleagues' worth of appointments today.
// FILE holds base_url, tenant, email, password and the activation token.
import { readFileSync } from "node:fs";
import { Client, must } from "./client.mjs";

const demo = JSON.parse(readFileSync(process.argv[2], "utf8"));
const client = new Client(demo.base_url, {
	ca: process.argv[3] && readFileSync(process.argv[3]),
	address: process.env.DEMO_ADDRESS,
});

// A start that was cut short is taken up where it ended.
const activated = await client.send("POST", "/api/v1/activations", { json: {
	token: demo.token, name: "佐藤 花子", kana: "サトウ ハナコ",
	email: demo.email, password: demo.password, language: "ja",
} });
await client.signIn(demo).catch((error) => { throw activated.status === 201 ? error : new Error(String(activated)); });

const office = must(await client.get("/api/v1/offices"), 200).json.items[0] ??
	must(await client.post("/api/v1/offices", {
		name: "東京本社", address: "東京都千代田区丸の内1-1-1 玄関ビル 3階", guidance: "エレベーターで3階へお上がりください。",
		phone: "03-0000-0000", time_zone: "Asia/Tokyo", opens_at: "08:00", closes_at: "20:00",
	}), 201).json;
const booked = new Set(must(await client.get("/api/v1/appointments"), 200).json.items.map((a) => a.title));

const hour = 3600_000;
const soon = Math.ceil(Date.now() / (hour / 2)) * (hour / 2);
const at = (ms) => new Date(ms).toISOString().replace(/\.000Z$/, "Z");
for (const [title, start, guests] of [
	["製品デモンストレーション", soon + hour / 2, [
		{ name: "山田 太郎", kana: "ヤマダ タロウ", company: "株式会社サンプル商事", email: "taro.yamada@guest.example" },
		{ name: "髙橋 美咲", kana: "タカハシ ミサキ", company: "株式会社サンプル商事", email: "misaki@guest.example" }]],
	["Quarterly review", soon + 2 * hour, [
		{ name: "Alice Smith", company: "Example Ltd", email: "alice@guest.example", language: "en" }]],
	["設備点検", soon + 24 * hour, [
		{ name: "鈴木 一郎", kana: "スズキ イチロウ", company: "鈴木設備", companions: 2 }]],
])
	booked.has(title) || must(await client.post("/api/v1/appointments", {
		title, office_id: office.id, starts_at: at(start), ends_at: at(start + hour), guests,
	}), 201);
must(await client.delete("/api/v1/sessions/current"), 204);
client.close();
