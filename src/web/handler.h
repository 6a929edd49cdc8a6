#ifndef GENKAN_HANDLER_H
#define GENKAN_HANDLER_H

#include "route.h"

/*
 * Every handler, named web_<resource>_<verb> as in the API document; each
 * stands in the file of its resource.
 */
web_handler web_activation_create __attribute__((weak));
web_handler web_appointment_create __attribute__((weak));
web_handler web_appointment_delete __attribute__((weak));
web_handler web_appointment_list __attribute__((weak));
web_handler web_appointment_show __attribute__((weak));
web_handler web_appointment_update __attribute__((weak));
web_handler web_call_answer __attribute__((weak));
web_handler web_call_create __attribute__((weak));
web_handler web_call_list __attribute__((weak));
web_handler web_channel_create __attribute__((weak));
web_handler web_channel_list __attribute__((weak));
web_handler web_channel_test_create __attribute__((weak));
web_handler web_channel_update __attribute__((weak));
web_handler web_check_in_create __attribute__((weak));
web_handler web_check_in_delete __attribute__((weak));
web_handler web_check_in_show __attribute__((weak));
web_handler web_delivery_list __attribute__((weak));
web_handler web_delivery_requeue __attribute__((weak));
web_handler web_department_create __attribute__((weak));
web_handler web_department_list __attribute__((weak));
web_handler web_departure_create __attribute__((weak));
web_handler web_device_approve __attribute__((weak));
web_handler web_device_create __attribute__((weak));
web_handler web_device_delete __attribute__((weak));
web_handler web_device_list __attribute__((weak));
web_handler web_device_pairing_create __attribute__((weak));
web_handler web_device_report_create __attribute__((weak));
web_handler web_device_session_create __attribute__((weak));
web_handler web_device_session_show __attribute__((weak));
web_handler web_evacuation_list_show __attribute__((weak));
web_handler web_health_show __attribute__((weak));
web_handler web_host_list __attribute__((weak));
web_handler web_invitation_create __attribute__((weak));
web_handler web_invitation_delete __attribute__((weak));
web_handler web_live_open __attribute__((weak));
web_handler web_member_create __attribute__((weak));
web_handler web_member_list __attribute__((weak));
web_handler web_metrics_show __attribute__((weak));
web_handler web_office_create __attribute__((weak));
web_handler web_office_list __attribute__((weak));
web_handler web_office_show __attribute__((weak));
web_handler web_office_update __attribute__((weak));
web_handler web_outbox_list __attribute__((weak));
web_handler web_pass_link_show __attribute__((weak));
web_handler web_pass_page_calendar __attribute__((weak));
web_handler web_pass_page_picture __attribute__((weak));
web_handler web_pass_page_show __attribute__((weak));
web_handler web_pass_show __attribute__((weak));
web_handler web_ready_show __attribute__((weak));
web_handler web_scan_create __attribute__((weak));
web_handler web_session_create __attribute__((weak));
web_handler web_session_delete __attribute__((weak));
web_handler web_session_show __attribute__((weak));
web_handler web_today_show __attribute__((weak));
web_handler web_visit_call_create __attribute__((weak));
web_handler web_visit_departure_create __attribute__((weak));
web_handler web_visit_departure_delete __attribute__((weak));
web_handler web_visit_export __attribute__((weak));
web_handler web_visit_list __attribute__((weak));
web_handler web_visit_show __attribute__((weak));
web_handler web_visit_update __attribute__((weak));
web_handler web_walk_in_create __attribute__((weak));

#endif /* !GENKAN_HANDLER_H */
