#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "address.h"
#include "config.h"

#include "sender.h"

#define CONNECT_MS 10000L
#define ANSWER_S   15L /* for each answer, that to our QUIT included */
#define TOTAL_MS   45000L

/* What was asked last, to know what a code is the answer to. */
struct talk {
	const char *rest; /* of the message */
	enum { OTHER, MAIL, RCPT, DATA } stage;
	int codes[DATA + 1];
};

static bool prepare(CURL *, const struct sender_mail *, struct curl_slist *,
    struct talk *, const char *);
static curl_socket_t open_socket(void *, curlsocktype, struct curl_sockaddr *);
static size_t supply(char *, size_t, size_t, void *);
static int listen_in(CURL *, curl_infotype, char *, size_t, void *);
static void judge(const struct talk *, CURLcode, struct sender_result *);

void
sender_smtps(const struct sender_mail *m, struct sender_result *r)
{
	struct talk talk = { .rest = m->message };
	struct curl_slist *to = NULL;
	char url[300];
	CURL *e = NULL;

	if (!sender_is_clean(m)) {
		sender_says(r, JOB_REFUSED, "unreadable");
		return;
	}
	(void)snprintf(url, sizeof(url), "smtps://%s:%ld",
	    config_text(CONFIG_MAIL_HOST), config_number(CONFIG_MAIL_PORT));
	if ((to = curl_slist_append(NULL, m->to)) == NULL ||
	    (e = curl_easy_init()) == NULL || !prepare(e, m, to, &talk, url))
		sender_says(r, JOB_AWAY, "memory");
	else
		judge(&talk, curl_easy_perform(e), r);
	curl_easy_cleanup(e);
	curl_slist_free_all(to);
}

static bool
prepare(CURL *e, const struct sender_mail *m, struct curl_slist *to,
    struct talk *talk, const char *url)
{
	const char *ca = config_text(CONFIG_MAIL_CA);
	const char *user = config_text(CONFIG_MAIL_USER);

	return (curl_easy_setopt(e, CURLOPT_URL, url) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "smtps") == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_PROXY, "") == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS) ==
		CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, TOTAL_MS) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_SERVER_RESPONSE_TIMEOUT, ANSWER_S) ==
		CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_SSLVERSION,
		(long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
	    (ca[0] == '\0' ||
		curl_easy_setopt(e, CURLOPT_CAINFO, ca) == CURLE_OK) &&
	    (user[0] == '\0' ||
		(curl_easy_setopt(e, CURLOPT_USERNAME, user) == CURLE_OK &&
		    curl_easy_setopt(e, CURLOPT_PASSWORD,
			config_text(CONFIG_MAIL_PASSWORD)) == CURLE_OK)) &&
	    curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, open_socket) ==
		CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_MAIL_FROM, m->from) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_MAIL_RCPT, to) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_UPLOAD, 1L) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_INFILESIZE_LARGE,
		(curl_off_t)strlen(m->message)) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_READFUNCTION, supply) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_READDATA, talk) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_DEBUGFUNCTION, listen_in) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_DEBUGDATA, talk) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_VERBOSE, 1L) == CURLE_OK);
}

static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	(void)arg;
	if (purpose != CURLSOCKTYPE_IPCXN || !address_is_allowed(&a->addr))
		return (CURL_SOCKET_BAD);
	return (socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol));
}

static size_t
supply(char *out, size_t size, size_t n, void *arg)
{
	struct talk *talk = arg;
	size_t left = strlen(talk->rest), len = size * n;

	if (len > left)
		len = left;
	memcpy(out, talk->rest, len);
	talk->rest += len;
	return (len);
}

/* Nothing of this is ever logged: it has the password in it. */
static int
listen_in(CURL *e, curl_infotype what, char *bytes, size_t len, void *arg)
{
	struct talk *talk = arg;
	int code;

	(void)e;
	if (what == CURLINFO_HEADER_OUT) {
		talk->stage = OTHER;
		if (len >= 4 && strncasecmp(bytes, "MAIL", 4) == 0)
			talk->stage = MAIL;
		else if (len >= 4 && strncasecmp(bytes, "RCPT", 4) == 0)
			talk->stage = RCPT;
		else if (len >= 4 && strncasecmp(bytes, "DATA", 4) == 0)
			talk->stage = DATA;
	} else if (what == CURLINFO_HEADER_IN && len >= 3) {
		code = (bytes[0] - '0') * 100 + (bytes[1] - '0') * 10 +
		    (bytes[2] - '0');
		if (code >= 200 && code < 600)
			talk->codes[talk->stage] = code;
	}
	return (0);
}

static void
judge(const struct talk *talk, CURLcode result, struct sender_result *r)
{
	switch (result) {
	case CURLE_OK:
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
		sender_says(r, JOB_AWAY, "certificate");
		return;
	case CURLE_LOGIN_DENIED:
		sender_says(r, JOB_AWAY, "sign_in_refused");
		return;
	case CURLE_COULDNT_RESOLVE_HOST:
		sender_says(r, JOB_AWAY, "unknown_host");
		return;
	case CURLE_COULDNT_CONNECT:
		sender_says(r, JOB_AWAY, "no_answer");
		return;
	default:
		/* 354 asks for the message: no answer to it came. */
		sender_judge(talk->codes[MAIL], talk->codes[RCPT],
		    talk->codes[DATA] == 354 ? 0 : talk->codes[DATA], r);
		return;
	}
	sender_judge(
	    talk->codes[MAIL], talk->codes[RCPT], talk->codes[DATA], r);
}
