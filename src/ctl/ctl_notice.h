#ifndef GENKAN_CTL_NOTICE_H
#define GENKAN_CTL_NOTICE_H

/**
 * ctl_notice(argc, argv):
 * genkan ctl notice add | list | withdraw: what the operator tells tenants.
 */
int ctl_notice(int, char **);

#endif /* !GENKAN_CTL_NOTICE_H */
