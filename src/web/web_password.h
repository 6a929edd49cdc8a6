#ifndef GENKAN_WEB_PASSWORD_H
#define GENKAN_WEB_PASSWORD_H

#include "base.h"

#include "password_rule.h"

/* Opaque types. */
struct fields;
struct member_password;
struct web_request;

/**
 * web_password_field(fs, name):
 * The required member ${name}, a password of at most 128 characters, as typed.
 */
const char *web_password_field(struct fields *, const char *);

/**
 * web_password_refused(r, password), web_password_verdict(r, verdict, min):
 * Say what is wrong with the member "password", whose verdict is not good.
 */
bool web_password_refused(struct web_request *, const struct member_password *);
bool web_password_verdict(struct web_request *, enum password_verdict, long);

#endif /* !GENKAN_WEB_PASSWORD_H */
