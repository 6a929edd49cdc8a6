// Shows the HTML of a mail in a sandboxed frame: no scripts, no requests.  The
// page's own policy forbids inline styles there too, so the mail is rebuilt
// from a list of harmless elements and its styles are set one by one.

const ELEMENTS = new Set(["a", "b", "blockquote", "br", "center", "code", "dd", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "hr", "i", "img", "li",
	"main", "ol", "p", "pre", "section", "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul"]);
const ATTRIBUTES = new Set(["align", "alt", "bgcolor", "border", "cellpadding", "cellspacing", "colspan", "dir", "height", "lang", "role", "rowspan", "title", "valign", "width"]);

/**
 * @param {HTMLIFrameElement} frame sandboxed, without scripts, of our origin
 * @param {string} source of the mail
 * @param {Map<string, string>} pictures addresses by Content-ID
 */
export function showMail(frame, source, pictures) {
	const page = frame.contentDocument;
	if (page === null) return;
	const mail = new DOMParser().parseFromString(withoutStyles(source), "text/html");
	page.documentElement.lang = mail.documentElement.lang;
	page.body.replaceChildren(...[...mail.body.childNodes].map((node) => rebuild(page, node, pictures)).filter((node) => node !== null));
	copyStyle(mail.body, page.body);
	page.documentElement.style.colorScheme = "light";
	page.documentElement.style.background = "Canvas";
	const fit = () => (frame.height = String(page.documentElement.scrollHeight + 8));
	for (const picture of page.querySelectorAll("img")) picture.addEventListener("load", fit);
	fit();
}

// The policy would complain of each style it meets while parsing.
/** @param {string} source */
const withoutStyles = (source) => source.replace(/<style[\s\S]*?<\/style\s*>/gi, "")
	.replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/\sdata-style\s*=/gi, " data-other=").replace(/\sstyle\s*=/i, " data-style="));

/** @param {Document} page @param {Node} node @param {Map<string, string>} pictures @returns {Node | null} */
function rebuild(page, node, pictures) {
	if (node.nodeType === Node.TEXT_NODE) return page.createTextNode(node.nodeValue ?? "");
	if (!(node instanceof Element)) return null;
	const name = node.localName;
	if (!ELEMENTS.has(name)) return null;
	const copy = page.createElement(name);
	for (const { name: attribute, value } of node.attributes) if (ATTRIBUTES.has(attribute)) copy.setAttribute(attribute, value);
	if (name === "img") {
		const picture = pictures.get((node.getAttribute("src") ?? "").replace(/^cid:/i, ""));
		if (picture) copy.setAttribute("src", picture);
	}
	const href = node.getAttribute("href");
	if (name === "a" && href !== null && /^(https?:|mailto:|tel:)/i.test(href)) {
		copy.setAttribute("href", href);
		copy.setAttribute("target", "_blank");
		copy.setAttribute("rel", "noopener noreferrer");
	}
	copyStyle(node, copy);
	for (const child of node.childNodes) {
		const made = rebuild(page, child, pictures);
		if (made !== null) copy.append(made);
	}
	return copy;
}

// By the object model, which the policy allows; anything that would load is left out.
/** @param {Element} from @param {HTMLElement} to */
function copyStyle(from, to) {
	const style = from.getAttribute("data-style");
	if (style === null) return;
	for (const declaration of style.split(";")) {
		const colon = declaration.indexOf(":");
		if (colon < 0 || /url\s*\(|expression|@import/i.test(declaration)) continue;
		const name = declaration.slice(0, colon).trim();
		const value = declaration.slice(colon + 1).replace(/!important/i, "").trim();
		if (!/^(position|z-index)$/i.test(name)) to.style.setProperty(name, value);
	}
}
