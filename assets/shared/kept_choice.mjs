// What this browser remembers between visits; never anything personal but
// what the person typed to sign in.  A browser that forbids it forgets.

/** @param {string} name @param {string} [otherwise] */
export function keptChoice(name, otherwise = "") {
	try {
		return localStorage.getItem(`genkan.${name}`) ?? otherwise;
	} catch {
		return otherwise;
	}
}

/** @param {string} name @param {string} value "" forgets it */
export function keepChoice(name, value) {
	try {
		if (value === "") localStorage.removeItem(`genkan.${name}`);
		else localStorage.setItem(`genkan.${name}`, value);
	} catch {
		// Then it lasts as long as the page.
	}
}
