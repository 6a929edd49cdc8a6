#ifndef GENKAN_TEXT_H
#define GENKAN_TEXT_H

#include "base.h"

/**
 * text_is_utf8(s, len):
 * Is ${s} well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms)?
 */
bool text_is_utf8(const char *, size_t) MUST_CHECK;

/**
 * text_is_clean(s):
 * Is ${s} well-formed UTF-8 without control (C0, C1, DEL), direction
 * (U+200E/F, U+202A-E, U+2066-9) and line separator characters?
 */
bool text_is_clean(const char *) MUST_CHECK;

/**
 * text_length(s):
 * The number of code points in the UTF-8 text ${s}.
 */
size_t text_length(const char *);

/**
 * text_copy(dst, size, src):
 * Copy what fits of ${src}, never half of a UTF-8 character; NUL-terminate.
 */
void text_copy(char *, size_t, const char *);

/**
 * text_trim(s):
 * Cut white space (ASCII and U+3000) from both ends of ${s}, in place; return
 * where it starts now.
 */
char *text_trim(char *);

/**
 * text_hex(in, len, out), text_unhex(in, out, len):
 * Lower-case hexadecimal; ${out} of text_hex holds 2 * len + 1 bytes.
 * text_unhex reads exactly 2 * len digits and says whether they all were.
 */
void text_hex(const uint8_t *, size_t, char *);
bool text_unhex(const char *, uint8_t *, size_t) MUST_CHECK;

/**
 * text_base64(in, len), text_unbase64(in, outp, lenp):
 * RFC 4648 section 4, padded.  Both return memory that the caller frees;
 * text_unbase64 returns false where ${in} is not canonical.
 */
char *text_base64(const uint8_t *, size_t) MUST_CHECK;
bool text_unbase64(const char *, uint8_t **, size_t *) MUST_CHECK;

/**
 * text_is_pass(s):
 * Is ${s} exactly 26 upper-case base32 characters: the grammar of a pass?
 */
bool text_is_pass(const char *) MUST_CHECK;

/**
 * text_is_uuid(s):
 * Is ${s} a uuid in lower-case text form?
 */
bool text_is_uuid(const char *) MUST_CHECK;

/**
 * text_uuid_new(out):
 * Write a fresh UUIDv7 (RFC 9562 section 5.7): ids sort by time of birth.
 */
void text_uuid_new(uuid_text);

/**
 * text_uuid_bytes(s, out):
 * The 16 bytes of the uuid ${s}; false if it is none.
 */
bool text_uuid_bytes(const char *, uint8_t[16]) MUST_CHECK;

#endif /* !GENKAN_TEXT_H */
