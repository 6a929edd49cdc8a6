#ifndef GENKAN_CTL_SAY_H
#define GENKAN_CTL_SAY_H

/*
 * How a command of the operator's ends; what it says goes to standard error.
 */
struct fault;

/**
 * ctl_fail(fault):
 * Say what went wrong; return the exit status for it, 1.
 */
int ctl_fail(const struct fault *);

/**
 * ctl_refuse(why):
 * Say why it was not done; return the exit status for it, 2.
 */
int ctl_refuse(const char *);

#endif /* !GENKAN_CTL_SAY_H */
