// Guests of a test: an appointment, its passes and codes, read as a person
// would read them: from the API and from the picture.
import { execFileSync } from "node:child_process";
import { must } from "../../scripts/lib/client.mjs";

const minute = 60_000;

/** RFC 3339, so many minutes from now. */
export const at = (minutes) => new Date(Math.floor((Date.now() + minutes * minute) / 1000) * 1000)
	.toISOString().replace(".000Z", "Z");

/** An appointment body: in half an hour, one guest, unless ${change} says otherwise. */
export const body = (office, change = {}) => ({
	title: "打ち合わせ", office_id: office.id, starts_at: at(30), ends_at: at(90),
	guests: [{ name: "山田 太郎", company: "株式会社サンプル" }], invite: false, ...change,
});

/** What a QR picture says, read by ZBar's own program. */
export const readQr = (png) => execFileSync("zbarimg", ["-q", "--raw", "--oneshot", "-Sdisable", "-Sqrcode.enable", "-"],
	{ input: png, encoding: "utf8", stdio: ["pipe", "pipe", "ignore"] }).trim();

/** Book; returns the appointment whose guests carry their pass and code. */
export const book = async (client, office, change) => {
	const appointment = must(await client.post("/api/v1/appointments", body(office, change)), 201).json;
	for (const guest of appointment.guests) Object.assign(guest, await keysOf(client, appointment.id, guest.id));
	return appointment;
};

/** The pass, code and page address of a guest. */
export const keysOf = async (client, appointmentId, guestId) => {
	const path = `/api/v1/appointments/${appointmentId}/guests/${guestId}`;
	const picture = must(await client.get(`${path}/pass.png`), 200);
	const { code, url } = must(await client.get(`${path}/pass`), 200).json;
	return { pass: readQr(picture.body), code, url };
};

/** A code that no guest has: nobody's, and none that the server makes. */
export const wrongCode = () => "123456";
