// The tablet's catalogs, fetched when a language is chosen.

import catalogs from "genkan:catalogs"
import { t, useTexts } from "../shared/text.mjs"

/** Each in its own script on its button; the first is the source of truth. */
export const languages = Object.keys(catalogs)

/** @type {Record<string, Promise<Record<string, string>>>} */
const loaded = {}

/**
 * Speak ${language} from now on.
 * @param {string} language
 * @returns {Promise<(key: any, values?: Record<string, string | number>) => string>}
 */
export async function load(language) {
  loaded[language] ??= fetch(catalogs[language]).then((answer) => answer.json())
  useTexts(language, await loaded[language])
  return (key, values) => t(key, values)
}
