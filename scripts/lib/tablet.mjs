// A reception tablet without its screen: it pairs, holds a P-256 key, and
// renews its session, as assets/tablet does in a browser.
import { createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import { Client, must, newKey } from "./client.mjs";

export class Tablet extends Client {
	#key;
	#frame = 0;

	/** Pair with ${code}; the device waits for approval then. */
	async pair(code) {
		const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
		const jwk = publicKey.export({ format: "jwk" });
		this.#key = privateKey;
		const point = Buffer.concat([Buffer.from([4]), Buffer.from(jwk.x, "base64url"), Buffer.from(jwk.y, "base64url")]);
		const answer = must(await this.send("POST", "/api/v1/device-pairings",
			{ json: { code, public_key: point.toString("base64") } }), 201);
		this.device = { id: answer.json.device_id, tag: answer.json.tag };
		return answer.json;
	}

	/** Answer the challenge; the cookie __Host-device comes with the answer. */
	async start() {
		const who = { tag: this.device.tag, device_id: this.device.id };
		const challenge = await this.send("POST", "/api/v1/device-sessions", { json: who });
		if (challenge.status !== 202) return challenge;
		const signature = sign("sha256", Buffer.from(challenge.json.nonce, "base64"),
			{ key: this.#key, dsaEncoding: "ieee-p1363" });
		return this.send("POST", "/api/v1/device-sessions",
			{ json: { ...who, challenge_id: challenge.json.challenge_id, signature: signature.toString("base64") } });
	}

	/** Post one camera frame; ${key} stays the same until something is seen. */
	scan(jpeg, key = newKey()) {
		return this.send("POST", `/api/v1/scans?frame=${this.#frame++}`, { body: jpeg, type: "image/jpeg", key });
	}

	checkIn(what, key = newKey()) {
		return this.post("/api/v1/check-ins", what, { key });
	}

	/** The key, to start the same device again later. */
	save() {
		return { ...this.device, key: this.#key.export({ format: "pem", type: "pkcs8" }) };
	}

	restore({ id, tag, key }) {
		this.device = { id, tag };
		this.#key = createPrivateKey(key);
	}
}

/** Make, pair, approve and start a tablet of ${officeId}; ${admin} is signed in. */
export const newTablet = async (admin, officeId, name, options) => {
	const made = must(await admin.post("/api/v1/devices", { name, office_id: officeId }), 201);
	const tablet = new Tablet(admin.base.href, options);
	await tablet.pair(made.json.code);
	must(await admin.post(`/api/v1/devices/${tablet.device.id}/approval`, undefined, { key: false }), 200);
	must(await tablet.start(), 201);
	return tablet;
};
