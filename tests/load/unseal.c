/*
 * unseal TENANT TABLE.COLUMN:ID:CELL ... <COPY
 *
 * Open the cells of rows as "COPY ... TO STDOUT" writes them and print the
 * rows with the texts in their place.  ID and CELL are field numbers, from 1,
 * of the row's id and of the cell.  The reference for our own export: it does
 * what must be done at the least.  Runs with the settings of the web server.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "context.h"
#include "fault.h"
#include "kms_client.h"
#include "process.h"
#include "secret.h"
#include "tenant_key.h"
#include "text.h"

#define FIELDS_MAX 64

struct place {
	char table[32], column[32];
	int id, cell;
};

static struct fault fault = FAULT_INIT;

static void
die(const char *what)
{
	fprintf(stderr, "unseal: %s: %s\n", what, fault.what);
	exit(1);
}

int
main(int argc, char **argv)
{
	struct context ctx = { 0 };
	struct place places[FIELDS_MAX];
	char path[108], *line = NULL, *fields[FIELDS_MAX], *p, *text;
	uint8_t bytes[8192];
	size_t room = 0, hex;
	int n, i, nplaces = argc - 2;

	if (argc < 3 || nplaces > FIELDS_MAX)
		return (64);
	for (i = 0; i < nplaces; i++) {
		if (sscanf(argv[i + 2], "%31[^.].%31[^:]:%d:%d",
			places[i].table, places[i].column, &places[i].id,
			&places[i].cell) != 4)
			return (64);
	}
	if (!secret_boot(&fault) || !config_load(CONFIG_WEB, &fault) ||
	    !process_path(PROCESS_KMS_SOCKET, path, sizeof(path)) ||
	    (ctx.db = db_open(config_text(CONFIG_DB), &fault)) == NULL ||
	    (ctx.kms = kms_client_open(path, config_text(CONFIG_KMS_ACCESS_KEY),
		 config_text(CONFIG_KMS_SECRET_KEY), &fault)) == NULL)
		die("start");
	text_copy(ctx.scope.tenant_id, sizeof(uuid_text), argv[1]);
	if (!db_begin(ctx.db, &ctx.scope, &fault))
		die("begin");

	while (getline(&line, &room, stdin) > 0) {
		line[strcspn(line, "\n")] = '\0';
		for (n = 0, p = line; n < FIELDS_MAX && p != NULL; n++)
			fields[n] = strsep(&p, "\t");
		for (i = 0; i < nplaces; i++) {
			p = fields[places[i].cell - 1];
			if (strncmp(p, "\\\\x", 3) != 0)
				continue; /* NULL */
			hex = strlen(p + 3) / 2;
			if (hex > sizeof(bytes) ||
			    !text_unhex(p + 3, bytes, hex) ||
			    !tenant_open_bytes(&ctx, TENANT_KEY_VISITOR,
				places[i].table, places[i].column,
				fields[places[i].id - 1], bytes, hex, &text,
				&fault))
				die(places[i].column);
			text_copy(p, strlen(p) + 1, text);
			tenant_text_free(text);
		}
		for (i = 0; i < n; i++)
			printf("%s%c", fields[i], i + 1 < n ? ',' : '\n');
	}
	free(line);
	db_close(ctx.db);
	kms_client_close(ctx.kms);
	return (0);
}
