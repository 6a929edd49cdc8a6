#ifndef GENKAN_WEB_OPERATION_H
#define GENKAN_WEB_OPERATION_H

#include "operation_read.h"
#include "request.h"

/**
 * web_operation_query(r, query):
 * Read what the list of operations and its file are asked for, without a
 * cursor.
 */
void web_operation_query(struct web_request *, struct operation_query *);

#endif /* !GENKAN_WEB_OPERATION_H */
