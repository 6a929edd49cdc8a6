// What build.mjs puts into a bundle.
declare module "genkan:texts" {
	// The language the page was built in and the texts of its area.
	const built: { language: string; texts: Record<string, string> };
	export default built;
}
declare module "genkan:catalogs" {
	// Where the catalogs of an area that switches its language are served.
	const catalogs: Record<string, string>;
	export default catalogs;
}
declare module "genkan:files" {
	// Where the area's own files are served, by their names in its folder.
	const files: Record<string, string>;
	export default files;
}
// Names the build of the pages.
declare const GENKAN_BUILD: string;
