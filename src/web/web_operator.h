#ifndef GENKAN_WEB_OPERATOR_H
#define GENKAN_WEB_OPERATOR_H

#include "base.h"

#include "contract.h"

/* Opaque types. */
struct web_request;

/**
 * web_operator_tenant_query(r, query):
 * The parameters that the list of tenants and its export share.
 */
void web_operator_tenant_query(struct web_request *, struct contract_query *);

#endif /* !GENKAN_WEB_OPERATOR_H */
