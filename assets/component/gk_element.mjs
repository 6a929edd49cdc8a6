// What every element of ours has in common: it renders into the light DOM, so
// that labels and layered style sheets work, and owns one AbortController that
// ends its listeners and requests when it leaves the page.
import { LitElement } from "lit";

export class GkElement extends LitElement {
	#abort = new AbortController();

	createRenderRoot() {
		return this;
	}

	connectedCallback() {
		if (this.#abort.signal.aborted) this.#abort = new AbortController();
		super.connectedCallback();
	}

	disconnectedCallback() {
		super.disconnectedCallback();
		this.#abort.abort();
	}

	/** Aborts when the element leaves the page. */
	get signal() {
		return this.#abort.signal;
	}

	/** @param {string} type @param {unknown} [detail] */
	emit(type, detail) {
		return this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, cancelable: true }));
	}
}
