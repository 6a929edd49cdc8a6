// A company of its own for a test, made as an operator makes one.
import { randomBytes } from "node:crypto";
import { must } from "../../scripts/lib/client.mjs";
import { newTablet } from "../../scripts/lib/tablet.mjs";

/** The token of the link #${what}= in a mail whose parts are base64. */
export const linkIn = (message, what) => {
	for (const part of message.split(/\r?\n\r?\n/)) {
		const found = new RegExp(`#${what}=([A-Z2-7]{32})`).exec(Buffer.from(part.replace(/\r?\n--.*/s, ""), "base64").toString("utf8"));
		if (found) return found[1];
	}
	throw new Error("the mail has no link");
};

export const randomWord = () => `t${randomBytes(6).toString("hex")}`;

export class Tenant {
	/** @param {import("./installation.mjs").Installation} installation */
	constructor(installation, made) {
		this.installation = installation;
		this.id = made.tenant_id;
		this.name = made.name;
		this.tag = made.tag;
		this.token = made.activation_token;
		this.email = `admin@${made.name}.example`;
		this.password = randomBytes(12).toString("hex");
	}

	client() {
		return this.installation.client();
	}

	/** Use the activation token. */
	activate(what = {}) {
		return this.client().send("POST", "/api/v1/activations", { json: {
			token: this.token, name: "管理 太郎", email: this.email, password: this.password, ...what,
		} });
	}

	/** A client that is signed in, as the administrator unless another is named. */
	async signedIn({ email = this.email, password = this.password } = {}) {
		const client = this.client();
		await client.signIn({ tenant: this.name, email, password });
		return client;
	}

	signIn({ tenant = this.name, email = this.email, password = this.password } = {}, client = this.client()) {
		return client.send("POST", "/api/v1/sessions", { json: { tenant, email, password } });
	}

	async office(admin, what = {}) {
		return must(await admin.post("/api/v1/offices", { name: "本社", phone: "03-0000-0000", ...what }), 201).json;
	}

	/** A member with these roles who has followed the link; returns { id, email, password }. */
	async member(admin, roles = ["member"], name = "社員 一郎") {
		const email = `${randomWord()}@${this.name}.example`;
		const { id } = must(await admin.post("/api/v1/members", { name, email, roles }), 201).json;
		const token = await this.invitation(admin, email);
		const password = randomBytes(12).toString("hex");
		must(await this.client().send("POST", "/api/v1/activations", { json: { token, name, email, password } }), 201);
		return { id, email, password };
	}

	/** The token of the activation link that was mailed to ${email}. */
	async invitation(admin, email) {
		for (let left = 400; ; left--) {
			const mails = must(await admin.get("/api/v1/outbox?limit=200"), 200).json.items;
			const mail = mails.find((m) => m.topic === "member.invited" && m.to.includes(email));
			if (mail) return linkIn(mail.message, "activate");
			if (left === 0) throw new Error(`no invitation to ${email} among ${mails.length} mails`);
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
	}

	tablet(admin, officeId, name = "受付") {
		return newTablet(admin, officeId, name, { ca: this.installation.ca, address: "127.0.0.1" });
	}

	/** A value from the tenant's rows, as the owner sees them. */
	sql(statement) {
		return this.installation.psql(
			`DO $$ BEGIN PERFORM set_config('app.tenant_id', '${this.id}', false); END $$; ${statement}`);
	}
}

/** @param {import("./installation.mjs").Installation} installation */
export const newTenant = async (installation, name = randomWord()) =>
	new Tenant(installation, JSON.parse(await installation.ctl("tenant", "create", name, "--display-name", "試験 株式会社", "--json")));

/** The same, with its first administrator active. */
export const activeTenant = async (installation) => {
	const tenant = await newTenant(installation);
	must(await tenant.activate(), 201);
	return tenant;
};
