#ifndef GENKAN_OPERATOR_ROUTE_H
#define GENKAN_OPERATOR_ROUTE_H

#include "route.h"

/*
 * The URL map of the operator's own listener, described in
 * assets/api/operator.yaml.  Its handlers, as its credentials, are the
 * operator's: they run as role genkan_operator and without a transaction, and
 * none decrypts anything of a tenant's.
 */

/**
 * operator_routes(n):
 * The whole table, of ${n} entries.
 */
const struct route *operator_routes(size_t *);

web_handler web_operator_certificate_show;
web_handler web_operator_end_delete;
web_handler web_operator_end_update;
web_handler web_operator_key_list;
web_handler web_operator_log_export;
web_handler web_operator_log_list;
web_handler web_operator_notice_create;
web_handler web_operator_notice_delete;
web_handler web_operator_notice_list;
web_handler web_operator_own_session_delete;
web_handler web_operator_plan_update;
web_handler web_operator_session_create;
web_handler web_operator_session_delete;
web_handler web_operator_session_list;
web_handler web_operator_session_show;
web_handler web_operator_sign_up_create;
web_handler web_operator_suspension_create;
web_handler web_operator_suspension_delete;
web_handler web_operator_tenant_create;
web_handler web_operator_invitation_create;
web_handler web_operator_tenant_export;
web_handler web_operator_tenant_list;
web_handler web_operator_tenant_show;
web_handler web_operator_totp_create;
web_handler web_operator_totp_enrolment_create;
web_handler web_operator_totp_enrolment_update;

#endif /* !GENKAN_OPERATOR_ROUTE_H */
