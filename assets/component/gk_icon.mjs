// Line icons on a grid of 24; always beside words or an accessible name.
import { svg, html } from "lit";

const shapes = {
	add: svg`<path d="M12 5v14M5 12h14"/>`,
	alert: svg`<path d="M12 8v5M12 16.5v.01M10.3 3.9 2.6 17.5A2 2 0 0 0 4.3 20.5h15.4a2 2 0 0 0 1.7-3L13.7 3.9a2 2 0 0 0-3.4 0Z"/>`,
	archive: svg`<rect x="3" y="4" width="18" height="4.5" rx="1"/><path d="M4.5 8.5v10a1.5 1.5 0 0 0 1.5 1.5h12a1.5 1.5 0 0 0 1.5-1.5v-10M9.5 12.5h5"/>`,
	bell: svg`<path d="M6 9a6 6 0 0 1 12 0c0 6 2.5 7 2.5 7h-17S6 15 6 9M10 19.5a2.2 2.2 0 0 0 4 0"/>`,
	calendar: svg`<rect x="3.5" y="5" width="17" height="15.5" rx="2"/><path d="M3.5 10h17M8 2.5V7M16 2.5V7"/>`,
	channel: svg`<path d="M4 5.5h16v10.5H10l-4.5 4V16H4zM8.5 10.8h.01M12 10.8h.01M15.5 10.8h.01"/>`,
	check: svg`<path d="m4.5 12.5 5 5 10-11"/>`,
	close: svg`<path d="m6 6 12 12M18 6 6 18"/>`,
	copy: svg`<rect x="8.5" y="8.5" width="12" height="12" rx="2"/><path d="M15.5 8.5v-3a2 2 0 0 0-2-2h-8a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2h3"/>`,
	device: svg`<rect x="4.5" y="3" width="15" height="18" rx="2"/><path d="M11 17.5h2"/>`,
	download: svg`<path d="M12 4v11M7 10.5l5 5 5-5M4.5 20h15"/>`,
	edit: svg`<path d="M4 20h4L19.5 8.5a2.1 2.1 0 0 0-3-3L5 17zM14.5 7.5l3 3"/>`,
	gear: svg`<circle cx="12" cy="12" r="3"/><path d="M12 2.8v2.4M12 18.8v2.4M2.8 12h2.4M18.8 12h2.4M5.5 5.5l1.7 1.7M16.8 16.8l1.7 1.7M5.5 18.5l1.7-1.7M16.8 7.2l1.7-1.7"/>`,
	globe: svg`<circle cx="12" cy="12" r="8.5"/><path d="M3.5 12h17M12 3.5c5.3 5.6 5.3 11.4 0 17-5.3-5.6-5.3-11.4 0-17"/>`,
	key: svg`<circle cx="8" cy="15.5" r="4.5"/><path d="M11.2 12.3 20 3.5M16.5 7l3 3M13.8 9.7l2 2"/>`,
	keyboard: svg`<rect x="2.5" y="6" width="19" height="12" rx="2"/><path d="M6.5 10h.01M10 10h.01M14 10h.01M17.5 10h.01M8 14h8"/>`,
	leave: svg`<path d="M14 4.5H6.5a1 1 0 0 0-1 1v13a1 1 0 0 0 1 1H14M10.5 12h10M17 8.5l3.5 3.5-3.5 3.5"/>`,
	list: svg`<path d="M8.5 6h12M8.5 12h12M8.5 18h12M4 6h.01M4 12h.01M4 18h.01"/>`,
	lock: svg`<rect x="5" y="10.5" width="14" height="10" rx="2"/><path d="M8 10.5V7.5a4 4 0 0 1 8 0v3M12 14.5v2"/>`,
	mail: svg`<rect x="3" y="5" width="18" height="14" rx="2"/><path d="m3.5 7 8.5 6.5L20.5 7"/>`,
	menu: svg`<path d="M4 7h16M4 12h16M4 17h16"/>`,
	more: svg`<path d="M5.5 12h.01M12 12h.01M18.5 12h.01" stroke-width="3"/>`,
	office: svg`<path d="M4.5 20.5v-16a1 1 0 0 1 1-1h9a1 1 0 0 1 1 1v16M15.5 9.5h3a1 1 0 0 1 1 1v10M2.5 20.5h19M8.5 8h3M8.5 12h3M8.5 16h3"/>`,
	paper: svg`<path d="M6 3.5h8.5l4 4v13H6zM14 3.5V8h4.5M9 12h6.5M9 16h6.5"/>`,
	people: svg`<circle cx="9" cy="8" r="3.5"/><path d="M2.5 20c0-4 3-6 6.5-6s6.5 2 6.5 6M16 4.8a3.4 3.4 0 0 1 0 6.4M18 14.6c2.2.8 3.5 2.6 3.5 5.4"/>`,
	person: svg`<path d="M6 3.5h8.5l4 4v13H6zM9.2 17.5c0-1.9 1.3-2.9 3-2.9s3 1 3 2.9"/><circle cx="12.2" cy="11" r="1.9"/>`,
	phone: svg`<path d="M5 3.5h3.5l1.8 4.6-2.3 1.6a12 12 0 0 0 6.3 6.3l1.6-2.3 4.6 1.8V19a1.9 1.9 0 0 1-2 2A16.5 16.5 0 0 1 3 5.5a1.9 1.9 0 0 1 2-2Z"/>`,
	print: svg`<path d="M7 8V3.5h10V8M7 17H4.5a1 1 0 0 1-1-1v-6a2 2 0 0 1 2-2h13a2 2 0 0 1 2 2v6a1 1 0 0 1-1 1H17M7 14h10v6.5H7z"/>`,
	search: svg`<circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5 5"/>`,
	send: svg`<path d="M20.5 3.5 3.5 10l7 3.5 3.5 7zM10.5 13.5l4-4"/>`,
	shield: svg`<path d="M12 3 4.5 6v5.5c0 4.6 3 7.8 7.5 9.5 4.5-1.7 7.5-4.9 7.5-9.5V6zM9 12l2.2 2.2L15.3 10"/>`,
	time: svg`<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5.3l3.5 2"/>`,
	today: svg`<rect x="4" y="3.5" width="11" height="17" rx="1"/><path d="M15 6l5 1.5v13L15 20.5M11.5 12.3v.01"/>`,
	undo: svg`<path d="M4.5 9h9.5a5.5 5.5 0 0 1 0 11H9M8.5 4.5 4 9l4.5 4.5"/>`,
	user: svg`<circle cx="12" cy="8" r="4"/><path d="M4.5 20.5c0-4.2 3.4-6.5 7.5-6.5s7.5 2.3 7.5 6.5"/>`,
};

/** @param {keyof typeof shapes} name */
export const icon = (name) => html`<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">${shapes[name]}</svg>`;
/** @typedef {keyof typeof shapes} IconName */
