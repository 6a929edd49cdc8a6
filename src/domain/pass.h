#ifndef GENKAN_PASS_H
#define GENKAN_PASS_H

#include "base.h"

/*
 * What opens the door: a pass is 130 random bits as 26 base32 characters, bare
 * in a QR code; a code is six digits for a guest without a phone; a page token
 * is the secret part of the pass page's address.  This module makes them and
 * draws the pass; who may use them when is checkin.h.
 */

#define PASS_CHARS 26
#define CODE_CHARS 6

/* Modules of the quiet zone on each side, ISO/IEC 18004 section 6.3.8. */
#define PASS_QUIET 4

/* Opaque types. */
struct fault;

typedef char pass_text[PASS_CHARS + 1];
typedef char code_text[CODE_CHARS + 1];

/**
 * pass_make(out):
 * A fresh pass, or the secret part of a page's address.
 */
void pass_make(pass_text);

/**
 * pass_code_make(out):
 * Six random digits, none that people try first (pass_code_is_trivial).
 */
void pass_code_make(code_text);

/**
 * pass_code_is_clean(s), pass_code_is_trivial(s):
 * Is ${s} six ASCII digits; is it one digit repeated, a run up or down, or a
 * pair or triple repeated (121212, 123123)?
 */
bool pass_code_is_clean(const char *) MUST_CHECK;
bool pass_code_is_trivial(const char *) MUST_CHECK;

/**
 * pass_png(pass, scale, datap, lenp, f):
 * The QR code of ${pass} as a PNG: error correction Q (version 2, 25 modules:
 * facts of the decoder's readability), ${scale} pixels a module, quiet zone of
 * four modules, one bit a pixel, black on white, no metadata.  The caller
 * frees ${datap}.
 */
bool pass_png(
    const char *, int, uint8_t **, size_t *, struct fault *) MUST_CHECK;

/**
 * pass_svg(pass, svgp, f):
 * The same as an SVG element of 33 by 33 units, without an XML declaration; a
 * longer text, such as an authenticator's secret, has more modules.  The
 * caller frees ${svgp}.
 */
bool pass_svg(const char *, char **, struct fault *) MUST_CHECK;

#endif /* !GENKAN_PASS_H */
