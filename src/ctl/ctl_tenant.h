#ifndef GENKAN_CTL_TENANT_H
#define GENKAN_CTL_TENANT_H

/**
 * ctl_tenant(argc, argv):
 * "genkan ctl tenant create NAME --display-name TEXT [--language ja]" makes a
 * tenant and prints the activation link of its first administrator, once.
 * "genkan ctl tenant list" lists them; "suspend NAME" refuses all requests of
 * one, "resume NAME" serves it again.  With --json the answer is an object
 * (or an array of them) for scripts.  Return the exit status.
 */
int ctl_tenant(int, char **);

#endif /* !GENKAN_CTL_TENANT_H */
