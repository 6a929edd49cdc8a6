// A list that is read a page at a time, by cursor.
import { html, nothing } from "lit";
import { t } from "../shared/text.mjs";
import { problemNotice, Loading } from "./gk_states.mjs";

const SIZE = 50;

/** @typedef {import("../shared/api_client.mjs").Query} Query */
/** @template T @typedef {{items: T[], next: string | null}} Page */

/** @template T */
export class PagedList {
	#element;
	#loading;
	#query;
	#read;
	/** @type {unknown} */
	#problem = undefined;
	#busy = false;

	/**
	 * @param {import("./gk_element.mjs").GkElement} element
	 * @param {(query: Query, signal: AbortSignal) => Promise<Page<T>>} read
	 * @param {() => Query} query
	 */
	constructor(element, read, query) {
		this.#element = element;
		this.#read = read;
		this.#query = query;
		/** @type {Loading<Page<T>>} */
		this.#loading = new Loading(element, (signal) => read({ ...query(), limit: Math.max(SIZE, Math.min(200, this.items.length)) }, signal));
	}

	/** @returns {T[]} */
	get items() {
		return this.#loading.value?.items ?? [];
	}

	/** Another question: begin anew. */
	load() {
		this.#loading.reset();
		this.#problem = undefined;
		this.#element.requestUpdate();
		return this.#loading.load();
	}

	/** The same question again, what is shown stays meanwhile. */
	refresh() {
		return this.#loading.load();
	}

	async more() {
		const page = this.#loading.value;
		if (!page?.next || this.#busy) return;
		this.#busy = true;
		this.#element.requestUpdate();
		try {
			const next = await this.#read({ ...this.#query(), limit: SIZE, after: page.next }, this.#element.signal);
			this.#loading.value = { items: [...page.items, ...next.items], next: next.next };
			this.#problem = undefined;
		} catch (fault) {
			this.#problem = fault;
		}
		this.#busy = false;
		this.#element.requestUpdate();
	}

	/** @param {(items: T[]) => unknown} show */
	render(show) {
		return this.#loading.render(({ items, next }) => html`${show(items)}
			${this.#problem === undefined ? nothing : problemNotice(this.#problem, () => this.more())}
			${next === null ? nothing : html`<div class="gk-pager gk-screen-only"><button type="button" class="gk-button" aria-busy=${this.#busy ? "true" : nothing} @click=${() => this.more()}>${t(this.#busy ? "common.loading" : "common.more_rows")}</button></div>`}`);
	}
}
