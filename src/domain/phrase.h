#ifndef GENKAN_PHRASE_H
#define GENKAN_PHRASE_H

#include <stdio.h>

#include "base.h"
#include "gen_text.h"

/* Texts of assets/i18n with their placeholders filled in, and dates in words.
 */

/**
 * phrase(language, key, name, value, ..., NULL):
 * The text with each {name} replaced by its value, as it is; the caller frees
 * it.  NULL if memory is full.
 */
char *phrase(enum text_language, enum text_key, ...)
    __attribute__((sentinel)) MUST_CHECK;

/**
 * phrase_html(out, text):
 * Write ${text} so that HTML shows it and nothing more, in elements and in
 * quoted attributes; a line feed becomes <br>.
 */
void phrase_html(FILE *, const char *);

/**
 * phrase_times(language, period, starts, starts_offset, ends, ends_offset):
 * When an appointment is, with weekday: "2026年11月21日（土）10:00〜11:00", or
 * the first and last day of a period.  The caller frees it.
 */
char *phrase_times(
    enum text_language, bool, int64_t, int, int64_t, int) MUST_CHECK;

/**
 * phrase_day(language, moment, offset), phrase_date(language, moment, offset),
 * phrase_hour(moment, offset):
 * "11月21日（土）", "Sat 21 Nov"; the same with the year; "10:00".  The caller
 * frees it.
 */
char *phrase_day(enum text_language, int64_t, int) MUST_CHECK;
char *phrase_date(enum text_language, int64_t, int) MUST_CHECK;
char *phrase_hour(int64_t, int) MUST_CHECK;

#endif /* !GENKAN_PHRASE_H */
