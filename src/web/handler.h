#ifndef GENKAN_HANDLER_H
#define GENKAN_HANDLER_H

#include "route.h"

/*
 * Every handler, named web_<resource>_<verb> as in the API document; each
 * stands in the file of its resource.
 */
web_handler web_activation_create;
web_handler web_appointment_create;
web_handler web_appointment_delete;
web_handler web_appointment_list;
web_handler web_appointment_show;
web_handler web_appointment_update;
web_handler web_call_answer;
web_handler web_call_create;
web_handler web_call_list;
web_handler web_channel_create;
web_handler web_channel_list;
web_handler web_channel_test_create;
web_handler web_channel_update;
web_handler web_check_in_create;
web_handler web_check_in_delete;
web_handler web_check_in_show;
web_handler web_delivery_list;
web_handler web_delivery_requeue;
web_handler web_department_create;
web_handler web_department_delete;
web_handler web_department_list;
web_handler web_department_update;
web_handler web_departure_create;
web_handler web_device_approve;
web_handler web_device_create;
web_handler web_device_delete;
web_handler web_device_list;
web_handler web_device_pairing_create;
web_handler web_device_report_create;
web_handler web_device_session_create;
web_handler web_device_session_show;
web_handler web_evacuation_list_show;
web_handler web_health_show;
web_handler web_host_list;
web_handler web_invitation_create;
web_handler web_invitation_delete;
web_handler web_live_open;
web_handler web_member_create;
web_handler web_member_hand_over;
web_handler web_member_invite;
web_handler web_member_list;
web_handler web_member_show;
web_handler web_member_update;
web_handler web_metrics_show;
web_handler web_office_create;
web_handler web_office_list;
web_handler web_office_show;
web_handler web_office_update;
web_handler web_outbox_list;
web_handler web_pass_link_show;
web_handler web_pass_page_calendar;
web_handler web_pass_page_picture;
web_handler web_pass_page_show;
web_handler web_pass_show;
web_handler web_ready_show;
web_handler web_retention_preview;
web_handler web_retention_show;
web_handler web_retention_update;
web_handler web_scan_create;
web_handler web_session_create;
web_handler web_session_delete;
web_handler web_session_show;
web_handler web_today_show;
web_handler web_visit_call_create;
web_handler web_visit_departure_create;
web_handler web_visit_departure_delete;
web_handler web_visit_export;
web_handler web_visit_list;
web_handler web_visit_show;
web_handler web_visit_update;
web_handler web_walk_in_create;

#endif /* !GENKAN_HANDLER_H */
