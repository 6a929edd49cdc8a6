#ifndef GENKAN_CTL_OPERATOR_H
#define GENKAN_CTL_OPERATOR_H

/**
 * ctl_operator(argc, argv):
 * "genkan ctl operator create EMAIL --name TEXT", "list", "disable EMAIL",
 * "enable EMAIL", "reset EMAIL": who may sign in to the operator's page.
 * create and reset print a link that is good once, for a day.  Return the exit
 * status.
 */
int ctl_operator(int, char **);

#endif /* !GENKAN_CTL_OPERATOR_H */
