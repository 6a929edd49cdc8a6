/** A time zone where it is about noon: offices there are open, and no midnight falls into what is done. */
export const noonZone = () => {
	const east = 12 - new Date().getUTCHours();
	return east === 0 ? "Etc/GMT" : `Etc/GMT${east > 0 ? "-" : "+"}${Math.abs(east)}`;
};
