#ifndef GENKAN_CHAT_H
#define GENKAN_CHAT_H

#include "base.h"

/*
 * Messages to chats.  Visitors type names and companies, and a chat would take
 * "<!channel>", "*bold*" or "evil.example" in them for commands: none may
 * mention, link or format.
 */

/**
 * chat_plain(text):
 * ${text} without power in a chat of Slack's shape: "&", "<" and ">" as its
 * entities, and the signs that mention, format or link (@ * _ ~ ` # [ ] | :,
 * and a dot within a word) as their full-width twins.  The caller frees it.
 */
char *chat_plain(const char *) MUST_CHECK;

/**
 * chat_slack(text):
 * The JSON body of an incoming webhook that shows ${text}, which is plain
 * already (chat_plain): as a block of plain text, and as the fallback that
 * notifications and lesser chats show.  The caller frees it.
 */
char *chat_slack(const char *) MUST_CHECK;

#endif /* !GENKAN_CHAT_H */
