#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include <auth-client.h>
#include <libesmtp.h>

#include "address.h"
#include "config.h"

#include "sender.h"

/*
 * libesmtp 1.1.0 needs guarding at every step; each guard names its reason.
 */

#define TIMEOUT_MS 20000L /* its own default is five minutes */

/* What the conversation has shown so far. */
struct talk {
	enum { PLAIN, ASKED, ANSWERED } starttls;
	char start[4]; /* of the server's line being read */
	size_t column;
	bool injected; /* bytes came after the answer to STARTTLS */
	bool encrypted;
	bool signing_in;
	bool signed_in; /* 235 */
	bool bad_certificate;
};

static bool resolve(char *, size_t, struct sender_result *);
static SSL_CTX *context(void);
static bool expect_host(SSL_CTX *, const char *);
static auth_context_t sign_in(void);
static int credentials(auth_client_request_t, char **, int, void *);
static void monitor(const char *, int, int, void *);
static void monitor_line(struct talk *);
static void event(smtp_session_t, int, void *, ...);
static void judge(const struct talk *, int, smtp_message_t, smtp_recipient_t,
    struct sender_result *);

void
sender_smtp(const struct sender_mail *m, struct sender_result *r)
{
	smtp_session_t session = NULL;
	smtp_message_t message;
	smtp_recipient_t recipient;
	auth_context_t auth = NULL;
	SSL_CTX *tls = NULL;
	struct talk talk = { .starttls = PLAIN };
	char server[INET6_ADDRSTRLEN + 8];
	int which, done;

	/* CR LF in an address would be a command of its own; a bare LF in
	 * the message could end it early. */
	if (!sender_is_clean(m)) {
		sender_says(r, JOB_REFUSED, "unreadable");
		return;
	}
	if (!resolve(server, sizeof(server), r))
		return;
	if ((tls = context()) == NULL) {
		sender_says(r, JOB_AWAY, "authorities");
		return;
	}
	sender_says(r, JOB_AWAY, "memory");
	if ((session = smtp_create_session()) == NULL ||
	    (message = smtp_add_message(session)) == NULL)
		goto out;
	/* Without it a stripped STARTTLS sends the password in clear. */
	if (smtp_starttls_enable(session, Starttls_REQUIRED) == 0 ||
	    smtp_starttls_set_ctx(session, tls) == 0 ||
	    smtp_set_server(session, server) == 0 ||
	    smtp_set_eventcb(session, event, &talk) == 0 ||
	    smtp_set_monitorcb(session, monitor, &talk, 0) == 0 ||
	    smtp_set_reverse_path(message, m->from) == 0 ||
	    smtp_set_message_str(message, (void *)(uintptr_t)m->message) == 0 ||
	    (recipient = smtp_add_recipient(message, m->to)) == NULL)
		goto out;
	for (which = Timeout_GREETING; which <= Timeout_DATA2; which++)
		(void)smtp_set_timeout(session,
		    which | Timeout_OVERRIDE_RFC2822_MINIMUM, TIMEOUT_MS);
	if (config_text(CONFIG_MAIL_USER)[0] != '\0' &&
	    ((auth = sign_in()) == NULL ||
		smtp_auth_set_context(session, auth) == 0))
		goto out;
	done = smtp_start_session(session);
	judge(&talk, done, message, recipient, r);
out:
	if (session != NULL)
		(void)smtp_destroy_session(session);
	if (auth != NULL)
		(void)auth_destroy_context(auth);
	SSL_CTX_free(tls);
}

/*
 * Our own look-up, because libesmtp has neither a time-out nor a check for it
 * and would verify the certificate against whatever name DNS calls canonical.
 * It takes "address:port", and no colons in the address.
 */
static bool
resolve(char *out, size_t size, struct sender_result *r)
{
	const struct addrinfo hints = { .ai_family = AF_INET,
		.ai_socktype = SOCK_STREAM };
	struct addrinfo *found, *a;
	char port[8], literal[INET_ADDRSTRLEN];
	struct sockaddr_in in;
	bool ok = false;

	(void)snprintf(
	    port, sizeof(port), "%ld", config_number(CONFIG_MAIL_PORT));
	if (getaddrinfo(config_text(CONFIG_MAIL_HOST), port, &hints, &found) !=
	    0) {
		sender_says(r, JOB_AWAY, "unknown_host");
		return (false);
	}
	for (a = found; a != NULL && !ok; a = a->ai_next) {
		if (!address_is_allowed(a->ai_addr))
			continue;
		memcpy(&in, a->ai_addr, sizeof(in));
		ok = inet_ntop(AF_INET, &in.sin_addr, literal,
			 sizeof(literal)) != NULL;
	}
	freeaddrinfo(found);
	if (!ok) {
		sender_says(r, JOB_AWAY, "address_refused");
		return (false);
	}
	(void)snprintf(out, size, "%s:%s", literal, port);
	return (true);
}

static SSL_CTX *
context(void)
{
	const char *ca = config_text(CONFIG_MAIL_CA);
	SSL_CTX *c = SSL_CTX_new(TLS_client_method());

	if (c == NULL)
		return (NULL);
	/* 1.3 deadlocks: a session ticket is taken for an SMTP answer. */
	if (SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_max_proto_version(c, TLS1_2_VERSION) != 1 ||
	    !expect_host(c, config_text(CONFIG_MAIL_HOST)) ||
	    (ca[0] == '\0' ? SSL_CTX_set_default_verify_paths(c)
			   : SSL_CTX_load_verify_locations(c, ca, NULL)) != 1) {
		SSL_CTX_free(c);
		return (NULL);
	}
	SSL_CTX_set_verify(c, SSL_VERIFY_PEER, NULL);
	return (c);
}

