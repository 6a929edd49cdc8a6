#ifndef GENKAN_CTL_LOG_H
#define GENKAN_CTL_LOG_H

/**
 * ctl_log(argc, argv):
 * "genkan ctl log verify TENANT [--heads FILE]": is the tenant's operation log
 * what it was?  Reads only, as the operator's role: rows are ids, addresses and
 * cells that the operator cannot open.  FILE holds heads that were mailed, the
 * mails around them or not.
 *
 * Returns 0 if it is whole, 2 if something was found (a line each, with its
 * place), 1 if that could not be told, 64 if it was asked wrongly.
 */
int ctl_log(int, char **);

#endif /* !GENKAN_CTL_LOG_H */
