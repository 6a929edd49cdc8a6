// Whoever runs the installation, as a client of the operator's own listener.
import { randomBytes } from "node:crypto";
import { Client, must } from "../../scripts/lib/client.mjs";
import { operatorDocument } from "./api.mjs";
import { until } from "./smtp.mjs";
import { randomWord } from "./tenant.mjs";
import { codeOf } from "./totp.mjs";

export const COOKIE = "__Host-operator";

/** A client of the operator's listener; its answers are compared with operator.yaml. */
export const operatorClient = (house, options) => {
	const client = new Client(house.operatorUrl, { ca: house.ca, address: "127.0.0.1", ...options });
	client.document = operatorDocument;
	return client;
};

/** The listener is started after the others, and nobody waits for it. */
export const operatorReady = (house) => until(async () => {
	const client = operatorClient(house);
	const answer = await client.get("/readyz").catch(() => undefined);
	client.close();
	return answer?.status === 200;
}, "the operator's listener");

export class Operator {
	/** @param {import("./installation.mjs").Installation} house */
	constructor(house) {
		this.house = house;
		this.email = `${randomWord()}@operator.example`;
		this.password = randomBytes(12).toString("hex");
		this.secret = "";
		/** @type {string[]} */
		this.recovery = [];
		/** The step whose code was used last: none of it is good again. */
		this.used = 0;
	}

	/** The account, by the command line; its token. */
	async make(name = "運営 花子") {
		this.token = JSON.parse(await this.house.ctl("operator", "create", this.email, "--name", name, "--json")).sign_up_token;
		return this.token;
	}

	signUp({ token = this.token, password = this.password } = {}, client = operatorClient(this.house)) {
		return client.send("POST", "/api/v1/sign-ups", { json: { token, password } });
	}

	/** A client for which the password was right. */
	async begun(client = operatorClient(this.house)) {
		const answer = must(await client.send("POST", "/api/v1/sessions", { json: { email: this.email, password: this.password } }), 202);
		client.csrf = answer.json.csrf_token;
		client.pending = answer.json.pending;
		return client;
	}

	/** Set up an authenticator. */
	async enrol(client) {
		const made = must(await client.send("POST", "/api/v1/sessions/current/totp-enrolment"), 201).json;
		this.secret = made.secret;
		const done = must(await client.send("PUT", "/api/v1/sessions/current/totp-enrolment", { json: { code: await this.code() } }), 200).json;
		client.csrf = done.csrf_token;
		this.recovery = done.recovery_codes;
		return made;
	}

	/** A code not yet used: of this step or the next, which is admitted too; else wait for one. */
	async code() {
		const now = () => Math.floor(Date.now() / 30e3);
		const step = await until(() => [now(), now() + 1].find((one) => one > this.used), "a code", 90);
		this.used = step;
		return codeOf(this.secret, step - now());
	}

	/** A client that is signed in. */
	async signedIn(client) {
		const begun = await this.begun(client);
		const answer = must(await begun.send("POST", "/api/v1/sessions/current/totp", { json: { code: await this.code() } }), 201);
		begun.csrf = answer.json.csrf_token;
		return begun;
	}
}

/** An account with everything set up, and a client that is signed in. */
export const newOperator = async (house) => {
	await operatorReady(house);
	const operator = new Operator(house);
	await operator.make();
	must(await operator.signUp(), 204);
	operator.client = await operator.begun();
	await operator.enrol(operator.client);
	return operator;
};
