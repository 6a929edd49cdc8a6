// What a list shows when it has no rows yet, none, or could not be read.
import { html, nothing } from "lit";
import { fieldFaultText, Problem, problemNext, problemTitle } from "../shared/problem.mjs";
import { t } from "../shared/text.mjs";
import { icon } from "./gk_icon.mjs";

/** @param {number} [rows] */
export const skeleton = (rows = 8) => html`<div class="gk-skeleton" aria-hidden="true">
	${Array.from({ length: rows }, () => html`<div class="gk-skeleton__row"><span class="gk-skeleton__bar"></span><span class="gk-skeleton__bar"></span><span class="gk-skeleton__bar"></span></div>`)}
</div><p class="gk-unseen" role="status">${t("common.loading")}</p>`;

/** @param {string} title @param {unknown} [text] @param {unknown} [action] */
export const emptyState = (title, text = nothing, action = nothing) => html`<div class="gk-empty"><p class="gk-empty__title">${title}</p>${text === nothing ? nothing : html`<p>${text}</p>`}${action}</div>`;

/** @param {unknown} problem @param {() => void} [again] */
export const problemNotice = (problem, again) => html`<div class="gk-notice" data-tone="danger" role="alert">${icon("alert")}
	<div class="gk-notice__body"><p class="gk-notice__title">${problemTitle(problem)}</p>${problem instanceof Problem && problem.errors.length > 0 ? html`<ul>${problem.errors.map((error) => html`<li>${fieldFaultText(error)}</li>`)}</ul>` : html`<p>${problemNext(problem)}</p>`}</div>
	${again ? html`<button type="button" class="gk-button" data-size="small" @click=${again}>${t("common.try_again")}</button>` : nothing}</div>`;

/**
 * One resource as an element shows it: a skeleton only after 200 ms, and then
 * for 300 ms at least, so that nothing flickers.
 * @template T
 */
export class Loading {
	#element;
	#read;
	#turn = 0;
	#shownAt = 0;

	/**
	 * @param {import("./gk_element.mjs").GkElement} element
	 * @param {(signal: AbortSignal) => Promise<T>} read
	 */
	constructor(element, read) {
		this.#element = element;
		this.#read = read;
		/** @type {T | undefined} */
		this.value = undefined;
		/** @type {unknown} */
		this.problem = undefined;
		this.slow = false;
	}

	/** Reads (again); what is shown stays until the answer is there. */
	async load() {
		const turn = ++this.#turn;
		const slow = setTimeout(() => {
			if (this.value !== undefined) return;
			this.slow = true;
			this.#shownAt = Date.now();
			this.#element.requestUpdate();
		}, 200);
		try {
			const value = await this.#read(this.#element.signal);
			const rest = this.slow ? 300 - (Date.now() - this.#shownAt) : 0;
			if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
			if (turn !== this.#turn) return;
			this.value = value;
			this.problem = undefined;
		} catch (fault) {
			if (turn !== this.#turn || this.#element.signal.aborted) return;
			this.problem = fault;
		} finally {
			clearTimeout(slow);
			if (turn === this.#turn) {
				this.slow = false;
				this.#element.requestUpdate();
			}
		}
	}

	/** Forgets what is shown: another question was asked. */
	reset() {
		this.value = undefined;
		this.problem = undefined;
	}

	/**
	 * @param {(value: T) => unknown} show
	 * @param {number} [rows] of the skeleton
	 */
	render(show, rows) {
		if (this.value !== undefined) return html`${this.problem === undefined ? nothing : problemNotice(this.problem, () => this.load())}${show(this.value)}`;
		if (this.problem !== undefined) return problemNotice(this.problem, () => this.load());
		return this.slow ? skeleton(rows) : nothing;
	}
}
