// Members to choose from, by name, kana or e-mail address.
import { path } from "../shared/api_client.mjs";
import { app } from "./admin_state.mjs";

/** @typedef {import("#types/api").Member} Member */
/** @typedef {import("../component/gk_picker.mjs").Choice} Choice */

/** @param {string} q @param {AbortSignal} signal @param {"used" | "active"} [state] @returns {Promise<Choice[]>} */
export async function searchMembers(q, signal, state = "used") {
	/** @type {import("./admin_state.mjs").Page<Member>} */
	const { items } = await app.api.get(path`/members`, { query: { q, state, limit: 20 }, signal });
	return items.map(({ id, name, email, departments }) => ({ id, name, note: departments?.join(" ") || email }));
}
