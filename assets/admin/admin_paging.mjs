// A list of the admin page that is read a page at a time.
import { PagedList } from "../component/gk_paging.mjs";
import { app } from "./admin_state.mjs";

/** @template T @extends {PagedList<T>} */
export class PagedRows extends PagedList {
	/**
	 * @param {import("../component/gk_element.mjs").GkElement} element
	 * @param {string} url
	 * @param {() => import("../shared/api_client.mjs").Query} query
	 */
	constructor(element, url, query) {
		super(element, (given, signal) => app.api.get(url, { query: given, signal }), query);
	}
}
