#ifndef GENKAN_STMT_H
#define GENKAN_STMT_H

/* A statement known at build time; compiled from sql/query/ by gen-sql. */
struct stmt {
	const char *name;
	const char *text;
	int nargs;
};

#endif /* !GENKAN_STMT_H */
