#ifndef GENKAN_NORMALISE_H
#define GENKAN_NORMALISE_H

#include "base.h"

/*
 * One spelling for what people write in several: the form in which an address,
 * a number or a name is hashed, compared and searched.
 */

#define NORMALISE_EMAIL_SIZE 255 /* 254 bytes, RFC 5321 4.5.3.1.3 */
#define NORMALISE_PHONE_SIZE 17  /* "+", 15 digits, ITU-T E.164 */

/**
 * normalise_email(s, out):
 * A mailbox address in lower case, the domain as IDNA2008 ASCII ("Taro@例え.jp"
 * is "taro@xn--r8jz45g.jp").  Full-width ASCII is taken for ASCII.  False if
 * ${s} is no dot-atom addr-spec (RFC 5322 3.4.1) of a domain with two labels
 * or more: no comments, quotes, literals, controls or non-ASCII local parts.
 */
bool normalise_email(const char *, char[NORMALISE_EMAIL_SIZE]) MUST_CHECK;

/**
 * normalise_phone(s, out):
 * A telephone number as E.164, a number without "+" being one of Japan:
 * "03-1234-5678" is "+81312345678".  False if it is none.
 */
bool normalise_phone(const char *, char[NORMALISE_PHONE_SIZE]) MUST_CHECK;

/**
 * normalise_name(s):
 * A name, company or search word, folded: NFKC, lower case, hiragana as
 * katakana, old and variant kanji as today's (髙 高, 﨑 崎, 邊 邉 辺), without
 * spaces and middle dots.  The caller frees it; NULL if ${s} is not UTF-8 or
 * memory is full.
 */
char *normalise_name(const char *) MUST_CHECK;

/**
 * normalise_password(s):
 * NFKC (RFC 8265 has NFC; keyboards of one person differ in width).  The
 * caller wipes and frees it; NULL if ${s} is not UTF-8 or memory is full.
 */
char *normalise_password(const char *) MUST_CHECK;

#endif /* !GENKAN_NORMALISE_H */
