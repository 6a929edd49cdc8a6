#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "chat.h"

static const char *twin(const char *, const char *);
static bool word(char);

char *
chat_plain(const char *text)
{
	const char *p, *t;
	char *plain = NULL;
	size_t len;
	FILE *out;

	if ((out = open_memstream(&plain, &len)) == NULL)
		return (NULL);
	for (p = text; *p != '\0'; p++) {
		if ((t = twin(text, p)) != NULL)
			(void)fputs(t, out);
		else if ((unsigned char)*p >= 0x20 || *p == '\n')
			(void)fputc(*p, out);
	}
	if (fclose(out) != 0) {
		free(plain);
		return (NULL);
	}
	return (plain);
}

char *
chat_slack(const char *text)
{
	json_t *body;
	char *dump;

	/* "blocks" for Slack; "text" for notifications and for lesser chats. */
	body =
	    json_pack("{s:s, s:[{s:s, s:{s:s, s:s, s:b}}], s:b, s:b}", "text",
		text, "blocks", "type", "section", "text", "type", "plain_text",
		"text", text, "emoji", 0, "unfurl_links", 0, "unfurl_media", 0);
	dump = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	return (dump);
}

/* What stands for the character at ${p}, or NULL if it may stay. */
static const char *
twin(const char *text, const char *p)
{
	switch (*p) {
	case '&':
		return ("&amp;");
	case '<':
		return ("&lt;");
	case '>':
		return ("&gt;");
	case '@':
		return ("\uFF20");
	case '*':
		return ("\uFF0A");
	case '_':
		return ("\uFF3F");
	case '~':
		return ("\uFF5E");
	case '`':
		return ("\uFF40");
	case '#':
		return ("\uFF03");
	case '[':
		return ("\uFF3B");
	case ']':
		return ("\uFF3D");
	case '|':
		return ("\uFF5C");
	case ':':
		return ("\uFF1A");
	case '.':
		/* "evil.example" would become a link; "Co., Ltd." would not. */
		return (
		    p > text && word(p[-1]) && word(p[1]) ? "\uFF0E" : NULL);
	default:
		return (NULL);
	}
}

static bool
word(char c)
{
	return ((unsigned char)c >= 0x80 || isalnum((unsigned char)c));
}