/* OpenSSL verifies the name that was configured, in the handshake itself. */
static bool
expect_host(SSL_CTX *c, const char *host)
{
	X509_VERIFY_PARAM *param = SSL_CTX_get0_param(c);
	struct in_addr in;

	if (inet_pton(AF_INET, host, &in) == 1)
		return (X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1);
	X509_VERIFY_PARAM_set_hostflags(
	    param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return (X509_VERIFY_PARAM_set1_host(param, host, 0) == 1);
}

static auth_context_t
sign_in(void)
{
	auth_context_t auth = auth_create_context();

	if (auth != NULL) {
		(void)auth_set_mechanism_flags(auth, AUTH_PLUGIN_PLAIN, 0);
		(void)auth_set_interact_cb(auth, credentials, NULL);
	}
	return (auth);
}

static int
credentials(auth_client_request_t request, char **result, int fields, void *arg)
{
	const char *value;
	int i;

	(void)arg;
	for (i = 0; i < fields; i++) {
		value = (request[i].flags & AUTH_PASS) != 0
		    ? config_text(CONFIG_MAIL_PASSWORD)
		    : (request[i].flags & AUTH_USER) != 0
		    ? config_text(CONFIG_MAIL_USER)
		    : NULL;
		result[i] = (char *)(uintptr_t)value;
	}
	return (1);
}

/*
 * Reads along.  Nothing of it is ever logged: it has the password in it.  A
 * byte that follows the answer to STARTTLS before TLS begins was put there by
 * somebody in between, and libesmtp would take it for the server's.
 */
static void
monitor(const char *bytes, int len, int writing, void *arg)
{
	struct talk *talk = arg;
	int i;

	if (writing == SMTP_CB_WRITING) {
		if (len >= 8 && strncasecmp(bytes, "STARTTLS", 8) == 0)
			talk->starttls = ASKED;
		talk->signing_in = talk->signing_in ||
		    (len >= 4 && strncasecmp(bytes, "AUTH", 4) == 0);
		return;
	}
	if (writing != SMTP_CB_READING)
		return;
	for (i = 0; i < len; i++) {
		if (talk->starttls == ANSWERED && !talk->encrypted)
			talk->injected = true;
		if (bytes[i] == '\n') {
			monitor_line(talk);
			talk->column = 0;
		} else {
			if (talk->column < sizeof(talk->start))
				talk->start[talk->column] = bytes[i];
			talk->column++;
		}
	}
}

/* A line of the server is complete; "250-" means that more follow. */
static void
monitor_line(struct talk *talk)
{
	bool last = talk->column < 4 || talk->start[3] != '-';

	if (talk->starttls == ASKED && last)
		talk->starttls = ANSWERED;
	if (talk->signing_in && talk->encrypted && talk->column >= 3 &&
	    memcmp(talk->start, "235", 3) == 0)
		talk->signed_in = true;
}

static void
event(smtp_session_t session, int what, void *arg, ...)
{
	struct talk *talk = arg;
	va_list ap;
	int *ok;
	SSL *ssl;

	(void)session;
	va_start(ap, arg);
	switch (what) {
	case SMTP_EV_STARTTLS_OK:
		ssl = va_arg(ap, SSL *);
		talk->encrypted = true;
		if (talk->injected || SSL_get_verify_result(ssl) != X509_V_OK)
			(void)shutdown(SSL_get_fd(ssl), SHUT_RDWR);
		break;
	case SMTP_EV_WRONG_PEER_CERTIFICATE:
		/* Its own check is of the literal we gave it; the one that
		 * counts is OpenSSL's, and was passed before this. */
		ok = va_arg(ap, int *);
		*ok = 1;
		break;
	case SMTP_EV_INVALID_PEER_CERTIFICATE:
		(void)va_arg(ap, long);
		ok = va_arg(ap, int *);
		*ok = 0;
		talk->bad_certificate = true;
		break;
	case SMTP_EV_NO_PEER_CERTIFICATE:
	case SMTP_EV_WEAK_CIPHER:
		talk->bad_certificate = true;
		break;
	default:
		break;
	}
	va_end(ap);
}

/* smtp_start_session says 1 on almost any failure: only codes count. */
static void
judge(const struct talk *talk, int done, smtp_message_t message,
    smtp_recipient_t recipient, struct sender_result *r)
{
	const bool user = config_text(CONFIG_MAIL_USER)[0] != '\0';
	int mail, rcpt, data;

	if (talk->injected) {
		sender_says(r, JOB_AWAY, "injected");
		return;
	}
	if (!talk->encrypted) {
		sender_says(r, JOB_AWAY,
		    talk->bad_certificate || talk->starttls == ANSWERED
			? "certificate"
			: done == 0 ? "no_answer"
				    : "no_tls");
		return;
	}
	/* It goes on without having signed in; what follows means nothing. */
	if (user && !talk->signed_in) {
		sender_says(r, JOB_AWAY,
		    talk->signing_in ? "sign_in_refused" : "no_answer");
		return;
	}
	mail = smtp_reverse_path_status(message)->code;
	rcpt = smtp_recipient_status(recipient)->code;
	data = smtp_message_transfer_status(message)->code;
	sender_judge(mail, rcpt, data, r);
}
